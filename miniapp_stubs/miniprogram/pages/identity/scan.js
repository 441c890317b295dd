// Signing in to a department's site: the code that stands on a computer was scanned; this page says who asks for what,
// has the citizen choose the number that stands there, and tick each piece of personal data by itself.
//
//     /pages/identity/scan?scan=…      a link of the city's own
//     /pages/identity/scan?q=…         WeChat, for the address in an ordinary QR code
//     /pages/identity/scan             the camera is opened here

const { page } = require('../../utils/page')
const { departmentName, fill, text } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const scanning = require('../../utils/scanning')
const stepup = require('../../utils/stepup')
const strings = require('./scan.strings')

const SECOND = 1000
const HURRIED_SECONDS = 30
/** What ends a sign-in for good, by the name of what is said then. */
const ENDS = {
  'oidc.scan_not_found': 'gone',
  'oidc.scan_of_another': 'another',
  'oidc.scan_over': 'over',
  'oidc.number_wrong': 'wrong',
}

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      stage: 'loading',
      problem: null,
      end: null,
      head: '',
      approvedWords: '',
      department: '',
      purpose: '',
      level: '',
      statements: [],
      items: [],
      numbers: [],
      number: '',
      left: '',
      isHurried: false,
      busy: '',
      fault: '',
    },
    async onLoad(query) {
      this.agreed = []
      this.code = scanning.codeOf(query)
      const kept = await stepup.resumed(this)
      if (kept) {
        this.agreed = kept.agreed
        this.setData({ number: kept.number })
      }
      return this.code ? this.load() : this.setData({ stage: 'none' })
    },
    onUnload() {
      clearInterval(this.clock)
    },
    onLanguage() {
      if (this.scan) this.draw()
    },
    /** What was chosen, for when the citizen comes back from a proof. */
    pendingState() {
      return { number: this.data.number, agreed: this.agreed }
    },
    async load() {
      this.setData({ stage: this.scan ? this.data.stage : 'loading', problem: null })
      try {
        const [scan] = await Promise.all([api.get(this.address()), city.about()])
        this.scan = scan
        this.draw()
        this.setData({ stage: 'asking' })
        this.watch()
      } catch (found) {
        this.failed(found)
      }
    },
    address(rest = '') {
      return `/api/v1/oidc/scans/${encodeURIComponent(this.code)}${rest}`
    },
    draw() {
      const { t } = this.data
      const { scan } = this
      const site = text(scan.site)
      const optional = scan.asked.filter((item) => item.optional)
      const required = scan.asked.filter((item) => !item.optional)
      this.setData({
        head: fill(t.head, { site }),
        approvedWords: fill(t.approvedText, { site }),
        department: departmentName(scan),
        purpose: text(scan.purpose),
        level: scan.assurance >= 2 ? fill(t.levelText, { level: t.levels[scan.assurance] }) : '',
        statements: required.map(({ scope, name }) => ({ scope, name: text(name) })),
        items: optional.map((item) => this.item(item)),
        numbers: scan.numbers.map((digits) => ({ digits, label: fill(t.numberLabel, { n: digits }) })),
      })
    },
    item({ scope, name, sensitive }) {
      const { t } = this.data
      const chosen = this.agreed.includes(scope)
      const said = text(name)
      const words = said.charAt(0).toUpperCase() + said.slice(1)
      const label = [words, sensitive ? t.sensitive : '', chosen ? t.ticked : t.notTicked].filter(Boolean).join(t.comma)
      return { scope, name: words, sensitive, chosen, label }
    },
    /** How long the page on the computer waits. */
    watch() {
      clearInterval(this.clock)
      this.clock = setInterval(() => this.tick(), SECOND)
      this.tick()
    },
    tick() {
      const seconds = Math.ceil((Date.parse(this.scan.expires_at) - city.now()) / SECOND)
      if (seconds <= 0) return this.ended('over')
      const minutes = Math.ceil(seconds / 60)
      const isShort = seconds < 100
      return this.setData({
        left: fill(isShort ? this.data.t.leftSeconds : this.data.t.leftMinutes, { n: isShort ? seconds : minutes }),
        isHurried: seconds <= HURRIED_SECONDS,
      })
    },
    onNumber({ currentTarget }) {
      this.setData({ number: currentTarget.dataset.number, fault: '' })
    },
    onTick({ currentTarget }) {
      const { scope } = currentTarget.dataset
      const before = this.agreed
      this.agreed = before.includes(scope) ? before.filter((one) => one !== scope) : [...before, scope]
      this.draw()
    },
    async onApprove() {
      const { t, busy, number } = this.data
      if (busy) return
      if (!number) return this.setData({ fault: t.chooseFirst })
      this.setData({ busy: 'approve', fault: '' })
      try {
        const body = { number, agreed: this.agreed }
        await stepup.attempt(this, () => api.post(this.address('/approval'), body))
        this.decided('approved')
      } catch (found) {
        this.failed(found)
      }
      this.setData({ busy: '' })
    },
    async onRefuse() {
      if (this.data.busy) return
      this.setData({ busy: 'refuse', fault: '' })
      try {
        await api.post(this.address('/refusal'), {})
        this.decided('refused')
      } catch (found) {
        this.failed(found)
      }
      this.setData({ busy: '' })
    },
    decided(stage) {
      clearInterval(this.clock)
      this.setData({ stage })
    },
    /** While it can still be decided, what went wrong is said beside the buttons. */
    failed(found) {
      if (ENDS[found.code]) return this.ended(ENDS[found.code])
      if (this.data.stage !== 'asking') return this.setData({ stage: 'problem', problem: found })
      const isLater = found.code === 'identity.step_up_needed'
      return this.setData({ fault: isLater ? this.data.t.proofNeeded : found.title })
    },
    ended(why) {
      clearInterval(this.clock)
      this.setData({ stage: 'ended', end: why })
    },
    onScan() {
      return scanning.scan({ inPlace: true })
    },
    onHome() {
      wx.switchTab({ url: '/pages/home/home' })
    },
    onSites() {
      wx.redirectTo({ url: '/pages/me/sites' })
    },
  }),
)
