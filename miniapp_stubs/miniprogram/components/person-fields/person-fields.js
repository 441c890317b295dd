// Name and ID number of somebody else than the citizen:
//
//     <person-fields id="person" value="{{person}}" bind:change="…" />      {name, number}, as typed
//
// `selectComponent('#person').person()` is `{name, id_number}`, or null when something is wrong, which it says then.
// `refused(code)` says what the server found wrong; whether that was one of the fields.

const { words } = require('../../utils/i18n')
const residentId = require('../../utils/resident_id')
const store = require('../../utils/store')
const strings = require('./strings')

Component({
  properties: {
    /** What was typed before: `{name, number}`. */
    value: { type: Object, value: null },
  },
  data: { t: {}, name: '', number: '', nameFault: '', numberFault: '' },
  observers: {
    value(value) {
      if (value) this.setData({ name: value.name || '', number: value.number || '' })
    },
  },
  lifetimes: {
    attached() {
      this.unwatch = store.onChange(() => this.setData({ t: words(strings) }))
      this.setData({ t: words(strings) })
    },
    detached() {
      this.unwatch()
    },
  },
  methods: {
    onName({ detail }) {
      this.setData({ name: detail.value, nameFault: '' })
      this.tell()
    },
    onNumber({ detail }) {
      this.setData({ number: detail.value, numberFault: '' })
      this.tell()
    },
    tell() {
      const { name, number } = this.data
      this.triggerEvent('change', { name, number })
    },
    person() {
      const { t, name, number } = this.data
      const typed = residentId.normalised(number)
      const nameFault = name.trim() ? '' : t.nameMissing
      const numberFault = typed ? (residentId.isResidentId(typed) ? '' : t.numberWrong) : t.numberMissing
      this.setData({ nameFault, numberFault })
      return nameFault || numberFault ? null : { name: name.trim(), id_number: typed }
    },
    refused(code) {
      const { t } = this.data
      if (code === 'identity.real_name.invalid_name') this.setData({ nameFault: t.nameWrong })
      else if (code === 'identity.real_name.invalid_id_number') this.setData({ numberFault: t.numberWrong })
      else return false
      return true
    },
  },
})
