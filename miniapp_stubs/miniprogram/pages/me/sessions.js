// Where the citizen is signed in; ending one of them, or all; and what the city ended by itself, as it looked copied.

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const session = require('../../utils/session')
const strings = require('./sessions.strings')

const DANGER = '#b3261e'
const COPIED = 'identity.token_reused'
/** Whoever has not looked for longer finds it among the messages. */
const WARNED_MS = 30 * 24 * 3600 * 1000
const LATEST = 20

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, sessions: [], warnings: [], ending: '' },
    onShow() {
      return this.load()
    },
    onLanguage() {
      return this.load()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.data.sessions.length, problem: null })
      try {
        const [{ items }] = await Promise.all([api.get('/api/v1/sessions'), city.about()])
        const here = items.filter(({ current }) => current)
        const elsewhere = items.filter(({ current }) => !current)
        this.setData({ loading: false, sessions: [...here, ...elsewhere].map((one) => this.shown(one)) })
      } catch (found) {
        return this.setData({ loading: false, problem: found })
      }
      return this.warn()
    },
    /** The list is of use without it. */
    async warn() {
      const found = await api.get('/api/v1/me/messages', { query: { limit: LATEST } }).catch(() => null)
      if (!found) return
      const recent = found.items.filter(({ kind, at }) => kind === COPIED && city.now() - Date.parse(at) < WARNED_MS)
      const warnings = recent.map((one) => ({
        id: one.id,
        title: text(one.title),
        body: text(one.body),
        at: format.dateTime(one.at),
      }))
      this.setData({ warnings })
    },
    onMessages() {
      wx.navigateTo({ url: '/pages/me/messages' })
    },
    shown({ id, device_name: name, created_at: created, refreshed_at: refreshed, current }) {
      const { t } = this.data
      const device = name || t.unknown
      return {
        id,
        device,
        current,
        used: fill(t.used, { when: format.dateTime(refreshed) }),
        since: fill(t.since, { when: format.dateTime(created) }),
        label: fill(t.endLabel, { device }),
      }
    },
    async onEnd({ currentTarget }) {
      const { t, ending, sessions } = this.data
      const chosen = sessions.find(({ id }) => id === currentTarget.dataset.id)
      if (ending || !chosen || !(await this.isSure(t.endTitle, fill(t.endText, chosen), t.endYes))) return
      this.setData({ ending: chosen.id })
      try {
        await api.remove(`/api/v1/sessions/${chosen.id}`)
        wx.showToast({ title: t.ended, icon: 'none' })
      } catch (found) {
        if (found.code !== 'identity.session_not_found')
          wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ ending: '' })
      await this.load()
    },
    async onEndAll() {
      const { t, ending } = this.data
      if (ending || !(await this.isSure(t.endAllTitle, t.endAllText, t.endAllYes))) return
      this.setData({ ending: 'all' })
      try {
        await api.remove('/api/v1/sessions')
        await session.signOut()
        wx.switchTab({ url: '/pages/me/me' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ ending: '' })
    },
    async isSure(title, content, confirmText) {
      const { confirm } = await wx.showModal({
        title,
        content,
        confirmText,
        cancelText: this.data.t.endNo,
        confirmColor: DANGER,
      })
      return confirm
    },
  }),
)
