// Somebody of age who has no phone and is there: the helper's face first, then the person's, to the helper's phone.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const stepup = require('../../utils/stepup')
const faces = require('../identity/face_of_others')
const { leave } = require('./leave')
const { shownOf } = require('./outcome')
const strings = require('./elder.strings')

const FACE = 3
/** The server wants the helper's face of the last ten minutes when the person's arrives; this leaves time for that. */
const FRESH_MS = 7 * 60 * 1000

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { typed: null, wanted: null, agreed: false, busy: false, outcome: null, failure: null },
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
    onLimits({ detail }) {
      this.setData({ wanted: detail.limits ? detail : null })
    },
    onAgree() {
      this.setData({ agreed: !this.data.agreed })
    },
    async onSubmit() {
      const { t, busy, agreed, wanted } = this.data
      const fields = this.selectComponent('#person')
      const person = fields.person()
      if (busy || !person) return
      if (!wanted) return wx.showToast({ title: t.limitsFirst, icon: 'none' })
      if (!agreed) return wx.showToast({ title: t.agreeFirst, icon: 'none' })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        if (await this.ownFace()) await this.theirFace({ ...person, ...wanted, consent: true })
      } catch (found) {
        if (!fields.refused(found.code)) this.setData(shownOf(found))
        wx.pageScrollTo({ selector: '#outcome', duration: 200 })
      }
      this.setData({ busy: false })
    },
    /** Whether the helper has shown their own face just now. */
    async ownFace() {
      const [{ proofs }] = await Promise.all([api.get('/api/v1/me', { own: true }), city.about()])
      const shown = proofs.find(({ level }) => level === FACE)
      if (shown && city.now() - Date.parse(shown.proved_at) < FRESH_MS) return true
      const facts = { acr_values: String(FACE), max_age: FRESH_MS / 1000 }
      return this.selectComponent('#step-up').ask({ code: 'identity.step_up_needed', facts })
    },
    async theirFace(body) {
      const { t } = this.data
      const relation = await faces.shown({
        kind: 'elder',
        challenges: '/api/v1/identity/face/challenges',
        proof: '/api/v1/family/elders',
        body,
      })
      if (!relation) return
      wx.showToast({ title: fill(t.added, { name: relation.name || t.unnamed }), icon: 'none' })
      leave()
    },
  }),
)
