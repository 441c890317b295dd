// 我的企业: the enterprises that the citizen may act for, and as what; binding another one.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./enterprises.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, enterprises: [] },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.found) this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.found, problem: null })
      try {
        const [{ items }] = await Promise.all([api.get('/api/v1/enterprises'), city.about()])
        this.found = items
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t } = this.data
      const enterprises = this.found.map((one) => ({
        id: one.id,
        name: one.name,
        role: t.roles[one.role],
        code: fill(t.code, { code: one.credit_code }),
        isGood: one.live && one.operating,
        state: one.live ? (one.operating ? t.operating : t.suspended) : t.over,
        until: one.expires_at ? fill(t.until, { day: format.date(one.expires_at) }) : '',
      }))
      this.setData({ loading: false, enterprises })
    },
    onOpen({ currentTarget }) {
      wx.navigateTo({ url: `/pages/enterprise/enterprise?id=${currentTarget.dataset.id}` })
    },
    onBind() {
      wx.navigateTo({ url: '/pages/enterprise/bind' })
    },
    onCode() {
      wx.navigateTo({ url: '/pages/family/code' })
    },
  }),
)
