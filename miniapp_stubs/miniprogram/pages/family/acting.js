// 办理身份: for whom the citizen acts: themself, a family member, an enterprise.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./acting.strings')

const FOR_ENTERPRISES = new Set(['legal_representative', 'agent'])

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, chosen: '', groups: [], isAlone: false, busy: '', fault: null },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.choices) this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.choices, problem: null })
      try {
        const [{ items }] = await Promise.all([api.get('/api/v1/acting'), city.about()])
        this.choices = items
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t } = this.data
      const now = acting.now()
      const rows = this.choices.map((choice) => this.row(choice))
      const groups = [
        { id: 'persons', title: t.persons, rows: rows.filter(({ isEnterprise }) => !isEnterprise) },
        { id: 'enterprises', title: t.enterprises, rows: rows.filter(({ isEnterprise }) => isEnterprise) },
      ]
      this.setData({
        loading: false,
        chosen: now ? now.grant_id : '',
        groups: groups.filter((group) => group.rows.length),
        isAlone: !rows.length,
      })
    },
    row({ grant_id: id, capacity, name, expires_at: expires }) {
      const { t } = this.data
      const role = t.capacities[capacity]
      return {
        id,
        isEnterprise: FOR_ENTERPRISES.has(capacity),
        name: name || t.unnamed,
        text: expires ? fill(t.until, { capacity: role, day: format.date(expires) }) : role,
      }
    },
    async onChoose({ currentTarget }) {
      const { id } = currentTarget.dataset
      if (this.data.busy || id === this.data.chosen) return
      if (!id) return acting.stop()
      this.setData({ busy: id, fault: null })
      try {
        await acting.start(id)
      } catch (found) {
        this.setData({ fault: { title: found.title } })
        await this.load()
      }
      this.setData({ busy: '' })
    },
    onGo({ currentTarget }) {
      wx.navigateTo({ url: currentTarget.dataset.url })
    },
  }),
)
