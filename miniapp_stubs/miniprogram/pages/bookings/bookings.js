// What can be booked, and what the citizen has booked.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const cards = require('../../utils/cards')
const city = require('../../utils/city')
const session = require('../../utils/session')
const draft = require('./draft')
const places = require('./places')
const { shown } = require('./shown')
const strings = require('./bookings.strings')

const AT_ONCE = 20

Page(
  page({
    strings,
    title: (t) => t.title,
    tab: true,
    data: {
      cards: [],
      cardsProblem: null,
      when: 'upcoming',
      loading: true,
      problem: null,
      bookings: [],
      after: null,
      loadingMore: false,
      lost: '',
    },
    onLoad() {
      // Somebody else may be signed in now.
      this.unwatch = session.onChange(
        (assurance, isProof) => assurance === null && !isProof && this.setData({ bookings: [], loading: true }),
      )
      return this.loadCards()
    },
    async onShow() {
      await Promise.all([this.findLost(), this.load()])
    },
    onUnload() {
      this.unwatch()
    },
    onLanguage() {
      this.setData({ cards: [...this.data.cards] })
    },
    onPullDownRefresh() {
      return Promise.all([this.loadCards(), this.load(), this.findLost()]).finally(() => wx.stopPullDownRefresh())
    },
    onReachBottom() {
      return this.more()
    },
    async loadCards() {
      try {
        const { items } = await cards.list({ kind: 'booking', limit: 100 })
        this.setData({ cards: items, cardsProblem: null })
      } catch (found) {
        this.setData({ cardsProblem: this.data.cards.length ? null : found })
      }
    },
    async findLost() {
      this.lost = await draft.pending()
      this.setData({ lost: this.lost ? fill(this.data.t.lostText, this.lost.shown) : '' })
    },
    async load() {
      const { when } = this.data
      this.setData({ problem: null, loading: !this.data.bookings.length })
      try {
        const [page1] = await Promise.all([this.pageAfter(when, null), city.about()])
        if (when === this.data.when)
          this.setData({ bookings: this.shown(page1.items), after: page1.after, loading: false })
      } catch (found) {
        if (when === this.data.when) this.setData({ problem: found, loading: false })
      }
    },
    async more() {
      const { when, after, loadingMore } = this.data
      if (!after || loadingMore) return
      this.setData({ loadingMore: true })
      try {
        const next = await this.pageAfter(when, after)
        if (when === this.data.when)
          this.setData({ bookings: [...this.data.bookings, ...this.shown(next.items)], after: next.after })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ loadingMore: false })
    },
    pageAfter(when, after) {
      return api.get('/api/v1/bookings', { query: { when, limit: AT_ONCE, after } })
    },
    shown(items) {
      return items.map((booking) => shown(booking, this.data.t))
    },
    onWhen({ currentTarget }) {
      const { when } = currentTarget.dataset
      if (when === this.data.when) return
      this.setData({ when, bookings: [], after: null, loading: true })
      this.load()
    },
    onCard({ detail: { card } }) {
      wx.navigateTo({ url: `/pages/bookings/choose?${places.search({ card: card.id })}` })
    },
    onBooking({ currentTarget }) {
      wx.navigateTo({ url: `/pages/bookings/booking?id=${currentTarget.dataset.id}` })
    },
    onLost() {
      wx.navigateTo({ url: `/pages/bookings/confirm?${places.search(this.lost.query)}` })
    },
  }),
)
