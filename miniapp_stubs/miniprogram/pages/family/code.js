// A code that somebody gave the citizen: what it offers, read before it is accepted.

const { page } = require('../../utils/page')
const { fill, words } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const stepup = require('../../utils/stepup')
const limits = require('./limits')
const limitsStrings = require('./limits.strings')
const strings = require('./code.strings')

const CODES = '/api/v1/acting/codes'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { code: '', fault: '', outcome: null, failure: null, offer: null, sending: false },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData(kept)
    },
    onLanguage() {
      if (this.read) this.show()
    },
    pendingState() {
      return { code: this.data.code }
    },
    onCode({ detail }) {
      this.setData({ code: detail.value, fault: '', offer: null })
    },
    onScan() {
      wx.scanCode({
        onlyFromCamera: true,
        scanType: ['qrCode'],
        success: ({ result }) => this.setData({ code: result.slice(0, 24) }, () => this.onRead()),
        fail: ({ errMsg = '' }) => {
          if (!/cancel/.test(errMsg)) wx.showToast({ title: this.data.t.cannotScan, icon: 'none', duration: 3000 })
        },
      })
    },
    async onRead() {
      const code = this.data.code.trim()
      if (this.data.sending) return
      if (!code) return this.setData({ fault: this.data.t.missing })
      await this.sent(async () => {
        const ask = () => api.post(`${CODES}/reading`, { code }, { safe: true })
        const [read, names] = await Promise.all([stepup.attempt(this, ask), limits.names(), city.about()])
        Object.assign(this, { read, names })
        this.show()
      })
    },
    show() {
      const { t } = this.data
      const { kind, name, limits: reach, may_consent: mayConsent, days } = this.read
      this.setData({
        offer: {
          title: fill(t.offers[kind], { name: name || t.unnamed }),
          reach: limits.limitsInWords(reach, this.names, words(limitsStrings)),
          days: fill(t.days, { n: days }),
          mayConsent,
        },
      })
    },
    async onAccept() {
      if (this.data.sending) return
      const code = this.data.code.trim()
      await this.sent(async () => {
        await stepup.attempt(this, () => api.post(`${CODES}/acceptance`, { code }))
        wx.showToast({ title: this.data.t.done, icon: 'none' })
        wx.redirectTo({ url: '/pages/family/family' })
      })
    },
    async sent(run) {
      this.setData({ sending: true, fault: '', outcome: null, failure: null })
      try {
        await run()
      } catch (found) {
        this.failed(found)
      }
      this.setData({ sending: false })
    },
    failed(found) {
      const told = this.data.t.outcomes[found.code]
      if (found.code === 'identity.step_up_needed') return undefined
      if (!told) return this.setData({ failure: found })
      const text = fill(told.text, { ...found.facts, when: format.whenIn(found.retryAfter || 0) })
      return this.setData({ outcome: { title: told.title, text } })
    },
    onCancel() {
      this.setData({ offer: null })
    },
  }),
)
