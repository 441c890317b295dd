// A code of somebody or of an enterprise: read first, so that one knows from whom and how far; then accepted, or not.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const limits = require('../../utils/limits')
const stepup = require('../../utils/stepup')
const { leave } = require('./leave')
const { shownOf } = require('./outcome')
const strings = require('./code.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { code: '', busy: false, offer: null, accepted: null, outcome: null, failure: null },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData({ code: kept.code })
    },
    pendingState() {
      return { code: this.data.code }
    },
    onType({ detail }) {
      this.setData({ code: detail.value, outcome: null, failure: null })
    },
    onScan() {
      wx.scanCode({
        scanType: ['qrCode'],
        success: ({ result }) => {
          this.setData({ code: result.slice(0, 24) })
          return this.onSubmit()
        },
        fail: ({ errMsg }) =>
          /cancel/.test(errMsg) || wx.showToast({ title: this.data.t.noScan, icon: 'none', duration: 3000 }),
      })
    },
    async onSubmit() {
      const code = this.data.code.trim()
      if (this.data.busy) return
      if (!code) return wx.showToast({ title: this.data.t.missing, icon: 'none' })
      await this.trying(async () => {
        const offer = await stepup.attempt(this, () => api.post('/api/v1/acting/codes/reading', { code }))
        const names = await limits.names([offer.limits])
        this.setData({ offer: this.shown(offer, names) })
      })
    },
    shown(offer, names) {
      const { t } = this.data
      const name = offer.name || t.unnamed
      return {
        kind: offer.kind,
        name,
        head: fill(t.offer[offer.kind], { name }),
        limits: limits.inWords(offer.limits, names),
        days: fill(t.days, { n: offer.days }),
        consent: offer.kind === 'agent' ? (offer.may_consent ? t.mayConsent : t.mayNot) : '',
      }
    },
    async onAccept() {
      if (this.data.busy) return
      await this.trying(async () => {
        const ask = () => api.post('/api/v1/acting/codes/acceptance', { code: this.data.code.trim() })
        const choice = await stepup.attempt(this, ask)
        const { t } = this.data
        const words = fill(t.acceptedText, { name: choice.name || t.unnamed })
        this.setData({ accepted: { id: choice.grant_id, words } })
      })
    },
    async trying(run) {
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        await run()
      } catch (found) {
        this.setData(shownOf(found))
      }
      this.setData({ busy: false })
    },
    async onAct() {
      if (this.data.busy) return
      await this.trying(() => acting.start(this.data.accepted.id))
    },
    onRefuse() {
      this.setData({ offer: null, code: '', outcome: null, failure: null })
    },
    onLater() {
      leave()
    },
  }),
)
