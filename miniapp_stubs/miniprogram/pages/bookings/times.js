// A resource's days with what is left on each, and the slots of the day that is chosen.
//
//     /pages/bookings/times?card=…&path=…&resource=…[&day=2026-11-25]

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const city = require('../../utils/city')
const format = require('../../utils/format')
const calendar = require('./calendar')
const places = require('./places')
const strings = require('./times.strings')

/** One request's most, and four rows of a calendar. */
const MOST_DAYS = 28
/** From this size of text on, seven days have no room beside one another. */
const LIST_FROM = 1.3

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      gone: false,
      resource: null,
      days: [],
      weeks: [],
      hasMore: false,
      loadingMore: false,
      asList: false,
      chosen: null,
      slotsTitle: '',
      opensAt: '',
      slots: [],
      slotsLoading: false,
      slotsProblem: null,
    },
    onLoad({ card, path = '', resource, day = '' }) {
      this.query = { card, path, resource }
      this.wanted = day
      return this.load()
    },
    onShow() {
      this.setData({ asList: this.data.textScale > LIST_FROM })
      // Whoever comes back, from a slot that was full or after a while, sees what is left now.
      if (this.wasShown && !this.data.loading) this.load()
      this.wasShown = true
    },
    onLanguage() {
      return this.load()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      const isFirst = !this.data.days.length
      this.setData({ loading: isFirst, problem: null, gone: false })
      try {
        const { card: cardId, path, resource: resourceId } = this.query
        const [card, resource] = await Promise.all([
          places.card(cardId),
          places.resource(cardId, path, resourceId),
          city.about(),
        ])
        if (!resource) return this.setData({ loading: false, gone: true })
        // One day more than can be booked: it says when it can.
        this.ahead = card.booking.days_ahead + 2
        this.found = await this.daysAhead(Math.max(this.found ? this.found.length : 0, Math.min(MOST_DAYS, this.ahead)))
        this.setData({ loading: false, resource: places.shown(resource) })
        this.showDays()
        await this.choose(this.stillChosen())
      } catch (found) {
        this.setData({ loading: false, problem: found, gone: found.code === 'booking.choice_unknown' })
      }
    },
    /** From today on; as many as there were already, so that a list that was made longer stays so. */
    async daysAhead(count) {
      const { card, resource } = this.query
      const found = []
      let from = format.today()
      while (found.length < count) {
        const { items } = await places.days(card, resource, from, Math.min(MOST_DAYS, count - found.length))
        found.push(...items)
        from = calendar.dayAfter(found[found.length - 1].day)
      }
      return found
    },
    async onMore() {
      if (this.data.loadingMore) return
      this.setData({ loadingMore: true })
      const { card, resource } = this.query
      const from = calendar.dayAfter(this.found[this.found.length - 1].day)
      try {
        const { items } = await places.days(card, resource, from, Math.min(MOST_DAYS, this.ahead - this.found.length))
        this.found.push(...items)
        this.showDays()
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ loadingMore: false })
    },
    showDays() {
      const days = calendar.cells(this.found, this.data.t)
      this.setData({ days, weeks: calendar.weeks(days), hasMore: this.found.length < this.ahead })
    },
    /** The day that was chosen before or asked for, else the first with places. */
    stillChosen() {
      const wanted = this.data.chosen ? this.data.chosen.day : this.wanted
      const { days } = this.data
      return days.find(({ day, canOpen }) => day === wanted && canOpen) || days.find(({ state }) => state === 'open') || null
    },
    onDay({ currentTarget }) {
      const day = this.data.days.find((one) => one.day === currentTarget.dataset.day)
      if (day && day.canOpen) this.choose(day)
    },
    async choose(day) {
      const isOther = !day || !this.data.chosen || this.data.chosen.day !== day.day
      const { t } = this.data
      this.setData({
        chosen: day,
        slotsTitle: day ? fill(t.slots, { date: format.date(day.day) }) : '',
        opensAt: day ? fill(t.opensAt, { when: day.when }) : '',
        slotsProblem: null,
        ...(isOther ? { slots: [] } : {}),
      })
      if (day && day.state !== 'not_open_yet') await this.loadSlots(day)
    },
    async loadSlots({ day }) {
      this.setData({ slotsLoading: !this.data.slots.length, slotsProblem: null })
      try {
        const { items } = await places.slots(this.query.card, this.query.resource, day)
        if (this.data.chosen.day === day) this.setData({ slots: items.map((slot) => this.shownSlot(slot)), slotsLoading: false })
      } catch (found) {
        this.setData({ slotsProblem: found, slotsLoading: false })
      }
    },
    onSlotsRetry() {
      this.loadSlots(this.data.chosen)
    },
    shownSlot({ starts_at: starts, ends_at: ends, state, places_left: left }) {
      const { t } = this.data
      const isOpen = state === 'open'
      const time = `${format.time(starts)}–${format.time(ends)}`
      const told = isOpen ? fill(t.placesLeft, { n: left }) : t.slotState[state]
      return { starts, time, isOpen, told, isScarce: isOpen && left < 10, label: fill(t.dayLabel, { date: time, left: told }) }
    },
    onSlot({ currentTarget }) {
      const { starts } = currentTarget.dataset
      if (!starts) return
      wx.navigateTo({ url: `/pages/bookings/confirm?${places.search({ ...this.query, starts })}` })
    },
    onAgain() {
      wx.redirectTo({ url: `/pages/bookings/choose?${places.search({ card: this.query.card })}` })
    },
  }),
)
