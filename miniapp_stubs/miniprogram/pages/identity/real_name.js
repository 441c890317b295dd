// Level 2: name and ID number, compared by the population authority. Also to confirm oneself anew, when that was long
// ago.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const format = require('../../utils/format')
const residentId = require('../../utils/resident_id')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const claiming = require('../family/claiming')
const strings = require('./real_name.strings')

const REAL_NAME = 2

/** What is said beside which field. */
const FIELD_FAULTS = {
  'identity.real_name.invalid_id_number': { numberFault: 'numberWrong' },
  'identity.real_name.invalid_name': { nameFault: 'nameWrong' },
}

/** What is said about the whole; `isFinal` when trying again here is of no use. */
const OUTCOMES = {
  'identity.real_name.mismatch': { title: 'mismatch', text: 'mismatchText' },
  'identity.real_name.locked': { title: 'locked', text: 'lockedText', isFinal: true },
  'identity.real_name.already_confirmed': { title: 'other', text: 'otherText' },
  'identity.authority_unavailable': { title: 'away', text: 'awayText' },
  'identity.managed_account_exists': { title: 'managed', text: 'managedText', claim: 'toClaim', isFinal: true },
  'identity.guardian_needed': { title: 'child', text: 'childText', claim: 'haveCode', isFinal: true },
}

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      name: '',
      number: '',
      nameFault: '',
      numberFault: '',
      known: '',
      canShowFace: false,
      againText: '',
      outcome: null,
      failure: null,
      sending: false,
      wait: 0,
      waitWords: '',
    },
    async onLoad() {
      try {
        const me = await api.get('/api/v1/me', { own: true })
        this.setData({ known: me.assurance >= REAL_NAME ? me.name : '', canShowFace: me.assurance >= REAL_NAME })
        this.say()
      } catch {
        // The form works without it.
      }
    },
    onUnload() {
      clearInterval(this.timer)
    },
    onLanguage() {
      this.say()
    },
    say() {
      this.setData({ againText: fill(this.data.t.againText, { name: this.data.known }) })
    },
    onName({ detail }) {
      this.setData({ name: detail.value, nameFault: '', outcome: null })
    },
    onNumber({ detail }) {
      this.setData({ number: detail.value, numberFault: '', outcome: null })
    },
    async onSubmit() {
      if (this.data.sending || this.data.wait || !this.isComplete()) return
      const body = { name: this.data.name.trim(), id_number: residentId.normalised(this.data.number) }
      this.setData({ sending: true, outcome: null, failure: null })
      try {
        const raised = await stepup.attempt(this, () => api.post('/api/v1/identity/real_name', body))
        await session.raise(raised)
        wx.showToast({ title: this.data.t.done, icon: 'none' })
        await stepup.goBack()
      } catch (found) {
        this.failed(found)
      }
      this.setData({ sending: false })
    },
    isComplete() {
      const { t, name, number } = this.data
      const typed = residentId.normalised(number)
      const nameFault = name.trim() ? '' : t.nameMissing
      const numberFault = typed ? (residentId.isResidentId(typed) ? '' : t.numberWrong) : t.numberMissing
      this.setData({ nameFault, numberFault })
      return !nameFault && !numberFault
    },
    failed(found) {
      const { t } = this.data
      const field = FIELD_FAULTS[found.code]
      const told = OUTCOMES[found.code]
      if (field) {
        for (const name of Object.keys(field)) this.setData({ [name]: t[field[name]] })
        return
      }
      if (!told) return this.setData({ failure: found })
      const when = format.whenIn(found.retryAfter || 0)
      this.setData({
        outcome: {
          title: t[told.title],
          text: fill(t[told.text], { ...found.facts, when }),
          isFinal: told.isFinal,
          claim: t[told.claim] || '',
        },
      })
      this.ways = found.facts.ways || ['code']
      if (found.code === 'identity.authority_unavailable') this.waitFor(found.retryAfter || 10)
      return wx.pageScrollTo({ selector: '#outcome', duration: 200 })
    },
    waitFor(seconds) {
      clearInterval(this.timer)
      const count = (wait) => this.setData({ wait, waitWords: fill(this.data.t.retryIn, { n: wait }) })
      count(seconds)
      this.timer = setInterval(() => {
        count(this.data.wait - 1)
        if (this.data.wait <= 0) clearInterval(this.timer)
      }, 1000)
    },
    onClaim() {
      const { name, number } = this.data
      claiming.begin({ name, number }, this.ways)
    },
    onFace() {
      wx.redirectTo({ url: '/pages/identity/face' })
    },
  }),
)
