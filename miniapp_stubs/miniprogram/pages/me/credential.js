// One credential: the code of this half minute with what the citizen chooses to disclose, what it says, where it was
// shown.
//
//     /pages/me/credential?id=…

const { page } = require('../../utils/page')
const { fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const format = require('../../utils/format')
const network = require('../../utils/network')
const stepup = require('../../utils/stepup')
const strings = require('./credential.strings')

/** Between two attempts at a fresh code while there is no network. */
const RETRY_MS = 3000
const TICK_MS = 1000
const HALF_MINUTE = 30

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      loading: true,
      problem: null,
      credential: null,
      claims: [],
      shown: [],
      code: '',
      isMaking: true,
      needsProof: false,
      codeWords: '',
      left: 0,
      isLate: false,
      record: [],
      after: null,
      more: false,
      ending: false,
    },
    onLoad({ id }) {
      this.id = id
      this.unwatch = network.onChange((isConnected) => isConnected && this.onNetworkBack())
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
    },
    onLanguage() {
      if (this.found) this.show(this.found)
      if (this.entries) this.showRecord()
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    onNetworkBack() {
      return this.data.problem || !this.found ? this.load() : this.renew()
    },
    async load() {
      this.setData({ loading: !this.found, problem: null })
      try {
        const [found, types] = await Promise.all([
          stepup.attempt(this, () => api.get(`/api/v1/me/credentials/${this.id}`)),
          api.get('/api/v1/credentials/types', { open: true }),
          city.about(),
        ])
        this.type = types.items.find(({ id }) => id === found.type_id)
        this.show(found)
        await this.loadRecord(null)
      } catch (found) {
        if (!this.found) this.setData({ loading: false, problem: found })
      }
      if (this.found) this.resume()
    },
    show(found) {
      this.found = found
      const { t } = this.data
      this.setData({
        loading: false,
        credential: {
          name: text(found.name),
          department: found.department_name ? text(found.department_name) : '',
          state: found.state,
          stateWords: t.state[found.state],
          stateText: t.stateText[found.state] || '',
          issued: format.fullDate(found.issued_at),
          until: found.expires_at ? format.lastDay(found.expires_at) : t.forever,
          canEnd: Boolean(this.type && this.type.self_issued) && ['valid', 'suspended'].includes(found.state),
        },
        claims: found.claims.map((claim) => this.claim(claim)),
      })
      if (found.state !== 'valid') this.forgetCode()
    },
    claim({ name, label, kind, show, value }) {
      const { t, shown } = this.data
      const words = kind === 'flag' ? t[value ? 'yes' : 'no'] : kind === 'date' ? format.fullDate(`${value}`) : `${value}`
      const always = show === 'always'
      const canChoose = !always && this.found.state === 'valid'
      return { name, label: text(label), words, canChoose, chosen: shown.includes(name) }
    },
    onChoose({ currentTarget }) {
      const { name } = currentTarget.dataset
      const before = this.data.shown
      const shown = before.includes(name) ? before.filter((one) => one !== name) : [...before, name]
      // What the code shown until now discloses is not what is ticked any more.
      this.setData({ shown, code: '', isMaking: true })
      this.setData({ claims: this.found.claims.map((claim) => this.claim(claim)) })
      return this.renew()
    },
    /** The code runs while the page is looked at. */
    resume() {
      this.pause()
      if (!this.isShown || this.found.state !== 'valid') return
      this.ticking = setInterval(() => this.tick(), TICK_MS)
      this.renew()
    },
    pause() {
      clearInterval(this.ticking)
      clearTimeout(this.renewing)
    },
    async renew() {
      clearTimeout(this.renewing)
      if (!this.isShown || this.found.state !== 'valid') return
      const shown = this.data.shown.join(',')
      try {
        const made = await stepup.attempt(this, () =>
          api.get(`/api/v1/me/credentials/${this.id}/presentation`, { query: shown ? { disclose: shown } : {} }),
        )
        if (shown !== this.data.shown.join(',')) return
        this.made = made
        this.setData({ code: made.code, isMaking: false, needsProof: false })
        this.tick()
        this.renewIn(Date.parse(made.refresh_at) - city.now())
      } catch (found) {
        await this.notRenewed(found)
      }
    },
    /** Showing some types wants a proof that is fresher, or higher, than looking at them. */
    onProve() {
      this.setData({ isMaking: true, needsProof: false })
      return this.renew()
    },
    renewIn(pause) {
      clearTimeout(this.renewing)
      if (this.isShown) this.renewing = setTimeout(() => this.renew(), Math.max(TICK_MS, pause))
    },
    /** Suspended or revoked by now: the credential says which. Anything else is tried again. */
    async notRenewed(found) {
      this.setData({ isMaking: false, needsProof: found.code === 'identity.step_up_needed' })
      this.tick()
      if (found.code === 'identity.credential.not_usable' || found.code === 'identity.credential.not_found') {
        this.forgetCode()
        await this.load()
        return
      }
      if (!this.data.needsProof) this.renewIn((found.retryAfter || 0) * 1000 || RETRY_MS)
    },
    /** Counts down; a code that has run out is shown to nobody. */
    tick() {
      if (!this.made) return
      const { t } = this.data
      const lives = Math.ceil((Date.parse(this.made.expires_at) - city.now()) / 1000)
      const renews = Math.ceil((Date.parse(this.made.refresh_at) - city.now()) / 1000)
      if (lives <= 0) return this.setData({ code: '', codeWords: '' })
      if (!this.data.code) return undefined
      const isLate = renews < -2
      return this.setData({
        isLate,
        left: Math.max(0, Math.min(100, Math.round((renews / HALF_MINUTE) * 100))),
        codeWords: fill(isLate ? t.lastOne : t.live, { n: isLate ? lives : Math.max(0, renews) }),
      })
    },
    forgetCode() {
      this.pause()
      this.made = null
      this.setData({ code: '', codeWords: '' })
    },
    async loadRecord(after) {
      const found = await api.get(`/api/v1/me/credentials/${this.id}/record`, { query: { limit: 10, after } })
      this.entries = after ? [...this.entries, ...found.items] : found.items
      this.setData({ after: found.after })
      this.showRecord()
    },
    showRecord() {
      this.setData({
        record: this.entries.map((entry) => ({
          id: entry.request_id + entry.at,
          words: text(entry.in_words),
          at: format.dateTime(entry.at),
        })),
      })
    },
    async onMore() {
      this.setData({ more: true })
      try {
        await this.loadRecord(this.data.after)
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none' })
      }
      this.setData({ more: false })
    },
    async onEnd() {
      const { t, credential } = this.data
      const { confirm } = await wx.showModal({
        title: t.endTitle,
        content: fill(t.endText, credential),
        confirmText: t.endYes,
        cancelText: t.endNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ ending: true })
      try {
        this.show(await api.remove(`/api/v1/me/credentials/${this.id}`))
        await this.loadRecord(null)
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ ending: false })
    },
  }),
)
