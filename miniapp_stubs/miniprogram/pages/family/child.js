// Adding a child: the guardian agrees, shows their own face, and the authority confirms that they are the guardian.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const format = require('../../utils/format')
const residentId = require('../../utils/resident_id')
const stepup = require('../../utils/stepup')
const strings = require('./child.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      name: '',
      number: '',
      nameFault: '',
      numberFault: '',
      agreed: false,
      fault: '',
      outcome: null,
      failure: null,
      sending: false,
    },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData(kept)
    },
    pendingState() {
      const { name, number, agreed } = this.data
      return { name, number, agreed }
    },
    onName({ detail }) {
      this.setData({ name: detail.value, nameFault: '' })
    },
    onNumber({ detail }) {
      this.setData({ number: detail.value, numberFault: '' })
    },
    onAgree() {
      this.setData({ agreed: !this.data.agreed, fault: '' })
    },
    async onSubmit() {
      if (this.data.sending || !this.isComplete()) return
      const body = { name: this.data.name.trim(), id_number: residentId.normalised(this.data.number), consent: true }
      this.setData({ sending: true, outcome: null, failure: null })
      try {
        await stepup.attempt(this, () => api.post('/api/v1/family/children', body))
        wx.showToast({ title: this.data.t.done, icon: 'none' })
        wx.navigateBack()
      } catch (found) {
        this.failed(found)
      }
      this.setData({ sending: false })
    },
    isComplete() {
      const { t, name, number, agreed } = this.data
      const typed = residentId.normalised(number)
      const nameFault = name.trim() ? '' : t.nameMissing
      const numberFault = residentId.isResidentId(typed) ? '' : typed ? t.numberWrong : t.numberMissing
      const fault = agreed ? '' : t.agreeFirst
      this.setData({ nameFault, numberFault, fault })
      return !nameFault && !numberFault && !fault
    },
    failed(found) {
      const told = this.data.t.outcomes[found.code]
      if (found.code === 'identity.step_up_needed') return this.setData({ fault: this.data.t.faceFirst })
      if (!told) return this.setData({ failure: found })
      const values = { ...found.facts, when: format.whenIn(found.retryAfter || 0) }
      return this.setData({ outcome: { title: told.title, text: fill(told.text, values) } })
    },
  }),
)
