// Closing the account: what is lost, how long one can change one's mind, and changing it with one tap.

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const stepup = require('../../utils/stepup')
const strings = require('./closing.strings')

const PATH = '/api/v1/me/closing'
const DANGER = '#b3261e'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      isClosing: false,
      due: '',
      head: '',
      losses: [],
      understood: false,
      busy: false,
      fault: '',
    },
    onShow() {
      return this.load()
    },
    onLanguage() {
      if (this.closing) this.show(this.closing)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.closing, problem: null })
      try {
        const [closing] = await Promise.all([api.get(PATH), city.about()])
        this.show(closing)
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show(closing) {
      this.closing = closing
      const { t } = this.data
      const { due_at: due, days, losses } = closing
      this.setData({
        loading: false,
        isClosing: due !== null,
        due: due ? fill(t.due, { when: format.dateTime(due) }) : '',
        head: fill(t.head, { days }),
        losses: losses.map(({ kind, title, count }) => ({ kind, name: text(title), count: fill(t.count, { n: count }) })),
      })
    },
    onUnderstood() {
      this.setData({ understood: !this.data.understood, fault: '' })
    },
    async onClose() {
      const { t, understood, busy } = this.data
      if (busy) return
      if (!understood) {
        this.setData({ fault: t.tick })
        return
      }
      const { confirm } = await wx.showModal({
        title: t.closeTitle,
        content: fill(t.closeText, { days: this.closing.days }),
        confirmText: t.closeYes,
        cancelText: t.closeNo,
        confirmColor: DANGER,
      })
      if (confirm) await this.change(() => stepup.attempt(this, () => api.post(PATH, {})))
    },
    async onKeep() {
      if (this.data.busy) return
      await this.change(() => api.remove(PATH))
      if (!this.data.isClosing) wx.showToast({ title: this.data.t.kept, icon: 'none' })
    },
    async change(act) {
      this.setData({ busy: true, fault: '' })
      try {
        this.show(await act())
        this.setData({ understood: false })
      } catch (found) {
        if (found.code === 'identity.privacy.closing_not_found') await this.load()
        else if (found.code !== 'identity.step_up_needed') this.setData({ fault: this.why(found) })
      }
      this.setData({ busy: false })
    },
    why({ code, facts, title }) {
      if (code !== 'identity.privacy.closing_refused') return title
      return facts.reasons.map((reason) => this.data.t.reasons[reason] || title).join('\n')
    },
    onCopy() {
      wx.navigateTo({ url: '/pages/me/export' })
    },
  }),
)
