// What the city holds about the citizen: masked, and in clear for half a minute when they ask.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const stepup = require('../../utils/stepup')
const strings = require('./data.strings')

const FIELDS = ['name', 'id_number', 'phone']
const SHOWN_SECONDS = 30
const RIGHTS = [
  { id: 'export', icon: 'download', url: '/pages/me/export' },
  { id: 'corrections', icon: 'edit', url: '/pages/me/corrections' },
  { id: 'closing', icon: 'close-circle', url: '/pages/me/closing' },
]

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, fields: [], facts: [], proofs: [], rights: [], asking: '', failure: '', hiddenSoon: '' },
    onLoad() {
      this.clear = {}
    },
    onShow() {
      // WeChat keeps the screen out of screenshots and of the list of apps where it can.
      if (wx.setVisualEffectOnCapture) wx.setVisualEffectOnCapture({ visualEffect: 'hidden', fail() {} })
      return this.load()
    },
    /** While a proof is given on another page, too: what was in clear is not when they come back. */
    onHide() {
      this.hideAll()
    },
    onUnload() {
      this.hideAll()
      if (wx.setVisualEffectOnCapture) wx.setVisualEffectOnCapture({ visualEffect: 'none', fail() {} })
    },
    onLanguage() {
      if (this.me) this.show(this.me)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.me, problem: null })
      try {
        const [me] = await Promise.all([api.get('/api/v1/me'), city.about()])
        this.show(me)
      } catch (found) {
        this.setData({ loading: false, problem: this.me ? null : found })
      }
    },
    show(me) {
      this.me = me
      const { t } = this.data
      this.setData({
        loading: false,
        rights: RIGHTS.map((right) => ({ ...right, ...t.rights[right.id] })),
        fields: FIELDS.map((field) => this.field(field)),
        facts: [
          { name: t.level, text: t.levelWords[me.assurance] },
          { name: t.since, text: format.date(me.created_at) },
        ],
        proofs: me.proofs.map(({ level, method, proved_at: at }) => ({
          name: method === 'hall_code' ? t.byHall : t.levels[level],
          text: format.dateTime(at),
        })),
      })
    },
    field(field) {
      const { t } = this.data
      const masked = this.me[field]
      const name = t.fields[field]
      const isClear = field in this.clear
      return {
        field,
        name,
        isHeld: masked !== null,
        isClear,
        text: isClear ? this.clear[field] : masked || t.none,
        label: fill(isClear ? t.hideLabel : t.showLabel, { field: name }),
      }
    },
    async onReveal({ currentTarget }) {
      const { field } = currentTarget.dataset
      if (field in this.clear) return this.hide(field)
      if (this.data.asking) return
      this.setData({ asking: field, failure: '' })
      try {
        const seen = await stepup.attempt(this, () => api.post('/api/v1/me/reveal', { fields: [field] }))
        this.reveal(field, seen[field])
      } catch (found) {
        // Whoever would rather not prove it again needs no sentence about it.
        if (found.code !== 'identity.step_up_needed') this.setData({ failure: found.title })
      }
      this.setData({ asking: '' })
    },
    reveal(field, value) {
      this.clear[field] = value
      this.until = Date.now() + SHOWN_SECONDS * 1000
      this.draw()
      clearInterval(this.timer)
      this.timer = setInterval(() => (Date.now() < this.until ? this.draw() : this.hideAll()), 1000)
    },
    draw() {
      const left = Math.max(0, Math.ceil((this.until - Date.now()) / 1000))
      const isAny = Object.keys(this.clear).length > 0
      this.setData({
        fields: FIELDS.map((field) => this.field(field)),
        hiddenSoon: isAny ? fill(this.data.t.hiddenSoon, { n: left }) : '',
      })
    },
    hide(field) {
      delete this.clear[field]
      if (!Object.keys(this.clear).length) clearInterval(this.timer)
      this.draw()
    },
    hideAll() {
      clearInterval(this.timer)
      this.clear = {}
      if (this.me) this.draw()
    },
    onRight({ currentTarget }) {
      wx.navigateTo({ url: currentTarget.dataset.url })
    },
    onLog() {
      wx.navigateTo({ url: '/pages/me/access' })
    },
  }),
)
