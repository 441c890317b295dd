// 卡片: what a card is and what it asks for, and the way to use it: an operation, a booking, or a link.

const cards = require('../../utils/cards')
const city = require('../../utils/city')
const { fill, text } = require('../../utils/i18n')
const { page } = require('../../utils/page')
const store = require('../../utils/store')
const { firstFacts, guide, hoursIn, isOpen, needs } = require('./facts')
const strings = require('./card.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      card: null,
      name: '',
      summary: '',
      department: '',
      initial: '',
      facts: [],
      needs: [],
      guide: [],
      closed: '',
      first: null,
      others: [],
      isFavourite: false,
    },
    onLoad({ card_id: cardId }) {
      this.cardId = cardId
      return this.load()
    },
    onLanguage() {
      if (this.data.card) this.show(this.data.card)
    },
    onRetry() {
      return this.load({ again: true })
    },
    async load({ again = false } = {}) {
      this.setData({ loading: true, problem: null })
      try {
        const [card] = await Promise.all([cards.detail(this.cardId, { again }), city.about().catch(() => null)])
        store.used(card)
        this.show(card)
      } catch (problem) {
        if (problem.code === 'card.not_found') store.forgetCard(this.cardId)
        this.setData({ problem, loading: false })
      }
    },
    show(card) {
      const { t } = this.data
      const [first, ...others] = card.operations.map(({ name, title }) => ({ name, title: text(title) }))
      const { hours } = card.access
      this.setData({
        loading: false,
        card,
        name: text(card.name),
        summary: text(card.summary),
        department: text(card.department.name),
        initial: Array.from(text(card.name))[0],
        facts: firstFacts(card, t),
        needs: needs(card, t),
        guide: guide(card, t),
        closed: isOpen(hours, city.wallClock()) ? '' : fill(t.closedNow, { hours: hoursIn(hours, t) }),
        first: first || null,
        others,
        isFavourite: store.isFavourite(card.id),
      })
    },
    onFavourite() {
      this.setData({ isFavourite: store.toggleFavourite(this.data.card) })
    },
    onUse(event) {
      cards.use(this.cardId, event.currentTarget.dataset.operation)
    },
    onBook() {
      wx.navigateTo({ url: `/pages/bookings/choose?card=${encodeURIComponent(this.cardId)}` })
    },
    onPage() {
      wx.navigateTo({ url: `/pages/card/web?url=${encodeURIComponent(this.data.card.link.url)}` })
    },
    onProgram() {
      const { app_id: appId, path } = this.data.card.link.mini_program
      wx.navigateToMiniProgram({ appId, path, fail: ({ errMsg }) => this.onNoProgram(errMsg) })
    },
    onNoProgram(errMsg) {
      if (!/cancel/.test(errMsg)) wx.showToast({ title: this.data.t.cannotOpen, icon: 'none' })
    },
    onCopy() {
      const { t, card } = this.data
      wx.setClipboardData({ data: card.link.url, success: () => wx.showToast({ title: t.copied, icon: 'none' }) })
    },
  }),
)
