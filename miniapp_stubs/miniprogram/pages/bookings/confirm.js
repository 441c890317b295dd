// Who comes, when, under which rules; then the booking is made.
//
//     /pages/bookings/confirm?card=…&path=…&resource=…&starts=2026-11-25T10:00:00%2B08:00

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const draft = require('./draft')
const places = require('./places')
const { refusalOf } = require('./refusal')
const { sentences } = require('./rules')
const strings = require('./confirm.strings')

const REAL_NAME = 2

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      gone: false,
      resource: null,
      slot: null,
      rules: [],
      me: '',
      isProved: false,
      most: 0,
      companions: [],
      chosen: 0,
      sending: false,
      finding: false,
      refusal: null,
      failure: null,
    },
    async onLoad({ card, path = '', resource, starts }) {
      this.query = { card, path, resource, starts }
      this.unwatch = session.onChange((_, isProof) => isProof && this.loadPeople())
      const kept = await stepup.resumed(this)
      this.restored = kept || {}
      await this.load()
      await this.findLost()
    },
    onUnload() {
      this.unwatch()
    },
    onLanguage() {
      return this.load()
    },
    /** For the step-up pages: what would be lost if this page were gone. */
    pendingState() {
      const typed = this.data.companions.filter(({ id }) => !id).map(({ person, isChosen }) => ({ person, isChosen }))
      return { chosen: this.data.companions.filter(({ id, isChosen }) => id && isChosen).map(({ id }) => id), typed }
    },
    async load() {
      this.setData({ loading: true, problem: null, gone: false })
      try {
        const { card: cardId, path, resource: resourceId, starts } = this.query
        const [card, resource, { items }] = await Promise.all([
          places.card(cardId),
          places.resource(cardId, path, resourceId),
          places.slots(cardId, resourceId, format.dayOf(starts)),
          city.about(),
        ])
        const slot = items.find(({ starts_at: one }) => one === starts)
        if (!resource || !slot) return this.setData({ loading: false, gone: true })
        this.card = card
        this.showBooking(resource, slot)
        await this.loadPeople()
        this.setData({ loading: false })
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    showBooking(resource, slot) {
      const { t } = this.data
      const time = `${format.time(slot.starts_at)}–${format.time(slot.ends_at)}`
      this.setData({
        resource: places.shown(resource),
        cardName: text(this.card.name),
        slot: { ...slot, when: `${format.near(slot.starts_at)} ${time}`, date: format.date(slot.starts_at) },
        leftWords: fill(t.left, { n: slot.places_left }),
        rules: sentences(this.card.booking, slot, t),
        most: this.card.booking.companions_max,
        mostWords: fill(t.most, { n: this.card.booking.companions_max }),
      })
    },
    async loadPeople() {
      const me = await this.whoComes()
      const isProved = me.assurance >= REAL_NAME
      const saved =
        isProved && this.data.most && !acting.now() ? (await stepup.informed(() => api.get('/api/v1/me/companions'))).items : []
      const before = this.pendingState()
      const wanted = new Set([...before.chosen, ...(this.restored.chosen || [])])
      const typed = before.typed.length ? before.typed : this.restored.typed || []
      this.restored = {}
      const companions = [
        ...saved.map((one) => ({ id: one.id, name: one.name, number: one.id_number, isChosen: wanted.has(one.id) })),
        ...typed.map(({ person, isChosen }) => ({ ...this.once(person), isChosen })),
      ]
      this.setData({ me: me.name || '', isProved })
      this.showCompanions(companions)
    },
    /** Whoever acts for an enterprise comes themself. */
    whoComes() {
      const forWhom = acting.shown()
      return forWhom && forWhom.isEnterprise ? { assurance: REAL_NAME, name: '' } : api.get('/api/v1/me')
    },
    /** Somebody who is not on the citizen's list. */
    once(person) {
      return {
        id: '',
        person,
        name: format.maskedName(person.name),
        number: format.maskedIdNumber(person.id_number),
        isChosen: true,
      }
    },
    showCompanions(companions) {
      const chosen = companions.filter(({ isChosen }) => isChosen).length
      const { t, slot } = this.data
      const people = chosen + 1
      this.setData({
        companions,
        chosen,
        confirmLabel: people > 1 ? fill(t.confirmFor, { n: people }) : t.confirm,
        shortage:
          slot.state === 'over'
            ? t.closed
            : slot.places_left < people
              ? fill(t.too_many, { n: slot.places_left, people })
              : '',
        refusal: null,
      })
    },
    onCompanion({ currentTarget }) {
      const { index } = currentTarget.dataset
      const { companions, chosen, most, t } = this.data
      if (!companions[index].isChosen && chosen >= most) {
        return wx.showToast({ title: fill(t.mostReached, { n: most }), icon: 'none' })
      }
      return this.showCompanions(
        companions.map((one, place) => (place === index ? { ...one, isChosen: !one.isChosen } : one)),
      )
    },
    onAdd() {
      this.selectComponent('#companion-form').open()
    },
    onSaved({ detail: { companion } }) {
      this.addCompanion({ id: companion.id, name: companion.name, number: companion.id_number, isChosen: true })
    },
    onTyped({ detail }) {
      this.addCompanion(this.once(detail))
    },
    addCompanion(companion) {
      const { companions, chosen, most } = this.data
      this.showCompanions([...companions, { ...companion, isChosen: chosen < most }])
    },
    /** Asks for the real name before it is needed. */
    async onProve() {
      try {
        await stepup.attempt(this, () => api.get('/api/v1/me/companions'))
        await this.loadPeople()
      } catch (found) {
        if (found.code !== 'identity.step_up_needed') this.setData({ failure: found })
      }
    },
    draft() {
      const { resource, slot, companions, chosen } = this.data
      const coming = companions.filter(({ isChosen }) => isChosen)
      const body = {
        card_id: this.query.card,
        resource_id: this.query.resource,
        starts_at: this.query.starts,
        companions: coming.filter(({ id }) => !id).map(({ person }) => person),
        saved_companions: coming.filter(({ id }) => id).map(({ id }) => id),
      }
      return { query: this.query, body, shown: { title: resource.name, when: slot.when, people: chosen + 1 } }
    },
    /** In the order in which the server counts the members of a party. */
    people() {
      const coming = this.data.companions.filter(({ isChosen }) => isChosen)
      const names = [...coming.filter(({ id }) => !id), ...coming.filter(({ id }) => id)].map(
        ({ name, number }) => `${name}（${number}）`,
      )
      const { t, me } = this.data
      return [acting.now() && me ? me : t.me, ...names]
    },
    onConfirm() {
      return this.book(this.draft())
    },
    /** What was asked for here before, and never answered. */
    async findLost() {
      const lost = await draft.pending()
      if (!lost || places.search(lost.query) !== places.search(this.query)) return
      this.setData({ finding: true })
      await this.book(lost)
      this.setData({ finding: false })
    },
    async book(wanted) {
      if (this.data.sending) return
      this.setData({ sending: true, refusal: null, failure: null })
      try {
        const booking = await stepup.attempt(this, () => draft.ask(wanted))
        wx.redirectTo({ url: `/pages/bookings/booking?id=${booking.id}&made=1` })
      } catch (found) {
        this.notBooked(found)
      }
      this.setData({ sending: false })
    },
    notBooked(found) {
      if (found.code === 'booking.waiting') return wx.redirectTo({ url: '/pages/bookings/waiting' })
      const refusal = refusalOf(found, this.people(), this.data.t)
      this.setData({ refusal, failure: refusal ? null : found })
      return wx.pageScrollTo({ selector: '#outcome', duration: 200 })
    },
    onRefusal() {
      const { action } = this.data.refusal
      if (action === 'bookings') return wx.switchTab({ url: '/pages/bookings/bookings' })
      if (action === 'choose')
        return wx.redirectTo({ url: `/pages/bookings/choose?${places.search({ card: this.query.card })}` })
      return this.onTimes()
    },
    /** Back to the days, where they came from if they did. */
    onTimes() {
      const stack = getCurrentPages()
      const before = stack[stack.length - 2]
      if (before && before.route === 'pages/bookings/times') return wx.navigateBack()
      const { card, path, resource, starts } = this.query
      const day = format.dayOf(starts)
      return wx.redirectTo({ url: `/pages/bookings/times?${places.search({ card, path, resource, day })}` })
    },
  }),
)
