// 首页: what the city offers, what the citizen uses, what the city has to tell.

const acting = require('../../utils/acting')
const cards = require('../../utils/cards')
const city = require('../../utils/city')
const format = require('../../utils/format')
const { fill, text } = require('../../utils/i18n')
const { page } = require('../../utils/page')
const scanning = require('../../utils/scanning')
const store = require('../../utils/store')
const strings = require('./strings')

const PAGE_SIZE = 60
/** Fewer cards have room to say what they do. */
const FEW = 12

Page(
  page({
    strings,
    tab: true,
    data: {
      statusBar: 0,
      cityName: '',
      notices: [],
      openNotice: '',
      themes: [],
      theme: '',
      cards: [],
      total: 0,
      layout: 'wide',
      recent: [],
      favourites: [],
      sizes: [],
      loading: true,
      problem: null,
    },
    onLoad() {
      this.setData({ statusBar: wx.getWindowInfo().statusBarHeight || 0 })
      return this.load()
    },
    onShow() {
      this.setData({ recent: store.recent(), favourites: store.favourites() })
      this.showSizes()
    },
    onLanguage() {
      if (this.about) this.showCity()
    },
    async onPullDownRefresh() {
      await this.load({ again: true })
      wx.stopPullDownRefresh()
    },
    onReachBottom() {
      return this.loadMore()
    },
    onRetry() {
      return this.load({ again: true })
    },
    async load({ again = false } = {}) {
      this.setData({ problem: null, loading: !this.data.cards.length })
      try {
        const [about, themes, list] = await Promise.all([city.about({ again }), cards.themes(), this.firstPage()])
        Object.assign(this, { about, themeList: this.themesOf(themes.items, list), after: list.after })
        store.refresh(list.items)
        this.setData({
          cards: list.items,
          total: list.total,
          layout: list.total > FEW ? 'grid' : 'wide',
          loading: false,
        })
        this.setData({ recent: store.recent(), favourites: store.favourites() })
        this.showCity()
      } catch (problem) {
        this.setData({ problem, loading: false })
      }
    },
    /** While acting, those that have cards for whom one acts for. */
    themesOf(themes, { items, after }) {
      if (!acting.now() || after) return themes
      if (this.data.theme) return this.themeList
      return themes.filter(({ id }) => items.some(({ theme }) => theme === id))
    },
    firstPage() {
      return cards.list({ theme: this.data.theme, limit: PAGE_SIZE })
    },
    showCity() {
      const { t } = this.data
      this.setData({
        cityName: text(this.about.name),
        notices: this.about.notices.map((notice) => ({
          id: notice.id,
          title: text(notice.title),
          text: text(notice.text),
          until: fill(t.until, { day: format.near(notice.until) }),
        })),
        themes: [{ id: '', name: t.allThemes }, ...this.themeList.map(({ id, name }) => ({ id, name: text(name) }))],
      })
    },
    showSizes() {
      const { t, textScale } = this.data
      const sizes = store.TEXT_SCALES.map((scale, place) => ({
        scale,
        name: t.sizes[place],
        isChosen: scale === textScale,
      }))
      this.setData({ sizes: sizes.slice(1) })
    },
    async loadMore() {
      if (!this.after || this.isLoadingMore) return
      this.isLoadingMore = true
      try {
        const { items, after } = await cards.list({ theme: this.data.theme, limit: PAGE_SIZE, after: this.after })
        this.after = after
        // Only what is new goes to the screen.
        const from = this.data.cards.length
        this.setData(Object.fromEntries(items.map((card, place) => [`cards[${from + place}]`, card])))
      } catch {
        // Scrolling on asks again.
      } finally {
        this.isLoadingMore = false
      }
    },
    onTheme(event) {
      const { theme } = event.currentTarget.dataset
      if (theme === this.data.theme) return
      this.setData({ theme, cards: [] })
      this.load()
    },
    onNotice(event) {
      const { id } = event.currentTarget.dataset
      this.setData({ openNotice: id === this.data.openNotice ? '' : id })
    },
    onOpen(event) {
      cards.open(event.detail.card.id)
    },
    onSearch() {
      wx.navigateTo({ url: '/pages/search/search' })
    },
    onForWhom() {
      wx.navigateTo({ url: '/pages/family/acting' })
    },
    onScan() {
      return scanning.scan()
    },
    onLanguageSwitch() {
      store.setLanguage(this.data.language === 'zh' ? 'en' : 'zh')
      this.refreshShared()
      this.showSizes()
    },
    onElder() {
      store.setElder(!this.data.elder)
      this.refreshShared()
      this.showSizes()
    },
    onSize(event) {
      store.setTextScale(event.currentTarget.dataset.scale)
      this.refreshShared()
      this.showSizes()
    },
  }),
)
