// Level 3 without a face: at a service hall, a clerk has compared the citizen with their ID card and told them eight
// digits; here they are entered, in the citizen's own session.

const { page } = require('../../utils/page')
const { departmentName, fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const strings = require('./hall_code.strings')

const DIGITS = 8

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { code: '', fault: '', outcome: null, failure: null, sending: false, proofs: [] },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData({ code: kept.code })
      return this.loadProofs()
    },
    onLanguage() {
      if (this.found) this.showProofs()
    },
    pendingState() {
      return { code: this.data.code }
    },
    /** When it was done before: the page works without it. */
    async loadProofs() {
      try {
        const [{ items }] = await Promise.all([api.get('/api/v1/identity/hall_code'), city.about()])
        this.found = items
        this.showProofs()
      } catch {
        this.found = null
      }
    },
    showProofs() {
      const { t } = this.data
      this.setData({
        proofs: this.found.map((proof) => ({
          id: proof.issued_at,
          words: fill(t.proof, { department: departmentName(proof) || t.anyHall }),
          when: format.dateTime(proof.used_at),
        })),
      })
    },
    onCode({ detail }) {
      this.setData({ code: detail.value, fault: '' })
    },
    async onSubmit() {
      const { t, sending } = this.data
      const code = this.data.code.replace(/\D/g, '')
      if (sending) return
      if (code.length !== DIGITS) return this.setData({ fault: t.digits })
      this.setData({ sending: true, fault: '', outcome: null, failure: null })
      try {
        await session.raise(await stepup.attempt(this, () => api.post('/api/v1/identity/hall_code', { code })))
        wx.showToast({ title: t.done, icon: 'success' })
        await stepup.goBack()
      } catch (found) {
        this.failed(found)
      }
      this.setData({ sending: false })
    },
    failed(found) {
      const { t } = this.data
      const told = { 'identity.hall_code_refused': t.refused, 'identity.hall_code_locked': t.locked }[found.code]
      if (!told) return this.setData({ failure: found.code === 'identity.step_up_needed' ? null : found })
      const values = { n: found.facts.attempts_left, when: format.whenIn(found.retryAfter || 0) }
      return this.setData({ outcome: { title: told.title, text: fill(told.text, values) } })
    },
    onFace() {
      wx.redirectTo({ url: '/pages/identity/face' })
    },
  }),
)
