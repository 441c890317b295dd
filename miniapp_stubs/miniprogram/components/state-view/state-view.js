// What stands where content would: a skeleton while it is on its way, a sentence when there is none, or what went wrong.
//
//     <state-view loading="{{…}}" rows="{{4}}" />
//     <state-view empty="{{t.nothing}}" text="{{t.whatToDo}}" action="{{t.browse}}" bind:action="…" />
//     <state-view problem="{{problem}}" bind:retry="…" bind:edit="…" bind:reload="…" />
//
// `retry` comes by tap, after signing in, and by itself when the network is back. `home` is gone to from here,
// and so is whom one acts for.

const acting = require('../../utils/acting')
const { fill, words } = require('../../utils/i18n')
const network = require('../../utils/network')
const session = require('../../utils/session')
const { explain } = require('./explain')
const strings = require('./strings')

const WAITS_FOR_NETWORK = new Set(['client.offline', 'client.unreachable'])

Component({
  properties: {
    loading: Boolean,
    /** Lines of the skeleton. */
    rows: { type: Number, value: 4 },
    /** Sentence for nothing; "" shows none. */
    empty: String,
    text: String,
    icon: { type: String, value: 'folder-open' },
    /** Words of the button below `empty`; without them there is none. */
    action: String,
    /** A Problem, or null. */
    problem: { type: Object, value: null },
    /** Smaller, inside of other content. */
    compact: Boolean,
  },
  data: { t: {}, lines: [], told: null, left: 0, label: '' },
  observers: {
    rows(rows) {
      this.setData({ lines: Array.from({ length: rows }, (_, id) => ({ id, width: [92, 76, 84, 60][id % 4] })) })
    },
    problem(found) {
      this.stopWaiting()
      this.setData({ told: found && found.code ? explain(found) : null, t: words(strings) })
      if (this.data.told && this.data.told.wait) this.waitFor(this.data.told.wait)
      else this.setData({ left: 0, label: this.data.told ? this.data.told.label : '' })
    },
  },
  lifetimes: {
    attached() {
      this.setData({ t: words(strings) })
      this.unwatch = network.onChange((isConnected) => this.onNetwork(isConnected))
    },
    detached() {
      this.stopWaiting()
      this.unwatch()
    },
  },
  methods: {
    onNetwork(isConnected) {
      const { problem } = this.data
      if (isConnected && problem && WAITS_FOR_NETWORK.has(problem.code)) this.triggerEvent('retry')
    },
    waitFor(seconds) {
      this.count(seconds)
      this.timer = setInterval(() => this.count(this.data.left - 1), 1000)
    },
    count(left) {
      if (left <= 0) this.stopWaiting()
      const { t, told } = this.data
      this.setData({ left, label: left > 0 ? fill(t.retryIn, { seconds: left }) : told.label })
    },
    stopWaiting() {
      clearInterval(this.timer)
    },
    async onTap() {
      const { told } = this.data
      if (!told) return this.triggerEvent('action')
      if (told.action === 'home') return wx.switchTab({ url: '/pages/home/home' })
      if (told.action === 'self') return acting.stop()
      if (told.action === 'choose') return wx.navigateTo({ url: '/pages/family/acting' })
      if (told.action === 'sign_in') await session.signIn().catch(() => {})
      return this.triggerEvent(told.action === 'sign_in' ? 'retry' : told.action)
    },
  },
})
