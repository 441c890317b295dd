// A booking: its live code while it can be used, what it is, and cancelling it.
//
//     /pages/bookings/booking?id=…[&made=1]   `made`: it was booked just now

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const network = require('../../utils/network')
const { shown } = require('./shown')
const places = require('./places')
const strings = require('./booking.strings')

/** Between two attempts at a fresh code while there is no network. */
const RETRY_MS = 3000
const TICK_MS = 1000

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, gone: false, made: false, booking: null, code: '', left: 0, codeWords: '', isBright: false, cancelling: false },
    onLoad({ id, made = '' }) {
      this.id = id
      this.setData({ made: made === '1' })
      this.unwatch = network.onChange((isConnected) => isConnected && this.onNetworkBack())
      this.onCapture = () => this.data.code && wx.showToast({ title: this.data.t.captured, icon: 'none', duration: 3000 })
      if (wx.offUserCaptureScreen) wx.onUserCaptureScreen(this.onCapture)
    },
    onShow() {
      this.isShown = true
      return this.load()
    },
    onHide() {
      this.isShown = false
      this.pause()
    },
    onUnload() {
      this.onHide()
      this.unwatch()
      if (wx.offUserCaptureScreen) wx.offUserCaptureScreen(this.onCapture)
    },
    onLanguage() {
      if (this.found) this.show(this.found)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    onNetworkBack() {
      if (this.data.problem || !this.found) return this.load()
      return this.renew()
    },
    async load() {
      this.setData({ loading: !this.found, problem: null })
      try {
        const [booking] = await Promise.all([api.get(`/api/v1/bookings/${this.id}`), city.about()])
        this.show(booking)
      } catch (found) {
        // What is on the screen is worth more to somebody at the gate than a sentence about the network.
        if (!this.found) this.setData({ loading: false, problem: found, gone: found.code === 'booking.not_found' })
      }
      if (this.found) this.resume()
    },
    show(booking) {
      this.found = booking
      const { t } = this.data
      const isEarly = city.now() < Date.parse(booking.check_in_from)
      const told = shown(booking, t)
      this.setData({
        loading: false,
        gone: false,
        booking: told,
        early: isEarly ? fill(t.early, { from: told.checkInFrom }) : '',
        stateText: booking.state === 'checked_in' ? fill(t.used, { when: told.checkedIn }) : t[booking.state] || '',
        cancelWords: fill(booking.can_cancel ? t.cancelUntil : t.cancelOver, { when: told.cancelUntil }),
      })
      if (booking.state !== 'reserved') this.forgetCode()
    },
    /** The code runs while the page is looked at. */
    resume() {
      this.pause()
      if (!this.isShown || this.found.state !== 'reserved') return
      this.ticking = setInterval(() => this.tick(), TICK_MS)
      this.renew()
    },
    pause() {
      clearInterval(this.ticking)
      clearTimeout(this.renewing)
    },
    async renew() {
      clearTimeout(this.renewing)
      if (!this.isShown || this.found.state !== 'reserved') return
      try {
        this.ticket = await api.get(`/api/v1/bookings/${this.id}/ticket`)
        this.setData({ code: this.ticket.token })
        this.tick()
        this.renewIn(Date.parse(this.ticket.refresh_at) - city.now())
      } catch (found) {
        await this.notRenewed(found)
      }
    },
    renewIn(pause) {
      clearTimeout(this.renewing)
      if (this.isShown) this.renewing = setTimeout(() => this.renew(), Math.max(TICK_MS, pause))
    },
    /** Used, cancelled or over by now: the booking says which. Anything else is tried again. */
    async notRenewed(found) {
      this.tick()
      if (found.code === 'booking.not_live' || found.code === 'booking.not_found') {
        this.forgetCode()
        if (found.facts.state !== 'over') await this.load()
        return
      }
      this.renewIn((found.retryAfter || 0) * 1000 || RETRY_MS)
    },
    /** Counts down; a code that has run out is shown to nobody. */
    tick() {
      if (!this.ticket) return
      const { t } = this.data
      const lives = Math.ceil((Date.parse(this.ticket.expires_at) - city.now()) / 1000)
      const renews = Math.ceil((Date.parse(this.ticket.refresh_at) - city.now()) / 1000)
      if (lives <= 0) return this.setData({ code: '', codeWords: '' })
      const isLate = renews < -2
      this.setData({
        isLate,
        left: Math.max(0, Math.min(100, Math.round((renews / 30) * 100))),
        codeWords: fill(isLate ? t.lastOne : t.live, { n: isLate ? lives : Math.max(0, renews) }),
      })
    },
    forgetCode() {
      this.pause()
      this.ticket = null
      this.setData({ code: '', codeWords: '' })
    },
    /** What the phone cannot do is said instead. */
    onBright() {
      const isBright = !this.data.isBright
      const value = isBright ? 1 : -1
      wx.setScreenBrightness({
        value,
        success: () => this.setData({ isBright }),
        fail: () => wx.showToast({ title: this.data.t.brightHint, icon: 'none', duration: 3000 }),
      })
    },
    onCopy() {
      wx.setClipboardData({ data: this.id })
    },
    async onCancel() {
      const { t, booking, cancelling } = this.data
      if (cancelling) return
      const { confirm } = await wx.showModal({
        title: t.cancelTitle,
        content: fill(t.cancelText, booking),
        confirmText: t.cancelYes,
        cancelText: t.cancelNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ cancelling: true })
      try {
        this.show(await api.post(`/api/v1/bookings/${this.id}/cancellation`, undefined))
        this.setData({ made: false })
        wx.showToast({ title: t.cancelDone, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
        if (found.status === 409) await this.load()
      }
      this.setData({ cancelling: false })
    },
    onAgain() {
      wx.navigateTo({ url: `/pages/bookings/choose?${places.search({ card: this.data.booking.card })}` })
    },
    onAll() {
      wx.switchTab({ url: '/pages/bookings/bookings' })
    },
  }),
)
