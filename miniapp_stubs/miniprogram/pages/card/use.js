// One operation of a card: its form if it has one, the department's answer as blocks, and the way on to other operations.
//
// `stage` is what the page shows: form, confirm (a submission that needs no input), running, result, problem.

const api = require('../../utils/api')
const cards = require('../../utils/cards')
const format = require('../../utils/format')
const { fill, text } = require('../../utils/i18n')
const keys = require('../../utils/keys')
const { page } = require('../../utils/page')
const stepup = require('../../utils/stepup')
const strings = require('./use.strings')

/** WeChat keeps at most ten pages; from here on the next one takes the place of this one. */
const DEEP = 8
/** Findings of a refused input belong to the form, not in its place. */
const OF_THE_FORM = new Set(['card.input_invalid', 'request.invalid'])

Page(
  page({
    strings,
    data: {
      stage: 'loading',
      problem: null,
      name: '',
      department: '',
      schema: null,
      values: null,
      errors: [],
      identity: null,
      isSafe: true,
      submitLabel: '',
      waiting: '',
      blocks: [],
      fetched: '',
      earlier: '',
      busy: false,
    },
    async onLoad({ card_id: cardId, operation }) {
      Object.assign(this, { cardId, operation })
      const kept = await stepup.resumed(this)
      await this.open(kept)
    },
    onShow() {
      if (this.title) wx.setNavigationBarTitle({ title: this.title })
      const isOld = this.data.stage === 'result' && this.data.isSafe && cards.changedAt(this.cardId) > this.answeredAt
      return isOld ? this.run(this.input) : undefined
    },
    onLanguage() {
      if (this.data.stage !== 'loading') this.open({ values: this.values })
    },
    /** What a page must not lose while the citizen proves who they are. */
    pendingState() {
      return { values: this.values || null, input: this.input || null }
    },
    /** @param {{values?, input?}|null} kept what was entered before, and sent when `input` is there */
    async open(kept) {
      this.setData({ stage: 'loading', problem: null })
      try {
        const card = await cards.detail(this.cardId, { again: this.data.problem !== null })
        const found = card.operations.find(({ name }) => name === this.operation)
        if (!found) throw Object.assign(new Error(), { code: 'card.operation_not_found', title: '', facts: {} })
        await this.show(card, found, kept || {})
      } catch (problem) {
        this.setData({ stage: 'problem', problem })
      }
    },
    show(card, found, { values = null, input = null }) {
      const { t } = this.data
      const department = text(card.department.name)
      this.title = text(found.title)
      wx.setNavigationBarTitle({ title: this.title })
      this.values = values
      this.setData({
        name: this.title,
        department,
        schema: found.input,
        values,
        errors: [],
        isSafe: found.safe,
        submitLabel: found.safe ? t.query : t.submit,
        waiting: fill(found.safe ? t.asking : t.sending, { department }),
        confirmText: fill(t.confirmText, { department }),
        confirmLabel: fill(t.confirm, { title: this.title }),
      })
      if (input) return this.run(input)
      if (!found.input && found.safe) return this.run({})
      this.setData({ stage: found.input ? 'form' : 'confirm' })
      return undefined
    },
    onChange(event) {
      this.values = event.detail.values
    },
    onSubmit(event) {
      return this.run(event.detail.input)
    },
    onConfirm() {
      return this.run({})
    },
    /** Asks the department. A form stays where it is meanwhile, so that nothing of it is lost. */
    async run(input) {
      if (this.isRunning) return
      this.isRunning = true
      this.input = input
      this.setData({ busy: true, errors: [], problem: null, stage: this.data.stage === 'form' ? 'form' : 'running' })
      try {
        this.answer(await stepup.attempt(this, () => this.send({ input })))
      } catch (problem) {
        this.refuse(problem)
      } finally {
        this.isRunning = false
        this.setData({ busy: false })
      }
    },
    send(body) {
      const path = `/api/v1/cards/${encodeURIComponent(this.cardId)}/operations/${encodeURIComponent(this.operation)}`
      if (this.data.isSafe) return api.post(path, body, { safe: true })
      return keys.once(`${this.cardId} ${this.operation}`, body, (key) => api.post(path, body, { key }))
    },
    answer({ view, fetched_at: fetchedAt, earlier }) {
      const { t, isSafe, department } = this.data
      const when = format.dateTime(fetchedAt)
      this.answeredAt = Date.now()
      if (!isSafe) cards.changed(this.cardId)
      this.setData({
        stage: 'result',
        blocks: view,
        fetched: fill(t.fetched, { department, when }),
        earlier: earlier ? fill(isSafe ? t.earlier : t.earlierSent, { when }) : '',
      })
      wx.pageScrollTo({ scrollTop: 0, duration: 0, fail: () => {} })
    },
    refuse(problem) {
      this.setData({ values: this.values || null })
      if (OF_THE_FORM.has(problem.code) && this.data.schema) this.setData({ stage: 'form', errors: problem.errors })
      else this.setData({ stage: 'problem', problem })
    },
    onRetry() {
      return this.input ? this.run(this.input) : this.open({ values: this.values })
    },
    onEdit() {
      this.input = null
      this.setData({ values: this.values || null, stage: this.data.schema ? 'form' : 'confirm', problem: null })
    },
    onReload() {
      this.input = null
      this.open(null)
    },
    /** The citizen wants their own name or phone in the form; the city shows it after a fresh proof. */
    async onIdentity(event) {
      const { fields } = event.detail
      try {
        const identity = await stepup.attempt(this, () => api.post('/api/v1/me/reveal', { fields }))
        this.setData({ identity })
      } catch (problem) {
        wx.showToast({ title: problem.title, icon: 'none' })
      }
    },
    onOperation(event) {
      const { operation } = event.detail
      if (operation === this.operation) return this.run(this.input || {})
      const pages = getCurrentPages()
      const before = pages[pages.length - 2]
      if (before && before.route === this.route && before.cardId === this.cardId && before.operation === operation) {
        return wx.navigateBack()
      }
      return cards.use(this.cardId, operation, { inPlace: pages.length >= DEEP })
    },
  }),
)
