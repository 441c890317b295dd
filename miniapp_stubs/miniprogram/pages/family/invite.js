// A code for whoever is to act: for the citizen, or for an enterprise that the citizen represents by law.
//
//     /pages/family/invite                  a helper
//     /pages/family/invite?enterprise=…     an agent of that enterprise

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const stepup = require('../../utils/stepup')
const limits = require('./limits')
const strings = require('./invite.strings')

const SECOND = 1000
const DAYS = [7, 30, 90, 365]
const EVERYTHING = 'everything'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      isAgent: false,
      mode: EVERYTHING,
      modes: [],
      cards: [],
      days: DAYS[1],
      dayChoices: [],
      mayConsent: false,
      fault: '',
      sending: false,
      code: '',
      left: '',
      isOver: false,
    },
    async onLoad({ enterprise = '' }) {
      this.enterprise = enterprise
      this.chosen = []
      this.setData({ isAgent: Boolean(enterprise) })
      const kept = await stepup.resumed(this)
      if (kept) {
        this.chosen = kept.chosen
        this.setData({ mode: kept.mode, days: kept.days, mayConsent: kept.mayConsent })
      }
      return this.load()
    },
    onUnload() {
      clearInterval(this.clock)
    },
    onLanguage() {
      if (this.known) this.show()
    },
    pendingState() {
      const { mode, days, mayConsent } = this.data
      return { chosen: this.chosen, mode, days, mayConsent }
    },
    async load() {
      this.setData({ loading: true, problem: null })
      try {
        const [known] = await Promise.all([limits.names(), city.about()])
        this.known = known
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t, isAgent } = this.data
      const audience = isAgent ? 'enterprise' : 'personal'
      this.setData({
        loading: false,
        modes: Object.keys(t.modes).map((id) => ({ id, ...t.modes[id] })),
        dayChoices: DAYS.map((days) => ({ days, words: fill(t.dayWords, { n: days }) })),
        cards: this.known.list
          .filter((card) => card.audience.includes(audience))
          .map(({ id, name }) => ({ id, name: text(name), chosen: this.chosen.includes(id) })),
      })
    },
    onMode({ currentTarget }) {
      this.setData({ mode: currentTarget.dataset.id, fault: '' })
    },
    onCard({ currentTarget }) {
      const { id } = currentTarget.dataset
      this.chosen = this.chosen.includes(id) ? this.chosen.filter((one) => one !== id) : [...this.chosen, id]
      this.setData({ fault: '' })
      this.show()
    },
    onDays({ currentTarget }) {
      this.setData({ days: currentTarget.dataset.days })
    },
    onConsent() {
      this.setData({ mayConsent: !this.data.mayConsent })
    },
    reach() {
      const { mode } = this.data
      return mode === EVERYTHING ? { mode: 'all_but' } : { mode, cards: this.chosen }
    },
    async onMake() {
      const { t, sending, mode, days, isAgent, mayConsent } = this.data
      if (sending) return
      if (mode !== EVERYTHING && !this.chosen.length) return this.setData({ fault: t.chooseFirst })
      this.setData({ sending: true, fault: '' })
      const body = { limits: this.reach(), days, ...(isAgent ? { may_consent: mayConsent } : {}) }
      const path = isAgent ? `/api/v1/enterprises/${this.enterprise}/invitations` : '/api/v1/family/invitations'
      try {
        this.made(await stepup.attempt(this, () => api.post(path, body)))
      } catch (found) {
        if (found.code !== 'identity.step_up_needed') this.setData({ fault: found.title })
      }
      this.setData({ sending: false })
    },
    made({ code, expires_at: expires }) {
      this.expires = Date.parse(expires)
      this.setData({ code, isOver: false })
      clearInterval(this.clock)
      this.clock = setInterval(() => this.tick(), SECOND)
      this.tick()
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
    },
    tick() {
      const { t } = this.data
      const seconds = Math.ceil((this.expires - city.now()) / SECOND)
      if (seconds <= 0) {
        clearInterval(this.clock)
        return this.setData({ isOver: true, left: '' })
      }
      const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
      return this.setData({ left: fill(t.left, { clock }) })
    },
    onAgain() {
      clearInterval(this.clock)
      this.setData({ code: '' })
    },
    onDone() {
      wx.navigateBack()
    },
  }),
)
