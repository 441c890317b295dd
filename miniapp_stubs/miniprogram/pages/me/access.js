// Who received or looked at the citizen's data, when and what for, the newest first, day by day.

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./access.strings')

const AT_ONCE = 20
/** What the server says instead of a department when it was the citizen. */
const CITIZEN = 'citizen'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, days: [], after: null, loadingMore: false },
    onLoad() {
      this.entries = []
      return this.load()
    },
    onLanguage() {
      this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    onReachBottom() {
      return this.more()
    },
    async load() {
      this.setData({ loading: !this.entries.length, problem: null })
      try {
        const [found] = await Promise.all([this.pageAfter(null), city.about()])
        this.entries = found.items
        this.setData({ loading: false, after: found.after })
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    async more() {
      const { after, loadingMore } = this.data
      if (!after || loadingMore) return
      this.setData({ loadingMore: true })
      try {
        const found = await this.pageAfter(after)
        this.entries.push(...found.items)
        this.setData({ after: found.after })
        this.show()
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ loadingMore: false })
    },
    pageAfter(after) {
      return api.get('/api/v1/me/access_log', { query: { limit: AT_ONCE, after } })
    },
    show() {
      const days = []
      for (const entry of this.entries) {
        const day = format.dayOf(entry.at)
        if (!days.length || days[days.length - 1].day !== day) days.push({ day, title: format.near(entry.at), entries: [] })
        days[days.length - 1].entries.push(this.entry(entry))
      }
      this.setData({ days })
    },
    entry(entry) {
      const { t } = this.data
      const isOwn = entry.department === CITIZEN
      return {
        id: `${entry.request_id}.${entry.at}`,
        isOwn,
        who: isOwn ? t.own : t.department,
        words: text(entry.in_words),
        time: format.time(entry.at),
        number: fill(t.number, { id: entry.request_id }),
      }
    },
    onConsents() {
      wx.navigateTo({ url: '/pages/me/consents' })
    },
  }),
)
