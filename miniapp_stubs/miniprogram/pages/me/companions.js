// The people the citizen books for.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const stepup = require('../../utils/stepup')
const strings = require('./companions.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, needsProof: false, companions: [], most: 0, count: '', isFull: false, full: '', removing: '' },
    onLoad() {
      return this.load()
    },
    onLanguage() {
      this.show(this.data.companions, this.data.most)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.data.companions.length, problem: null, needsProof: false })
      try {
        const { items, most } = await stepup.informed(() => api.get('/api/v1/me/companions'))
        this.show(items, most)
      } catch (found) {
        const needsProof = found.code === 'identity.step_up_needed'
        this.setData({ loading: false, needsProof, problem: needsProof ? null : found })
      }
    },
    show(companions, most) {
      const { t } = this.data
      this.setData({
        loading: false,
        companions: companions.map((one) => ({ ...one, label: fill(t.removeLabel, one) })),
        most,
        count: fill(t.count, { n: companions.length, most }),
        isFull: companions.length >= most,
        full: fill(t.full, { most }),
      })
    },
    async onProve() {
      try {
        const { items, most } = await stepup.attempt(this, () => api.get('/api/v1/me/companions'))
        this.setData({ needsProof: false })
        this.show(items, most)
      } catch (found) {
        if (found.code !== 'identity.step_up_needed') this.setData({ needsProof: false, problem: found })
      }
    },
    onAdd() {
      this.selectComponent('#companion-form').open()
    },
    onSaved({ detail: { companion } }) {
      this.show([...this.data.companions, companion], this.data.most)
      wx.showToast({ title: this.data.t.added, icon: 'none' })
    },
    async onRemove({ currentTarget }) {
      const { t, removing, companions } = this.data
      const chosen = companions.find(({ id }) => id === currentTarget.dataset.id)
      if (removing || !chosen) return
      const { confirm } = await wx.showModal({
        title: t.removeTitle,
        content: fill(t.removeText, chosen),
        confirmText: t.removeYes,
        cancelText: t.removeNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ removing: chosen.id })
      try {
        await api.remove(`/api/v1/me/companions/${chosen.id}`)
        wx.showToast({ title: t.removed, icon: 'none' })
      } catch (found) {
        if (found.code !== 'identity.companion_not_found') wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ removing: '' })
      await this.load()
    },
  }),
)
