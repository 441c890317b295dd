// Naming a helper: for what and how long, then a code for them to enter or scan.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const limits = require('../../utils/limits')
const stepup = require('../../utils/stepup')
const { leave } = require('./leave')
const { shownOf } = require('./outcome')
const strings = require('./invite.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { wanted: null, busy: false, issued: null, scope: '', outcome: null, failure: null },
    onChange({ detail }) {
      this.setData({ wanted: detail.limits ? detail : null, outcome: null, failure: null })
    },
    async onSubmit() {
      const { wanted, busy } = this.data
      if (busy) return
      if (!wanted) return wx.showToast({ title: this.data.t.limitsFirst, icon: 'none' })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const ask = () => api.post('/api/v1/family/invitations', wanted)
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
      leave()
    },
  }),
)
