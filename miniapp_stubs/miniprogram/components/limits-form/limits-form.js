// How far and how long a permission to act goes:
//
//     <limits-form audience="personal" bind:change="…" />        {limits, days}; limits is null while nothing is ticked
//
// It begins with nothing ticked: whoever gives everything says so.

const { text, words } = require('../../utils/i18n')
const { nameable } = require('../../utils/limits')
const store = require('../../utils/store')
const strings = require('./strings')

const MOST = 50
const SCOPES = ['everything', 'themes', 'cards']
const DAYS = [7, 30, 90, 365]

Component({
  properties: {
    /** Whose cards can be named: `personal` or `enterprise`. */
    audience: { type: String, value: 'personal' },
  },
  data: { t: {}, scopes: [], lengths: [], scope: '', days: 30, choices: [], loading: false, problem: null },
  lifetimes: {
    attached() {
      this.ticked = { themes: new Set(), cards: new Set() }
      this.unwatch = store.onChange(() => this.draw())
      this.draw()
      return this.load()
    },
    detached() {
      this.unwatch()
    },
  },
  methods: {
    async load() {
      this.setData({ loading: true, problem: null })
      try {
        this.known = await nameable(this.data.audience)
        this.setData({ loading: false })
        this.draw()
      } catch (problem) {
        this.setData({ loading: false, problem })
      }
    },
    draw() {
      const { scope } = this.data
      const isOpen = this.known && scope && scope !== 'everything'
      const choices = isOpen
        ? this.known[scope].map(({ id, name }) => ({ id, name: text(name), isTicked: this.ticked[scope].has(id) }))
        : []
      const t = words(strings)
      const scopes = SCOPES.map((id) => ({ id, ...t.scopes[id] }))
      const lengths = DAYS.map((id) => ({ id, name: t.days[id] }))
      this.setData({ t, scopes, lengths, choices })
    },
    onScope({ currentTarget }) {
      this.setData({ scope: currentTarget.dataset.id })
      this.draw()
      this.tell()
    },
    onChoice({ currentTarget }) {
      const { id } = currentTarget.dataset
      const ticked = this.ticked[this.data.scope]
      if (ticked.has(id)) ticked.delete(id)
      else if (ticked.size >= MOST) return wx.showToast({ title: this.data.t.most, icon: 'none' })
      else ticked.add(id)
      this.draw()
      return this.tell()
    },
    onDays({ currentTarget }) {
      this.setData({ days: currentTarget.dataset.id })
      this.tell()
    },
    tell() {
      this.triggerEvent('change', { limits: this.limits(), days: this.data.days })
    },
    limits() {
      const { scope } = this.data
      if (scope === 'everything') return { mode: 'all_but' }
      if (!scope || !this.ticked[scope].size) return null
      return { mode: 'only', [scope]: [...this.ticked[scope]] }
    },
  },
})
