// The citizen's electronic credentials 电子证照, and those that can be asked for here.

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const keys = require('../../utils/keys')
const stepup = require('../../utils/stepup')
const strings = require('./credentials.strings')

const LIST = '/api/v1/me/credentials'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, needsProof: false, held: [], offered: [], asking: '' },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.found) this.show(this.found)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    load() {
      return this.told((ask) => stepup.informed(ask))
    },
    onProve() {
      return this.told((ask) => stepup.attempt(this, ask))
    },
    /** Asks in one of two ways: saying that a proof is missing, or leading to it. */
    async told(way) {
      this.setData({ loading: !this.found, problem: null, needsProof: false })
      try {
        const [held, types] = await Promise.all([way(() => api.get(LIST)), this.types(), city.about()])
        this.show({ held: held.items, types })
      } catch (found) {
        const needsProof = found.code === 'identity.step_up_needed'
        this.setData({ loading: false, needsProof, problem: needsProof ? null : found })
      }
    },
    async types() {
      return (await api.get('/api/v1/credentials/types', { open: true })).items
    },
    show(found) {
      this.found = found
      const { t } = this.data
      const live = found.held.filter(({ state }) => state !== 'revoked' && state !== 'expired')
      const taken = live.map((one) => one.type_id)
      this.setData({
        loading: false,
        held: found.held.map((one) => this.credential(one)),
        offered: found.types
          .filter((type) => type.self_issued && !taken.includes(type.id))
          .map((type) => ({
            id: type.id,
            name: text(type.name),
            summary: text(type.summary),
            department: text(type.department.name),
            label: fill(t.askLabel, { name: text(type.name) }),
          })),
      })
    },
    credential(one) {
      const { t } = this.data
      const shown = {
        name: text(one.name),
        stateWords: t.state[one.state],
        department: one.department_name ? text(one.department_name) : '',
        until: one.expires_at ? fill(t.until, { day: format.lastDay(one.expires_at) }) : t.forever,
      }
      const usable = one.state === 'valid'
      const label = [...Object.values(shown), usable ? t.show : ''].filter(Boolean).join(' ')
      return { ...shown, id: one.id, state: one.state, usable, label }
    },
    onOpen({ currentTarget }) {
      wx.navigateTo({ url: `/pages/me/credential?id=${currentTarget.dataset.id}` })
    },
    async onAsk({ currentTarget }) {
      const { id } = currentTarget.dataset
      if (this.data.asking) return
      this.setData({ asking: id })
      try {
        const body = { type_id: id }
        const made = await keys.once('credential', body, (key) =>
          stepup.attempt(this, () => api.post(LIST, body, { key })),
        )
        wx.navigateTo({ url: `/pages/me/credential?id=${made.id}` })
      } catch (found) {
        if (found.code !== 'identity.step_up_needed') wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ asking: '' })
    },
  }),
)
