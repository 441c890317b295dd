// Somebody who comes along, by name and ID number:
//
//     <companion-form id="companion-form" optional bind:saved="…" bind:typed="…" />
//
// and `selectComponent('#companion-form').open()`. `optional` lets the citizen leave the person off their list: then
// `typed` {name, id_number} comes instead of `saved` {companion}.

const acting = require('../../utils/acting')
const api = require('../../utils/api')
const { fill, words } = require('../../utils/i18n')
const keys = require('../../utils/keys')
const residentId = require('../../utils/resident_id')
const strings = require('./strings')

/** Which field the server's refusal is about, and how it is said. */
const REFUSALS = {
  'identity.real_name.invalid_name': ['nameProblem', 'nameWrong'],
  'identity.real_name.invalid_id_number': ['numberProblem', 'numberWrong'],
  'identity.companion_is_citizen': ['numberProblem', 'own'],
  'identity.companion_saved_already': ['numberProblem', 'already'],
}

const EMPTY = { name: '', number: '', keep: true, nameProblem: '', numberProblem: '', problem: '', sending: false }

Component({
  properties: {
    optional: Boolean,
  },
  data: { ...EMPTY, t: words(strings), visible: false, canKeep: true },
  methods: {
    open() {
      // The list is the citizen's own: whoever is added for somebody else comes along once.
      const canKeep = !acting.now()
      this.setData({ ...EMPTY, t: words(strings), visible: true, canKeep, keep: canKeep })
    },
    close() {
      this.setData({ ...EMPTY, visible: false })
    },
    onVisible({ detail }) {
      if (!detail.visible) this.close()
    },
    onName({ detail }) {
      this.setData({ name: detail.value, nameProblem: '' })
    },
    onNumber({ detail }) {
      this.setData({ number: detail.value, numberProblem: '' })
    },
    onKeep() {
      this.setData({ keep: !this.data.keep, problem: '' })
    },
    async onAdd() {
      if (this.data.sending || !this.isComplete()) return
      const person = { name: this.data.name.trim(), id_number: residentId.normalised(this.data.number) }
      if (this.data.optional && !this.data.keep) return this.done('typed', person)
      this.setData({ sending: true, problem: '' })
      try {
        const companion = await keys.once('companion', person, (key) =>
          api.post('/api/v1/me/companions', person, { key }),
        )
        this.done('saved', { companion })
      } catch (found) {
        this.failed(found)
      }
    },
    isComplete() {
      const { t, name, number } = this.data
      const nameProblem = nameFault(name.trim(), t)
      const numberProblem = numberFault(residentId.normalised(number), t)
      this.setData({ nameProblem, numberProblem })
      return !nameProblem && !numberProblem
    },
    done(event, detail) {
      this.close()
      this.triggerEvent(event, detail)
    },
    failed(found) {
      const { t } = this.data
      const [field, sentence] = REFUSALS[found.code] || ['problem', '']
      const isFull = found.code === 'identity.too_many_companions'
      const full = fill(this.data.optional ? t.full : t.fullOnly, found.facts || {})
      this.setData({ sending: false, [field]: isFull ? full : t[sentence] || found.title })
    },
  },
})

function nameFault(name, t) {
  if (!name) return t.nameMissing
  return /[0-9０-９@#$%^&*()_+=<>{}[\]|\\/~`!?，。；：！？]/.test(name) ? t.nameWrong : ''
}

function numberFault(number, t) {
  if (!number) return t.numberMissing
  return residentId.isResidentId(number) ? '' : t.numberWrong
}
