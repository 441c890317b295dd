// One enterprise: what the citizen is to it, its state in the register, acting for it; for its legal representative the
// agents; giving it up.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const acting = require('../../utils/acting')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const limits = require('../../utils/limits')
const stepup = require('../../utils/stepup')
const { leaveEnterprise } = require('../family/leave')
const strings = require('./enterprise.strings')

const DANGER = '#b3261e'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, gone: false, enterprise: null, facts: [], agents: [], past: [], busy: '' },
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
      this.setData({ loading: !this.found, problem: null, gone: false })
      try {
        const [{ items }] = await Promise.all([api.get('/api/v1/enterprises'), city.about()])
        const enterprise = items.find(({ id }) => id === this.id)
        if (!enterprise) return this.setData({ loading: false, gone: true })
        const agents = await this.agentsOf(enterprise)
        const names = await limits.names([enterprise, ...agents].map((one) => one.limits))
        this.found = { enterprise, agents, names }
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    async agentsOf({ id, role, live }) {
      if (role !== 'legal_representative' || !live) return []
      return (await api.get(`/api/v1/enterprises/${encodeURIComponent(id)}/agents`)).items
    },
    show() {
      const { t } = this.data
      const { enterprise, agents } = this.found
      const all = agents.map((agent) => this.agent(agent))
      this.setData({
        loading: false,
        enterprise: {
          id: enterprise.id,
          name: enterprise.name,
          grantId: enterprise.grant_id,
          isOwn: enterprise.role === 'legal_representative',
          isNow: Boolean(acting.now()) && acting.now().grant_id === enterprise.grant_id,
          canAct: enterprise.live && enterprise.operating,
          role: t.roles[enterprise.role],
        },
        facts: this.facts(enterprise),
        agents: all.filter(({ live }) => live),
        past: all.filter(({ live }) => !live),
      })
    },
    facts(enterprise) {
      const { t } = this.data
      const isAgent = enterprise.role === 'agent'
      const state = enterprise.live ? (enterprise.operating ? t.operating : t.suspended) : t.over
      return [
        { name: t.role, value: t.roles[enterprise.role] },
        { name: t.code, value: enterprise.credit_code },
        { name: t.state, value: state },
        { name: t.confirmed, value: format.dateTime(enterprise.confirmed_at) },
        ...(isAgent ? this.terms(enterprise) : []),
      ]
    },
    terms({ limits: terms, may_consent: mayConsent, expires_at: expires }) {
      const { t } = this.data
      return [
        { name: t.limits, value: limits.inWords(terms, this.found.names) },
        { name: t.consent, value: mayConsent ? t.mayConsent : t.mayNot },
        { name: t.until, value: format.date(expires) },
      ]
    },
    agent(agent) {
      const { t } = this.data
      const name = agent.name || t.unnamed
      const used = agent.used_at ? fill(t.usedTimes, { n: agent.uses, when: format.dateTime(agent.used_at) }) : t.never
      const when = agent.ended_at && format.dateTime(agent.ended_at)
      return {
        id: agent.id,
        live: agent.live,
        name,
        facts: [...this.terms(agent), { name: t.used, value: used }],
        endLabel: fill(t.endLabel, { name }),
        ending: when ? fill(t.endedBy[agent.ended_by], { when }) : t.ranOut,
      }
    },
    async onAct() {
      if (this.data.busy) return
      this.setData({ busy: 'act' })
      try {
        await acting.start(this.data.enterprise.grantId)
      } catch (found) {
        this.tell(found)
        await this.load()
      }
      this.setData({ busy: '' })
    },
    onAppoint() {
      wx.navigateTo({ url: `/pages/enterprise/appoint?id=${encodeURIComponent(this.id)}` })
    },
    async onEnd({ currentTarget }) {
      const { t, agents } = this.data
      const agent = agents.find(({ id }) => id === currentTarget.dataset.id)
      if (!agent || !(await this.isSure(t.endTitle, fill(t.endText, agent), t.endYes))) return
      await this.end(`/agents/${agent.id}`, agent.id)
      await this.load()
    },
    async onLeave() {
      const { t, enterprise } = this.data
      if (!(await this.isSure(t.leaveTitle, fill(t.leaveText, enterprise), t.leaveYes))) return
      if (await this.end(`/agents/${enterprise.grantId}`, enterprise.grantId)) this.left()
    },
    async onUnbind() {
      const { t, enterprise } = this.data
      if (!(await this.isSure(t.unbindTitle, fill(t.unbindText, enterprise), t.unbindYes))) return
      if (await this.end('', enterprise.grantId)) this.left()
    },
    /** Whoever acted for it just now is themself again. */
    left() {
      const now = acting.now()
      if (now && now.grant_id === this.data.enterprise.grantId) acting.stop()
      else leaveEnterprise()
    },
    async end(rest, which) {
      if (this.data.busy) return false
      const path = `/api/v1/enterprises/${encodeURIComponent(this.id)}${rest}`
      this.setData({ busy: which })
      try {
        await stepup.attempt(this, () => api.remove(path))
        wx.showToast({ title: rest ? this.data.t.ended : this.data.t.unbound, icon: 'none' })
        return true
      } catch (found) {
        this.tell(found)
        return false
      } finally {
        this.setData({ busy: '' })
      }
    },
    tell(found) {
      if (found.code !== 'identity.step_up_needed') wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
    },
    async isSure(title, content, confirmText) {
      if (this.data.busy) return false
      const cancelText = this.data.t.endNo
      const { confirm } = await wx.showModal({ title, content, confirmText, cancelText, confirmColor: DANGER })
      return confirm
    },
    onList() {
      wx.redirectTo({ url: '/pages/enterprise/enterprises' })
    },
  }),
)
