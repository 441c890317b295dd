// What the citizen agreed that departments receive; each is withdrawn with one tap and a question.

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./consents.strings')

const AT_ONCE = 50

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, live: [], ended: [], after: null, loadingMore: false, revoking: '' },
    onLoad() {
      this.consents = []
      return this.load()
    },
    onLanguage() {
      this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    onReachBottom() {
      return this.more()
    },
    async load() {
      this.setData({ loading: !this.consents.length, problem: null })
      try {
        const [found] = await Promise.all([this.pageAfter(null), city.about()])
        this.consents = found.items
        this.setData({ loading: false, after: found.after })
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    async more() {
      const { after, loadingMore } = this.data
      if (!after || loadingMore) return
      this.setData({ loadingMore: true })
      try {
        const found = await this.pageAfter(after)
        this.consents.push(...found.items)
        this.setData({ after: found.after })
        this.show()
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ loadingMore: false })
    },
    pageAfter(after) {
      return api.get('/api/v1/consents', { query: { limit: AT_ONCE, after } })
    },
    show() {
      this.setData({
        live: this.consents.filter(({ live }) => live).map((consent) => this.consent(consent)),
        ended: this.consents.filter(({ live }) => !live).map((consent) => this.consent(consent)),
      })
    },
    consent(consent) {
      const { t } = this.data
      return {
        id: consent.id,
        department: text(consent.department_name),
        fields: consent.fields.map((field) => t.fields[field] || field).join(t.and),
        separate: (consent.separate || []).map((field) => t.fields[field] || field).join(t.and),
        purpose: text(consent.purpose),
        granted: format.dateTime(consent.granted_at),
        expires: format.date(consent.expires_at),
        used: consent.releases ? fill(t.times, { n: consent.releases }) : t.never,
        end: this.end(consent),
      }
    },
    end({ live, revoked_at: revoked, expires_at: expires }) {
      const { t } = this.data
      if (live) return ''
      return fill(revoked ? t.revokedAt : t.expired, { when: format.dateTime(revoked || expires) })
    },
    onReceipt({ currentTarget }) {
      wx.navigateTo({ url: `/pages/me/receipt?id=${currentTarget.dataset.id}` })
    },
    async onRevoke({ currentTarget }) {
      const { t, revoking, live } = this.data
      const consent = live.find(({ id }) => id === currentTarget.dataset.id)
      if (revoking || !consent) return
      const { confirm } = await wx.showModal({
        title: t.revokeTitle,
        content: fill(t.revokeText, consent),
        confirmText: t.revokeYes,
        cancelText: t.revokeNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ revoking: consent.id })
      try {
        const changed = await api.remove(`/api/v1/consents/${consent.id}`)
        this.consents = this.consents.map((one) => (one.id === changed.id ? changed : one))
        this.show()
        wx.showToast({ title: t.revoked, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ revoking: '' })
    },
  }),
)
