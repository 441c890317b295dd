// Leads the citizen through what they still have to prove, and stays while they are on the pages for it.
//
//     const isDone = await page.selectComponent('#step-up').ask(problem)      // utils/stepup.js does it

const api = require('../../utils/api')
const { fill, words } = require('../../utils/i18n')
const popup = require('../../utils/popup')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const strings = require('./strings')

const PAGES = { 2: '/pages/identity/real_name', 3: '/pages/identity/face' }

Component({
  data: { t: {}, mounted: false, visible: false, title: '', steps: [], current: null, fault: '', busy: false },
  lifetimes: {
    attached() {
      this.unwatch = session.onChange((assurance, isProof) => isProof && this.onProof(assurance))
    },
    detached() {
      this.unwatch()
      clearTimeout(this.leaving)
      this.answer(false)
    },
  },
  pageLifetimes: {
    show() {
      this.isAway = false
      if (this.data.visible && !this.data.current) this.finish()
    },
  },
  methods: {
    /** @param {Problem} problem @returns {Promise<boolean>} whether everything was proved */
    ask(problem) {
      this.answer(false)
      const levels = stepup.missingLevels(problem, session.assurance())
      this.levels = levels
      this.isStale = levels.length === 1 && session.assurance() >= levels[0]
      popup.open(this, { fault: '', busy: false })
      this.draw(new Set())
      return new Promise((resolve) => {
        this.resolve = resolve
      })
    },
    draw(proved) {
      const t = words(strings)
      this.proved = proved
      const current = this.levels.find((level) => !proved.has(level)) || null
      const left = this.levels.filter((level) => !proved.has(level)).length
      const steps = this.levels.map((level) => ({
        level,
        ...t.levels[level],
        isDone: proved.has(level),
        isCurrent: level === current,
      }))
      const title = this.isStale ? t.stale : left > 1 ? fill(t.titleMany, { n: left }) : t.title
      this.setData({ t, title, steps, current: current ? { level: current, ...t.levels[current] } : null })
    },
    onProof(assurance) {
      if (!this.data.visible) return
      this.draw(new Set([...this.proved, ...this.levels.filter((level) => level <= assurance)]))
      // On another page: `show` finishes when the citizen is back.
      if (!this.data.current && !this.isAway) this.finish()
    },
    async onGo() {
      this.isAway = true
      const page = getCurrentPages().slice(-1)[0]
      await stepup.remember(page)
      wx.navigateTo({ url: PAGES[this.data.current.level], complete: () => this.setData({ fault: '' }) })
    },
    async onPhone({ detail }) {
      const { t, busy } = this.data
      if (busy) return
      if (!detail.code) {
        this.setData({ fault: t.noPhone })
        return
      }
      this.setData({ busy: true, fault: '' })
      try {
        await session.raise(await api.post('/api/v1/identity/phone', { code: detail.code }))
      } catch (found) {
        this.setData({ fault: found.title })
      }
      this.setData({ busy: false })
    },
    finish() {
      popup.close(this)
      stepup.forget()
      this.answer(true)
    },
    onLater() {
      popup.close(this)
      stepup.forget()
      this.answer(false)
    },
    onVisible({ detail }) {
      if (!detail.visible) this.onLater()
    },
    answer(isDone) {
      const { resolve } = this
      this.resolve = null
      this.isAway = false
      if (resolve) resolve(isDone)
    },
  },
})
