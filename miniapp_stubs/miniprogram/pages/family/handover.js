// A guardian's code with which the minor's own phone takes the account over.

const { page } = require('../../utils/page')
const api = require('../../utils/api')
const city = require('../../utils/city')
const stepup = require('../../utils/stepup')
const { leave } = require('./leave')
const { shownOf } = require('./outcome')
const strings = require('./handover.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { busy: false, issued: null, outcome: null, failure: null },
    onLoad({ relation }) {
      this.relation = relation
    },
    async onSubmit() {
      if (this.data.busy) return
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const ask = () => api.post(`/api/v1/family/relations/${encodeURIComponent(this.relation)}/handover`)
        const [issued] = await Promise.all([stepup.attempt(this, ask), city.about()])
        this.setData({ issued })
      } catch (found) {
        this.setData(shownOf(found))
      }
      this.setData({ busy: false })
    },
    onDone() {
      leave()
    },
  }),
)
