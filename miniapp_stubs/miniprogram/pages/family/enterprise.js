// One enterprise: acting for it, its agents, naming another one, ending what was granted, giving it up.
//
//     /pages/family/enterprise?id=…

const { page } = require('../../utils/page')
const { fill, words } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const limits = require('./limits')
const limitsStrings = require('./limits.strings')
const strings = require('./enterprise.strings')

const DANGER = '#b3261e'
const NOT_FOUND = { code: 'identity.enterprise.not_found', facts: {}, status: 404, retryAfter: null, requestId: '' }

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, enterprise: null, agents: [], ended: [], isChosen: false, busy: '' },
    onLoad({ id }) {
      this.id = id
    },
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
        const [list, names, now] = await Promise.all([
          api.get('/api/v1/enterprises'),
          limits.names(),
          acting.current(),
          city.about(),
        ])
        const one = list.items.find(({ id }) => id === this.id)
        if (!one) return this.setData({ loading: false, problem: { ...NOT_FOUND, title: this.data.t.gone } })
        const isOwner = one.role === 'legal_representative' && one.live
        const agents = isOwner ? (await api.get(`/api/v1/enterprises/${this.id}/agents`)).items : []
        this.found = { one, agents, names }
        this.setData({ isChosen: Boolean(now && now.grant_id === one.grant_id) })
        return this.show()
      } catch (found) {
        return this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t } = this.data
      const { one, agents } = this.found
      this.setData({
        loading: false,
        enterprise: {
          name: one.name,
          code: one.credit_code,
          role: t.roles[one.role],
          isOwner: one.role === 'legal_representative',
          isLive: one.live,
          isUsable: one.live && one.operating,
          reach: this.reach(one.limits),
          until: one.expires_at ? format.date(one.expires_at) : t.noEnd,
          state: one.live ? (one.operating ? t.operating : t.suspended) : t.over,
        },
        agents: agents.filter(({ live }) => live).map((agent) => this.agent(agent)),
        ended: agents.filter(({ live }) => !live).map((agent) => this.agent(agent)),
      })
    },
    reach(reach) {
      return limits.limitsInWords(reach, this.found.names, words(limitsStrings))
    },
    agent(agent) {
      const { t } = this.data
      const name = agent.name || t.unnamed
      return {
        id: agent.id,
        name,
        reach: this.reach(agent.limits),
        consent: agent.may_consent ? t.mayConsent : '',
        until: fill(t.until, { day: format.date(agent.expires_at) }),
        uses: fill(t.uses, { n: agent.uses }),
        end: agent.ended_at ? fill(t.endedAt, { when: format.dateTime(agent.ended_at) }) : '',
        label: fill(t.endLabel, { name }),
      }
    },
    async onSwitch() {
      const { t, isChosen, busy } = this.data
      if (busy) return
      await this.done('switch', async () => {
        if (isChosen) acting.stop()
        else await acting.start(this.found.one.grant_id)
        this.setData({ isChosen: !isChosen })
        return isChosen ? t.nowOneself : fill(t.nowFor, { name: this.found.one.name })
      })
    },
    onInvite() {
      wx.navigateTo({ url: `/pages/family/invite?enterprise=${this.id}` })
    },
    async onEndAgent({ currentTarget }) {
      const { t, busy, agents } = this.data
      const agent = agents.find(({ id }) => id === currentTarget.dataset.id)
      if (busy || !agent || !(await this.isSure(t.endTitle, fill(t.endText, agent), t.endYes))) return
      await this.done(agent.id, () => this.removed(`/api/v1/enterprises/${this.id}/agents/${agent.id}`))
      await this.load()
    },
    /** The representative gives the enterprise up, with all that was granted; an agent ends what they were granted. */
    async onLeave() {
      const { t, busy, enterprise } = this.data
      const text = fill(enterprise.isOwner ? t.unbindText : t.leaveText, enterprise)
      if (busy || !(await this.isSure(t.leaveTitle, text, t.endYes))) return
      const own = `/api/v1/enterprises/${this.id}`
      const left = await this.done('leave', () =>
        this.removed(enterprise.isOwner ? own : `${own}/agents/${this.found.one.grant_id}`),
      )
      if (!left) return
      if (this.data.isChosen) acting.stop()
      wx.navigateBack()
    },
    async removed(path) {
      await api.remove(path)
      return this.data.t.ended
    },
    async done(busy, run) {
      this.setData({ busy })
      let isDone = false
      try {
        wx.showToast({ title: await run(), icon: 'none' })
        isDone = true
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ busy: '' })
      return isDone
    },
    async isSure(title, content, confirmText) {
      const cancelText = this.data.t.endNo
      const { confirm } = await wx.showModal({ title, content, confirmText, cancelText, confirmColor: DANGER })
      return confirm
    },
  }),
)
