// A form drawn from a JSON Schema with the hints of docs/cards.md. What is wrong is said in plain words next to its
// field, and the first such field comes into view.
//
//     <json-form schema="{{…}}" values="{{kept or null}}" errors="{{problem.errors}}" submit-label="…" busy="{{…}}"
//                bind:submit="…" bind:change="…" bind:identity="…" />
//
// `submit` brings `{input}`, as the schema wants it; `change` brings `{values}`, to be handed in again as `values`.
// `identity` asks for the citizen's own data `{fields}`; what comes back as `identity` ({name, phone}) is filled in.

const { fill, words } = require('../../utils/i18n')
const format = require('../../utils/format')
const { utcOffset } = require('../../utils/city')
const { findings } = require('./check')
const { message, partAt } = require('./messages')
const { rowsOf } = require('./rows')
const { plain } = require('./schema')
const { initialValues, sendable, valueAt, withValue } = require('./values')
const { CHECKED, UNCHECKED } = require('./pictures')
const strings = require('./strings')

const IDENTITY = { 'citizen.name': 'name', 'citizen.phone': 'phone' }
/** Room left above a field that is scrolled to. */
const ABOVE = 80

Component({
  properties: {
    schema: { type: Object, value: null },
    values: { type: Object, value: null },
    errors: { type: Array, value: [] },
    identity: { type: Object, value: null },
    submitLabel: String,
    busy: Boolean,
  },
  data: { t: {}, rows: [], faults: {}, general: '', focus: '', checkIcons: [CHECKED, UNCHECKED] },
  observers: {
    schema(schema) {
      if (!schema) return
      this.entered = this.data.values || initialValues(schema, { today: format.today() })
      this.setData({ t: words(strings), faults: {}, general: '' })
      this.draw()
    },
    errors(errors) {
      if (this.data.schema && errors.length) this.show(errors.map((error) => ({ ...error, schema: partAt(this.data.schema, error.pointer) })))
    },
    identity(identity) {
      if (identity && this.data.schema) this.fillIn(identity)
    },
  },
  methods: {
    draw() {
      const { schema, faults } = this.data
      const drawn = rowsOf(schema, this.entered, { t: words(strings), year: Number(format.today().slice(0, 4)) })
      this.setData({ rows: drawn.map((row, place) => this.dressed(row, place, faults)) })
    },
    /** A row with its fault, and what a screen reader says of it. */
    dressed(row, place, faults) {
      const { t } = this.data
      const fault = faults[row.pointer] || ''
      const need = row.row === 'field' && row.control !== 'switch' ? (row.isRequired ? t.required : t.optional) : ''
      const field = IDENTITY[row.prefill]
      const canFillIn = Boolean(field) && row.value === ''
      const remove = row.row === 'item' ? fill(t.remove, { label: row.label }) : ''
      return { ...row, id: `row-${place}`, remove, fault, need, canFillIn, said: [row.label, need, row.help, fault].filter(Boolean).join('，') }
    },
    enter(pointer, value) {
      this.entered = withValue(this.entered, pointer, value)
      if (this.data.faults[pointer]) this.setData({ faults: { ...this.data.faults, [pointer]: '' } })
      this.triggerEvent('change', { values: this.entered })
    },
    /** Typing: the field shows it already, so nothing is drawn, unless a fault goes away. */
    onType(event) {
      const { pointer } = event.currentTarget.dataset
      const had = this.data.faults[pointer]
      this.enter(pointer, event.detail.value)
      if (had) this.draw()
    },
    onValue(event) {
      this.enter(event.currentTarget.dataset.pointer, event.detail.value)
      this.draw()
    },
    onSwitch(event) {
      const { pointer, value } = event.currentTarget.dataset
      this.enter(pointer, !value)
      this.draw()
    },
    onPick(event) {
      const { pointer, place } = event.currentTarget.dataset
      const row = this.data.rows[place]
      const choice = row.options[Number(event.detail.value)]
      this.enter(pointer, choice ? choice.value : '')
      this.draw()
    },
    onClock(event) {
      const { pointer, place, part } = event.currentTarget.dataset
      const row = { ...this.data.rows[place], [part]: event.detail.value }
      this.enter(pointer, moment(row))
      this.draw()
    },
    onAdd(event) {
      const { pointer } = event.currentTarget.dataset
      const items = valueAt(this.entered, pointer) || []
      const one = initialValues(plain(partAt(this.data.schema, pointer).items), { today: format.today() })
      this.enter(pointer, [...items, one])
      this.draw()
    },
    onRemove(event) {
      const { list, place } = event.currentTarget.dataset
      this.enter(list, valueAt(this.entered, list).filter((_item, other) => other !== place))
      this.setData({ faults: {} })
      this.draw()
    },
    onFillIn() {
      const fields = this.data.rows.map(({ prefill }) => IDENTITY[prefill]).filter(Boolean)
      this.triggerEvent('identity', { fields: [...new Set(fields)] })
    },
    fillIn(identity) {
      for (const { pointer, prefill } of this.data.rows) {
        const known = identity[IDENTITY[prefill]]
        if (known && !valueAt(this.entered, pointer)) this.enter(pointer, known)
      }
      this.draw()
    },
    onSubmit() {
      if (this.data.busy) return
      const input = sendable(this.data.schema, this.entered)
      const found = findings(this.data.schema, input)
      if (found.length) this.show(found)
      else this.triggerEvent('submit', { input })
    },
    show(found) {
      const { t, rows } = this.data
      const known = new Set(rows.map(({ pointer }) => pointer))
      const faults = {}
      for (const one of found) {
        const pointer = nearest(one.pointer, known)
        if (pointer !== null && !faults[pointer]) faults[pointer] = message(t, one)
      }
      const count = Object.keys(faults).length || found.length
      this.setData({ faults, general: count === 1 ? t.lookOne : fill(t.look, { n: count }) })
      this.draw()
      const first = this.data.rows.find(({ fault }) => fault)
      if (first) this.bringIntoView(first)
    },
    bringIntoView(row) {
      this.setData({ focus: '' })
      const query = this.createSelectorQuery()
      query.select(`#${row.id}`).boundingClientRect()
      query.selectViewport().scrollOffset()
      query.exec(([place, viewport]) => {
        if (place && viewport) wx.pageScrollTo({ scrollTop: Math.max(0, viewport.scrollTop + place.top - ABOVE), duration: 200 })
        this.setData({ focus: row.pointer })
      })
    },
  },
})

/** The row a finding belongs to: its own, or that of what it is inside. */
function nearest(pointer, known) {
  for (let at = pointer; at; at = at.slice(0, at.lastIndexOf('/'))) if (known.has(at)) return at
  return null
}

/** Date and time of day as RFC 3339 in the city's offset; what is there so far until both are. */
function moment({ control, day, hour }) {
  if (control === 'time') return hour ? `${hour}:00${utcOffset()}` : ''
  return day && hour ? `${day}T${hour}:00${utcOffset()}` : day || (hour ? `T${hour}` : '')
}
