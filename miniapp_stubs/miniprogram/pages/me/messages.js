// What the city has told the citizen: new sign-ins, ended sessions and the like. What is looked at counts as read.

const { page } = require('../../utils/page')
const { text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./messages.strings')

const AT_ONCE = 30

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, messages: [], after: null, loadingMore: false },
    onLoad() {
      this.found = []
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
      this.setData({ loading: !this.found.length, problem: null })
      try {
        const [found] = await Promise.all([this.pageAfter(null), city.about()])
        this.found = found.items
        this.setData({ loading: false, after: found.after })
        this.show()
        await this.read(found.items)
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
        this.found.push(...found.items)
        this.setData({ after: found.after })
        this.show()
        await this.read(found.items)
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ loadingMore: false })
    },
    pageAfter(after) {
      return api.get('/api/v1/me/messages', { query: { limit: AT_ONCE, after } })
    },
    /** They stay marked as new on this screen. That the city hears of it late is nothing to bother anybody with. */
    async read(items) {
      const ids = items.filter((one) => !one.read_at).map(({ id }) => id)
      if (ids.length) await api.post('/api/v1/me/messages/read', { ids }).catch(() => {})
    },
    show() {
      this.setData({
        messages: this.found.map((one) => ({
          id: one.id,
          title: text(one.title),
          body: text(one.body),
          at: format.dateTime(one.at),
          isNew: !one.read_at,
        })),
      })
    },
  }),
)
