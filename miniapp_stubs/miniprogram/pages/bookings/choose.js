// The questions that lead to what is booked, one a page, and the resources at their end.
//
//     /pages/bookings/choose?card=gy.government_hall[&path=department:tax,matter:invoice]

const { page } = require('../../utils/page')
const { text } = require('../../utils/i18n')
const stepup = require('../../utils/stepup')
const places = require('./places')
const strings = require('./choose.strings')

Page(
  page({
    strings,
    data: { loading: true, problem: null, changed: false, cardName: '', asked: '', answered: [], choices: [], resources: [] },
    onLoad({ card, path = '' }) {
      this.card = card
      this.path = path
      return this.load()
    },
    onShow() {
      this.retitle()
    },
    onLanguage() {
      return this.load()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: true, problem: null, changed: false })
      try {
        const [card, found, answered] = await Promise.all([
          places.card(this.card),
          places.choices(this.card, this.path),
          places.answered(this.card, this.path),
        ])
        this.show(card, found, answered)
      } catch (found) {
        this.setData({ loading: false, problem: found, changed: found.code === 'booking.choice_unknown' })
      }
    },
    show(card, found, answered) {
      const level = found.next_level
      const choices = level ? level.choices.map(({ id, text: name }) => ({ id, name: text(name) })) : []
      const resources = found.items.map(places.shown)
      this.setData({ cardName: text(card.name) })
      this.retitle()
      // Where there is nothing to choose, nothing is asked.
      if (level && choices.length === 1) return this.leave('choose', this.withAnswer(level.key, choices[0].id))
      if (!level && resources.length === 1 && this.path) return this.leave('times', { path: this.path, resource: resources[0].id })
      this.level = level
      return this.setData({ loading: false, asked: level ? text(level.title) : this.data.t.pickOne, answered, choices, resources })
    },
    retitle() {
      wx.setNavigationBarTitle({ title: this.data.cardName || this.data.t.title })
    },
    withAnswer(key, choice) {
      return { path: [this.path, `${key}:${choice}`].filter(Boolean).join(',') }
    },
    address(name, query) {
      return `/pages/bookings/${name}?${places.search({ card: this.card, ...query })}`
    },
    leave(name, query) {
      wx.redirectTo({ url: this.address(name, query) })
    },
    onChoose({ currentTarget }) {
      wx.navigateTo({ url: this.address('choose', this.withAnswer(this.level.key, currentTarget.dataset.id)) })
    },
    onResource({ currentTarget }) {
      wx.navigateTo({ url: this.address('times', { path: this.path, resource: currentTarget.dataset.id }) })
    },
    onAgain() {
      this.leave('choose', {})
    },
    onHome() {
      stepup.goBack()
    },
  }),
)
