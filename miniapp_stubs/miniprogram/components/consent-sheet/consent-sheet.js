// Asks for consent 授信: which department receives which fields, and what for, in the card's own words. Each sensitive
// field is ticked by itself, and none beforehand (PIPL article 29).
//
//     const isGiven = await page.selectComponent('#consent').ask(problem)      // utils/stepup.js does it

const acting = require('../../utils/acting')
const api = require('../../utils/api')
const cards = require('../../utils/cards')
const { fill, text, words } = require('../../utils/i18n')
const keys = require('../../utils/keys')
const popup = require('../../utils/popup')
const strings = require('./strings')

const SENSITIVE = ['id_number', 'face']
/** What a citizen can choose from; 0 is as long as the city allows. */
const DAYS = [1, 30, 0]

Component({
  data: {
    t: {},
    mounted: false,
    visible: false,
    intro: '',
    title: '',
    forWhom: '',
    department: '',
    fields: [],
    sensitive: [],
    isReady: false,
    purpose: '',
    lasting: [],
    days: 0,
    fault: '',
    busy: false,
  },
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
        title: acting.audience() === 'enterprise' ? t.titleEnterprise : t.title,
        forWhom: acting.now() ? fill(t.forWhom, acting.shown()) : '',
        department: text(card.department.name),
        fields: card.consent.fields.map((field) => t.names[field] || field),
        sensitive: card.consent.fields
          .filter((field) => SENSITIVE.includes(field))
          .map((field) => ({ field, words: fill(t.tick, { field: t.names[field] }), isTicked: false })),
        isReady: !card.consent.fields.some((field) => SENSITIVE.includes(field)),
        lasting: DAYS.map((days) => ({ days, words: t.days[days] })),
        days: 0,
        purpose: text(card.consent.purpose),
        fault: '',
        busy: false,
      })
      return new Promise((resolve) => {
        this.resolve = resolve
      })
    },
    onTick({ currentTarget }) {
      const { field } = currentTarget.dataset
      const sensitive = this.data.sensitive.map((one) => (one.field === field ? { ...one, isTicked: !one.isTicked } : one))
      this.setData({ sensitive, isReady: sensitive.every(({ isTicked }) => isTicked), fault: '' })
    },
    onDays({ currentTarget }) {
      this.setData({ days: Number(currentTarget.dataset.days) })
    },
    async onAgree() {
      const { t, busy, isReady, sensitive, days } = this.data
      if (busy) return
      if (!isReady) return this.setData({ fault: t.tickFirst })
      this.setData({ busy: true, fault: '' })
      const body = { card_id: this.cardId, separate: sensitive.map(({ field }) => field), ...(days ? { days } : {}) }
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
