// Asks for consent 授信: which department receives which fields, and what for, in the card's own words.
//
//     const isGiven = await page.selectComponent('#consent').ask(problem)      // utils/stepup.js does it

const api = require('../../utils/api')
const cards = require('../../utils/cards')
const { fill, text, words } = require('../../utils/i18n')
const keys = require('../../utils/keys')
const popup = require('../../utils/popup')
const strings = require('./strings')

Component({
  data: { t: {}, mounted: false, visible: false, intro: '', department: '', fields: [], purpose: '', fault: '', busy: false },
  lifetimes: {
    detached() {
      clearTimeout(this.leaving)
      this.answer(false)
    },
  },
  methods: {
    /** @param {Problem} problem `identity.consent_needed` @returns {Promise<boolean>} whether consent was given */
    async ask(problem) {
      this.answer(false)
      const card = await cards.detail(problem.facts.card, { again: true })
      const t = words(strings)
      this.cardId = card.id
      popup.open(this, {
        t,
        intro: fill(t.text, { card: text(card.name) }),
        department: text(card.department.name),
        fields: card.consent.fields.map((field) => t.names[field] || field),
        purpose: text(card.consent.purpose),
        fault: '',
        busy: false,
      })
      return new Promise((resolve) => {
        this.resolve = resolve
      })
    },
    async onAgree() {
      if (this.data.busy) return
      this.setData({ busy: true, fault: '' })
      const body = { card_id: this.cardId }
      try {
        await keys.once(`consent ${this.cardId}`, body, (key) => api.post('/api/v1/consents', body, { key }))
        popup.close(this)
        this.answer(true)
      } catch (found) {
        this.setData({ fault: found.title })
      }
      this.setData({ busy: false })
    },
    onDecline() {
      popup.close(this)
      this.answer(false)
    },
    onVisible({ detail }) {
      if (!detail.visible) this.onDecline()
    },
    answer(isGiven) {
      const { resolve } = this
      this.resolve = null
      if (resolve) resolve(isGiven)
    },
  },
})
