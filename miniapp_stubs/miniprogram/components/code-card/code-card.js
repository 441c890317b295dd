// A code for somebody else's phone: to be read out or scanned, and how long it still lives.
//
//     <code-card code="{{code}}" expires-at="{{expiresAt}}" bind:again="…" />

const city = require('../../utils/city')
const { fill, words } = require('../../utils/i18n')
const strings = require('./strings')

const SECOND = 1000

Component({
  properties: {
    code: String,
    expiresAt: String,
  },
  data: { t: {}, left: '', isOver: false, spoken: '' },
  observers: {
    'code, expiresAt'() {
      this.begin()
    },
  },
  lifetimes: {
    attached() {
      this.begin()
    },
    detached() {
      clearInterval(this.clock)
    },
  },
  methods: {
    begin() {
      clearInterval(this.clock)
      const { code } = this.data
      if (!code) return
      const t = words(strings)
      this.setData({ t, spoken: fill(t.spoken, { code: Array.from(code).join(' ') }) })
      this.clock = setInterval(() => this.count(), SECOND)
      this.count()
    },
    count() {
      const seconds = Math.max(0, Math.floor((Date.parse(this.data.expiresAt) - city.now()) / SECOND))
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
      this.setData({ left: fill(this.data.t.left, { time }), isOver: seconds === 0 })
      if (!seconds) clearInterval(this.clock)
    },
    onAgain() {
      this.triggerEvent('again')
    },
  },
})
