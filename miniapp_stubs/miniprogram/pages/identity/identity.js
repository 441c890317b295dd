// How sure the city is of who the citizen is, and how to raise it: phone, real name, face.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const { isByHall } = require('../../utils/proofs')
const session = require('../../utils/session')
const strings = require('./identity.strings')

const PAGES = { 2: '/pages/identity/real_name', 3: '/pages/identity/face' }

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, assurance: 0, level: '', name: '', steps: [], busy: false, fault: '' },
    onShow() {
      return this.load()
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
        const [me] = await Promise.all([api.get('/api/v1/me', { own: true }), city.about()])
        this.show(me)
      } catch (found) {
        this.setData({ loading: false, problem: this.me ? null : found })
      }
    },
    show(me) {
      this.me = me
      const { t } = this.data
      const proofs = Object.fromEntries(me.proofs.map((proof) => [proof.level, proof.proved_at]))
      const shown = { 1: me.phone, 2: [me.name, me.id_number].filter(Boolean).join('  '), 3: '' }
      this.setData({
        loading: false,
        assurance: me.assurance,
        level: fill(t.level, { n: me.assurance }),
        name: isByHall(me) ? t.byHall : t.names[me.assurance],
        steps: t.steps.map((step, place) => {
          const level = place + 1
          const isDone = level in proofs
          return {
            ...step,
            level,
            isDone,
            isNext: level === me.assurance + 1,
            value: isDone ? shown[level] : '',
            when: isDone ? fill(t.provedAt, { when: format.dateTime(proofs[level]) }) : '',
            button: isDone ? step.again : level === me.assurance + 1 ? step.todo : '',
          }
        }),
      })
    },
    onStep({ currentTarget }) {
      wx.navigateTo({ url: PAGES[currentTarget.dataset.level] })
    },
    onHallCode() {
      wx.navigateTo({ url: '/pages/identity/hall_code' })
    },
    async onPhone({ detail }) {
      const { t, busy } = this.data
      if (busy) return
      if (!detail.code) return this.setData({ fault: t.noPhone })
      this.setData({ busy: true, fault: '' })
      try {
        await session.raise(await api.post('/api/v1/identity/phone', { code: detail.code }))
        wx.showToast({ title: t.phoneDone, icon: 'none' })
        await this.load()
      } catch (found) {
        this.setData({ fault: found.title })
      }
      this.setData({ busy: false })
    },
  }),
)
