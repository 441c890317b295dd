// A guardian adds a minor: name and number, a consent of its own, and the guardian's face.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const stepup = require('../../utils/stepup')
const { leave } = require('./leave')
const { shownOf } = require('./outcome')
const strings = require('./child.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { typed: null, agreed: false, busy: false, outcome: null, failure: null },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData(kept)
    },
    pendingState() {
      const { typed, agreed } = this.data
      return { typed, agreed }
    },
    onType({ detail }) {
      this.setData({ typed: detail, outcome: null, failure: null })
    },
    onAgree() {
      this.setData({ agreed: !this.data.agreed })
    },
    async onSubmit() {
      const { t, busy, agreed } = this.data
      const fields = this.selectComponent('#person')
      const person = fields.person()
      if (busy || !person) return
      if (!agreed) return wx.showToast({ title: t.agreeFirst, icon: 'none' })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const body = { ...person, consent: true }
        const { name } = await stepup.attempt(this, () => api.post('/api/v1/family/children', body))
        wx.showToast({ title: fill(t.added, { name: name || t.unnamed }), icon: 'none' })
        leave()
      } catch (found) {
        if (!fields.refused(found.code)) this.setData(shownOf(found))
        wx.pageScrollTo({ selector: '#outcome', duration: 200 })
      }
      this.setData({ busy: false })
    },
  }),
)
