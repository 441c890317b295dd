// Enterprises that the citizen may act for; binding one by its unified social credit code, as its legal representative.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const stepup = require('../../utils/stepup')
const strings = require('./enterprises.strings')

const LIST = '/api/v1/enterprises'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, enterprises: [], code: '', fault: '', outcome: null, failure: null, sending: false },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData(kept)
    },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.found) this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    pendingState() {
      return { code: this.data.code }
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
      const { t } = this.data
      this.setData({
        loading: false,
        enterprises: this.found.map((one) => ({
          id: one.id,
          name: one.name,
          code: one.credit_code,
          role: t.roles[one.role],
          isOwner: one.role === 'legal_representative',
          until: one.expires_at ? fill(t.until, { day: format.date(one.expires_at) }) : '',
          state: one.live ? (one.operating ? '' : t.suspended) : t.ended,
        })),
      })
    },
    onCode({ detail }) {
      this.setData({ code: detail.value, fault: '' })
    },
    async onBind() {
      const code = this.data.code.trim()
      if (this.data.sending) return
      if (!code) return this.setData({ fault: this.data.t.missing })
      this.setData({ sending: true, fault: '', outcome: null, failure: null })
      try {
        const bound = await stepup.attempt(this, () => api.post(LIST, { credit_code: code }))
        this.setData({ code: '' })
        wx.showToast({ title: fill(this.data.t.bound, { name: bound.name }), icon: 'none' })
        await this.load()
      } catch (found) {
        this.failed(found)
      }
      this.setData({ sending: false })
    },
    failed(found) {
      const { t } = this.data
      const told = t.outcomes[found.code]
      if (found.code === 'identity.step_up_needed') return undefined
      if (found.code === 'identity.enterprise.invalid_credit_code') return this.setData({ fault: t.wrong })
      if (!told) return this.setData({ failure: found })
      const text = fill(told.text, { ...found.facts, when: format.whenIn(found.retryAfter || 0) })
      return this.setData({ outcome: { title: told.title, text } })
    },
    onOpen({ currentTarget }) {
      const { id } = currentTarget.dataset
      wx.navigateTo({ url: `/pages/family/enterprise?id=${id}` })
    },
  }),
)
