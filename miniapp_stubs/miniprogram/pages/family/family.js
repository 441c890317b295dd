// Family and helpers: for whom the citizen acts now, who may act for whom, and the ways to change either.

const { page } = require('../../utils/page')
const { fill, words } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const limits = require('./limits')
const limitsStrings = require('./limits.strings')
const strings = require('./family.strings')

const DANGER = '#b3261e'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, choices: [], chosen: '', live: [], ended: [], busy: '' },
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
        const [choices, relations, names, now] = await Promise.all([
          api.get('/api/v1/acting'),
          api.get('/api/v1/family/relations'),
          limits.names(),
          acting.current(),
          city.about(),
        ])
        this.found = { choices: choices.items, relations: relations.items, names }
        this.goOn(now)
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    /** Somebody who may not be acted for any more is not. */
    goOn(now) {
      const isStill = now && this.found.choices.some(({ grant_id: id }) => id === now.grant_id)
      if (now && !isStill) acting.stop()
      this.setData({ chosen: isStill ? now.grant_id : '' })
    },
    show() {
      const { choices, relations } = this.found
      this.setData({
        loading: false,
        choices: [this.oneself(), ...choices.map((one) => this.choice(one))],
        live: relations.filter(({ live }) => live).map((one) => this.relation(one)),
        ended: relations.filter(({ live }) => !live).map((one) => this.relation(one)),
      })
    },
    oneself() {
      const { t } = this.data
      return { id: '', name: t.oneself, text: '' }
    },
    choice({ grant_id: id, capacity, name, limits: reach }) {
      const { t } = this.data
      const role = t.roles[capacity]
      return { id, name: name || t.unnamed, text: [role, this.reach(reach)].join(t.dot) }
    },
    reach(reach) {
      return limits.limitsInWords(reach, this.found.names, words(limitsStrings))
    },
    relation(one) {
      const { t } = this.data
      const name = one.name || t.unnamed
      return {
        id: one.id,
        name,
        side: t.sides[one.kind][one.side],
        reach: this.reach(one.limits),
        until: one.expires_at ? fill(t.until, { day: format.date(one.expires_at) }) : t.untilOfAge,
        uses: fill(t.uses, { n: one.uses }),
        end: one.ended_at ? fill(t.endedAt, { when: format.dateTime(one.ended_at) }) : '',
        label: fill(t.endLabel, { name }),
      }
    },
    async onChoose({ currentTarget }) {
      const { t, chosen, busy } = this.data
      const { id } = currentTarget.dataset
      if (busy || id === chosen) return
      this.setData({ busy: 'choose' })
      try {
        const now = id ? await acting.start(id) : acting.stop()
        this.setData({ chosen: id })
        wx.showToast({ title: id ? fill(t.nowFor, { name: now.name || t.unnamed }) : t.nowOneself, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ busy: '' })
    },
    async onEnd({ currentTarget }) {
      const { t, busy, live } = this.data
      const one = live.find(({ id }) => id === currentTarget.dataset.id)
      if (busy || !one) return
      const { confirm } = await wx.showModal({
        title: t.endTitle,
        content: fill(t.endText, one),
        confirmText: t.endYes,
        cancelText: t.endNo,
        confirmColor: DANGER,
      })
      if (!confirm) return
      this.setData({ busy: one.id })
      try {
        await api.remove(`/api/v1/family/relations/${one.id}`)
        wx.showToast({ title: t.ended, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ busy: '' })
      await this.load()
    },
    onWay({ currentTarget }) {
      wx.navigateTo({ url: currentTarget.dataset.url })
    },
  }),
)
