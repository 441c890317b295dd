// Naming an agent: for what, how long, and whether they may consent for the enterprise; then a code for them.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const limits = require('../../utils/limits')
const stepup = require('../../utils/stepup')
const { leaveEnterprise } = require('../family/leave')
const { shownOf } = require('../family/outcome')
const strings = require('./appoint.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { wanted: null, mayConsent: false, busy: false, issued: null, scope: '', outcome: null, failure: null },
    onLoad({ id }) {
      this.id = id
    },
    onChange({ detail }) {
      this.setData({ wanted: detail.limits ? detail : null, outcome: null, failure: null })
    },
    onConsent() {
      this.setData({ mayConsent: !this.data.mayConsent })
    },
    async onSubmit() {
      const { wanted, mayConsent, busy } = this.data
      if (busy) return
      if (!wanted) return wx.showToast({ title: this.data.t.limitsFirst, icon: 'none' })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const body = { ...wanted, may_consent: mayConsent }
        const ask = () => api.post(`/api/v1/enterprises/${encodeURIComponent(this.id)}/invitations`, body)
        const [issued] = await Promise.all([stepup.attempt(this, ask), city.about()])
        const words = limits.inWords(wanted.limits, await limits.names([wanted.limits]))
        this.setData({ issued, scope: fill(this.data.t.days, { limits: words, n: wanted.days }) })
        wx.pageScrollTo({ scrollTop: 0, duration: 0 })
      } catch (found) {
        this.setData(shownOf(found))
        wx.pageScrollTo({ selector: '#outcome', duration: 200 })
      }
      this.setData({ busy: false })
    },
    onDone() {
      leaveEnterprise()
    },
  }),
)
