// On every page: for whom the citizen acts now, and the way back to themself; and that acting has ended by itself, until
// that was read. Nothing while they act for themself.
//
//     <acting-bar />      first in the page; with status-bar="{{statusBar}}" where the page has no navigation bar

const acting = require('../../utils/acting')
const { fill, words } = require('../../utils/i18n')
const store = require('../../utils/store')
const strings = require('./strings')

/** From here on the bar would take too much of the screen to stay in sight while the page is scrolled. */
const LARGE = 1.4

Component({
  options: { virtualHost: true },
  properties: {
    /** Height of what WeChat lays over the page, in px. */
    statusBar: Number,
  },
  data: { said: '', capacity: '', deed: '', isOver: false, isStill: false },
  lifetimes: {
    attached() {
      this.unwatch = store.onChange(() => this.draw())
      this.draw()
    },
    detached() {
      this.unwatch()
    },
  },
  pageLifetimes: {
    show() {
      this.draw()
    },
  },
  methods: {
    draw() {
      this.setData({ isStill: store.textScale() > LARGE })
      const t = words(strings)
      const now = acting.shown()
      const over = now ? null : acting.endedBefore()
      if (now) this.setData({ said: fill(t.doing, now), capacity: now.capacity, deed: t.back, isOver: false })
      else if (over) this.setData({ said: fill(t.ended, over), capacity: '', deed: t.read, isOver: true })
      else this.setData({ said: '' })
    },
    onDeed() {
      if (!this.data.isOver) return acting.stop()
      acting.endRead()
      return this.draw()
    },
  },
})
