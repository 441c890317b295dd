// 搜索: by Chinese words, pinyin or its initials; the server knows them all.

const cards = require('../../utils/cards')
const { fill, text } = require('../../utils/i18n')
const { page } = require('../../utils/page')
const store = require('../../utils/store')
const strings = require('./strings')

const TYPING_MS = 250
const MOST_SUGGESTIONS = 8
const PAGE_SIZE = 20

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      q: '',
      focus: true,
      history: [],
      suggestions: [],
      /** What was searched for; '' while typing. */
      asked: '',
      found: [],
      heading: '',
      nothing: '',
      loading: false,
      problem: null,
    },
    onLoad({ q = '' }) {
      this.setData({ history: store.searches() })
      return q ? this.search(q) : undefined
    },
    onUnload() {
      clearTimeout(this.typing)
    },
    onType(event) {
      const q = event.detail.value
      this.setData({ q, asked: '', problem: null })
      clearTimeout(this.typing)
      if (!q.trim()) return this.setData({ suggestions: [] })
      this.typing = setTimeout(() => this.suggest(q), TYPING_MS)
      return undefined
    },
    async suggest(q) {
      try {
        const { items } = await cards.list({ q: q.trim(), limit: MOST_SUGGESTIONS })
        if (q === this.data.q && !this.data.asked) this.setData({ suggestions: items })
      } catch {
        // Suggestions are a help; the search itself says what is wrong.
      }
    },
    onConfirm() {
      if (this.data.q.trim()) this.search(this.data.q)
    },
    onHistory(event) {
      this.search(event.currentTarget.dataset.q)
    },
    onForget() {
      store.forgetSearches()
      this.setData({ history: [] })
    },
    onClear() {
      this.setData({ q: '', asked: '', suggestions: [], found: [], problem: null, focus: false })
      this.setData({ focus: true })
    },
    onRetry() {
      return this.search(this.data.asked)
    },
    onLanguage() {
      if (this.data.asked) this.search(this.data.asked)
    },
    async search(written) {
      const q = written.trim()
      clearTimeout(this.typing)
      this.setData({ q, asked: q, suggestions: [], found: [], nothing: '', loading: true, problem: null, focus: false })
      try {
        const list = await cards.list({ q, limit: PAGE_SIZE })
        if (q !== this.data.asked) return
        store.searched(q)
        this.after = list.after
        this.show(q, list)
      } catch (problem) {
        if (q === this.data.asked) this.setData({ problem, loading: false })
      }
    },
    show(q, { items, total }) {
      const { t } = this.data
      this.setData({
        found: items,
        history: store.searches(),
        heading: total === 1 ? t.foundOne : fill(t.found, { n: total }),
        nothing: total ? '' : fill(t.nothing, { q }),
        loading: false,
      })
    },
    async onReachBottom() {
      if (!this.after || !this.data.asked) return
      const after = this.after
      this.after = null
      const list = await cards.list({ q: this.data.asked, limit: PAGE_SIZE, after }).catch(() => ({ items: [], after }))
      this.after = list.after
      this.setData({ found: [...this.data.found, ...list.items] })
    },
    onSuggestion(event) {
      const { card } = event.detail
      store.searched(text(card.name))
      this.setData({ history: store.searches() })
      cards.open(card.id)
    },
    onOpen(event) {
      cards.open(event.detail.card.id)
    },
    onBrowse() {
      wx.switchTab({ url: '/pages/home/home' })
    },
  }),
)
