// Asking that something is put right, and what became of it.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./corrections.strings')

const PATH = '/api/v1/me/corrections'
const FIELDS = ['name', 'id_number', 'phone', 'other']
const MOST = 1000
const TONES = { open: 'tag--brand', accepted: 'tag--good', refused: 'tag--care' }

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      fields: [],
      field: '',
      text: '',
      most: MOST,
      fault: '',
      sending: false,
      corrections: [],
    },
    onLoad() {
      this.found = []
      return this.load()
    },
    onLanguage() {
      this.show()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      this.setData({ loading: !this.found.length, problem: null })
      try {
        const [{ items }] = await Promise.all([api.get(PATH, { query: { limit: 50 } }), city.about()])
        this.found = items
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const { t, field } = this.data
      this.setData({
        loading: false,
        fields: FIELDS.map((id) => ({ id, name: t.fields[id], isChosen: id === field })),
        corrections: this.found.map((one) => this.shown(one)),
      })
    },
    shown({ id, field, text, state, asked_at: asked, due_on: due, decided_at: decided, answer }) {
      const { t } = this.data
      return {
        id,
        field: t.fields[field],
        text: text || '',
        state: t.states[state],
        tone: TONES[state],
        asked: fill(t.asked, { when: format.dateTime(asked) }),
        due: state === 'open' ? fill(t.due, { day: format.date(due) }) : '',
        decided: decided ? fill(t.decided, { when: format.dateTime(decided) }) : '',
        answer: answer || '',
        next: state === 'accepted' && field !== 'other' ? t.next : '',
      }
    },
    onField({ currentTarget }) {
      this.setData({ field: currentTarget.dataset.id, fault: '' })
      this.show()
    },
    onText({ detail }) {
      this.setData({ text: detail.value, fault: '' })
    },
    async onSend() {
      const { t, field, text, sending } = this.data
      if (sending) return
      if (!field || !text.trim()) {
        this.setData({ fault: field ? t.noText : t.noField })
        return
      }
      this.setData({ sending: true, fault: '' })
      try {
        await api.post(PATH, { field, text: text.trim() })
        this.setData({ field: '', text: '' })
        wx.showToast({ title: t.sent, icon: 'none' })
        await this.load()
      } catch (found) {
        this.setData({ fault: found.title })
      }
      this.setData({ sending: false })
    },
    onProve() {
      wx.navigateTo({ url: '/pages/identity/identity' })
    },
  }),
)
