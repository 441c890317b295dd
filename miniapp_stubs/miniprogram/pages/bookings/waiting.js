// The waiting room: who books while everybody does waits here, sees where they stand, and comes out with the ticket.
//
// The server answers 429 `booking.waiting` with how many are ahead and for how long; Retry-After says when to ask
// again, with the same request and key. Whoever leaves gives the wait up; a reload of the page does not.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const city = require('../../utils/city')
const network = require('../../utils/network')
const stepup = require('../../utils/stepup')
const draft = require('./draft')
const places = require('./places')
const strings = require('./waiting.strings')

/** When the server did not say, or no answer came. */
const PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 60
const SECOND = 1000

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      none: false,
      problem: null,
      ahead: null,
      estimate: '',
      progress: 0,
      shown: '',
      updated: '',
      away: false,
    },
    async onLoad() {
      this.draft = await draft.pending()
      this.unwatch = network.onChange((isConnected) => this.onNetwork(isConnected))
      if (!this.draft) return this.setData({ loading: false, none: true })
      this.setData({ shown: fill(this.data.t.for, this.draft.shown) })
      return this.askNow()
    },
    /** A phone lets no timer run while the app is away. */
    onShow() {
      if (this.nextAt && Date.now() >= this.nextAt) this.askNow()
    },
    onUnload() {
      clearTimeout(this.timer)
      clearInterval(this.clock)
      this.unwatch()
      this.isGone = true
      if (this.draft && !this.isDone) draft.forget()
    },
    onNetwork(isConnected) {
      this.setData({ away: !isConnected })
      return isConnected && this.draft && !this.isDone ? this.askNow() : undefined
    },
    async askNow() {
      if (this.asking || this.isDone) return
      clearTimeout(this.timer)
      this.asking = true
      try {
        const booking = await stepup.attempt(this, () => draft.ask(this.draft))
        this.arrived(`/pages/bookings/booking?id=${booking.id}&made=1`)
      } catch (found) {
        this.notYet(found)
      }
      this.asking = false
    },
    /** The draft is in storage again if the page was left while its request was under way. */
    arrived(url) {
      this.isDone = true
      clearInterval(this.clock)
      if (!this.isGone) wx.redirectTo({ url })
    },
    notYet(found) {
      if (this.isGone) return draft.forget()
      if (found.code === 'booking.waiting') {
        this.show(found)
        return this.askIn(found.retryAfter || PAUSE_SECONDS)
      }
      if (found.isUnanswered || found.status >= 500 || found.status === 429) {
        this.setData({ loading: false, away: found.isUnanswered })
        return this.askIn(found.retryAfter || PAUSE_SECONDS)
      }
      // Anything else is for the page that asked: it says why, and what to do.
      this.isDone = true
      clearInterval(this.clock)
      return this.setData({ loading: false, problem: found })
    },
    askIn(seconds) {
      const pause = Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000
      this.nextAt = Date.now() + pause
      this.timer = setTimeout(() => this.askNow(), pause)
    },
    show({ facts }) {
      const position = Number(facts.position) || 0
      this.longest = Math.max(this.longest || 0, position)
      this.told = { position, seconds: Number(facts.estimate_seconds) || 0, at: Date.now() }
      clearInterval(this.clock)
      this.clock = setInterval(() => this.draw(), SECOND)
      this.draw()
      this.setData({
        loading: false,
        away: false,
        updated: fill(this.data.t.updated, { time: city.wallClock().toISOString().slice(11, 19) }),
      })
    },
    /** The line goes on evenly, and so does what is shown, until the server says where it is. */
    draw() {
      const { t } = this.data
      const { position: told, seconds, at } = this.told
      const left = Math.max(0, seconds - (Date.now() - at) / SECOND)
      const position = told && seconds ? Math.max(1, Math.ceil((told * left) / seconds)) : told
      const ahead = Math.max(0, position - 1) // whoever is first in the line has nobody ahead
      const minutes = Math.ceil(left / 60)
      this.setData({
        ahead,
        estimate: minutes > 1 ? fill(t.minutes, { n: minutes }) : t.seconds,
        progress: this.longest ? Math.round(((this.longest - position) / this.longest) * 100) : 100,
      })
    },
    async onLeave() {
      const { t } = this.data
      const { confirm } = await wx.showModal({
        title: t.leaveTitle,
        content: t.leaveText,
        confirmText: t.leaveYes,
        cancelText: t.leaveNo,
      })
      if (confirm) this.leave()
    },
    /** Back to where the booking can be made again. */
    leave() {
      const { query } = this.draft
      if (!this.isDone) draft.forget()
      wx.redirectTo({ url: `/pages/bookings/confirm?${places.search(query)}` })
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/bookings' })
    },
  }),
)
