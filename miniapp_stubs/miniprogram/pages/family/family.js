// 家人与代办: who may act for the citizen, for whom the citizen may act, how far; ending it, and the ways to begin.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const limits = require('../../utils/limits')
const strings = require('./family.strings')

const WAYS = [
  { id: 'invite', icon: 'user-checked' },
  { id: 'code', icon: 'scan' },
  { id: 'child', icon: 'usergroup' },
  { id: 'elder', icon: 'user-safety' },
]

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, sides: [], past: [], ways: [], busy: '' },
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
        const [{ items }] = await Promise.all([api.get('/api/v1/family/relations'), city.about()])
        const names = await limits.names(items.map((relation) => relation.limits))
        this.found = { relations: items, names }
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t } = this.data
      const all = this.found.relations.map((relation) => this.relation(relation))
      const live = (side) => all.filter((one) => one.live && one.side === side)
      this.setData({
        loading: false,
        sides: [
          { id: 'person', title: t.forMe, none: t.forMeNone, relations: live('person') },
          { id: 'helper', title: t.forThem, none: t.forThemNone, relations: live('helper') },
        ],
        past: all.filter((one) => !one.live),
        ways: WAYS.map((way) => ({ ...way, ...t[way.id] })),
      })
    },
    relation(relation) {
      const { t } = this.data
      const { id, kind, side, live, uses, used_at: usedAt, expires_at: expires } = relation
      const name = relation.name || t.unnamed
      return {
        id,
        side,
        live,
        name,
        isGuardian: kind === 'guardian',
        role: t.kinds[side][kind],
        limits: limits.inWords(relation.limits, this.found.names),
        until: expires ? fill(t.untilDay, { day: format.date(expires) }) : t.untilOfAge,
        used: usedAt ? fill(t.usedTimes, { n: uses, when: format.dateTime(usedAt) }) : t.never,
        isNow: Boolean(acting.now()) && acting.now().grant_id === id,
        canHandOver: live && side === 'helper' && kind === 'guardian' && relation.managed,
        actLabel: fill(t.actLabel, { name }),
        endLabel: fill(t.endLabel, { name }),
        ending: live ? '' : this.ending(relation),
      }
    },
    ending({ ended_at: when, ended_by: by }) {
      const { t } = this.data
      return when ? fill(t.endedBy[by], { when: format.dateTime(when) }) : t.ranOut
    },
    async onEnd({ currentTarget }) {
      const { t, busy, sides } = this.data
      const { id } = currentTarget.dataset
      const chosen = sides.flatMap(({ relations }) => relations).find((one) => one.id === id)
      if (busy || !chosen) return
      const { confirm } = await wx.showModal({
        title: t.endTitle,
        content: fill(t.endText, chosen),
        confirmText: t.endYes,
        cancelText: t.endNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ busy: id })
      try {
        await api.remove(`/api/v1/family/relations/${id}`)
        const now = acting.now()
        if (now && now.grant_id === id) return acting.stop()
        wx.showToast({ title: t.ended, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ busy: '' })
      return this.load()
    },
    async onAct({ currentTarget }) {
      if (this.data.busy) return
      this.setData({ busy: currentTarget.dataset.id })
      try {
        await acting.start(currentTarget.dataset.id)
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
        await this.load()
      }
      this.setData({ busy: '' })
    },
    onHandOver({ currentTarget }) {
      wx.navigateTo({ url: `/pages/family/handover?relation=${currentTarget.dataset.id}` })
    },
    onWay({ currentTarget }) {
      wx.navigateTo({ url: `/pages/family/${currentTarget.dataset.id}` })
    },
  }),
)
