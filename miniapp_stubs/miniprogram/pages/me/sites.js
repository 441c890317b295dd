// The department sites that the citizen is signed in to by scanning; ending one of them, or all; scanning for another.

const { page } = require('../../utils/page')
const { departmentName, fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const scanning = require('../../utils/scanning')
const strings = require('./sites.strings')

const LIST = '/api/v1/me/site_sign_ins'
const GONE = 'oidc.site_sign_in_not_found'
const DANGER = '#b3261e'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, sites: [], ending: '' },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.found) this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.found, problem: null })
      try {
        const [{ items }] = await Promise.all([api.get(LIST), city.about()])
        this.found = items
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      this.setData({ loading: false, sites: this.found.map((one) => this.site(one)) })
    },
    site(one) {
      const { t } = this.data
      const site = text(one.site)
      const given = one.scopes.map((scope) => t.scopes[scope]).filter(Boolean)
      return {
        id: one.id,
        site,
        department: departmentName(one),
        given: given.length ? fill(t.given, { fields: given.join(t.and) }) : t.nothingGiven,
        stays: one.scopes.includes('offline_access'),
        since: fill(t.since, { when: format.dateTime(one.created_at) }),
        used: fill(t.used, { when: format.dateTime(one.refreshed_at) }),
        until: fill(t.until, { when: format.dateTime(one.expires_at) }),
        label: fill(t.endLabel, { site }),
      }
    },
    async onEnd({ currentTarget }) {
      const { t, ending, sites } = this.data
      const chosen = sites.find(({ id }) => id === currentTarget.dataset.id)
      if (ending || !chosen || !(await this.isSure(t.endTitle, fill(t.endText, chosen), t.endYes))) return
      await this.end(chosen.id, `${LIST}/${chosen.id}`)
    },
    async onEndAll() {
      const { t, ending } = this.data
      if (ending || !(await this.isSure(t.endAllTitle, t.endAllText, t.endAllYes))) return
      await this.end('all', LIST)
    },
    async end(which, address) {
      this.setData({ ending: which })
      try {
        await api.remove(address)
        wx.showToast({ title: this.data.t.ended, icon: 'none' })
      } catch (found) {
        if (found.code !== GONE) wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ ending: '' })
      await this.load()
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
    onScan() {
      return scanning.scan()
    },
  }),
)
