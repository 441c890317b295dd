// A schema and what was entered so far as the rows of a form, from top to bottom: `field`, `heading` of what belongs
// together, `item` of a list, `add` below it.

const format = require('../../utils/format')
const { fill, text } = require('../../utils/i18n')
const { entered, isChecks, plain, typeOf } = require('./schema')
const { pointerOf, valueAt } = require('./values')

/** So many choices are shown as they are; more go into a list that opens. */
const MOST_RADIOS = 5
/** How far a list of years reaches when the schema lets it reach further. */
const YEARS_BACK = 120
const YEARS_AHEAD = 10

/**
 * @param {object} schema
 * @param {object} values as the form holds them
 * @param {{t: object, year: number}} words
 * @returns {object[]} rows; a field's have `pointer`, `control`, `label`, `value` and what its control needs
 */
function rowsOf(schema, values, words) {
  return inObject(plain(schema), values, words, '')
}

function inObject(schema, values, words, pointer) {
  const required = new Set(schema.required || [])
  return entered(schema).flatMap(([name, part]) =>
    rows(part, values, words, pointerOf(pointer, name), required.has(name)),
  )
}

function rows(schema, values, words, pointer, isRequired) {
  const type = typeOf(schema)
  const label = text(schema['x-label'])
  const help = text(schema['x-help'])
  if (type === 'object') {
    return [{ row: 'heading', pointer, label, help }, ...inObject(schema, values, words, pointer)]
  }
  if (type === 'array' && !isChecks(schema)) return list(schema, values, words, pointer, { label, help, isRequired })
  return [{ row: 'field', pointer, label, help, isRequired, ...control(schema, valueAt(values, pointer), words) }]
}

function list(schema, values, words, pointer, heading) {
  const items = valueAt(values, pointer) || []
  const part = plain(schema.items)
  const found = [{ row: 'heading', pointer, ...heading }]
  items.forEach((_item, place) => {
    const inside = pointerOf(pointer, place)
    const label = fill(words.t.item, { label: heading.label, n: place + 1 })
    const canRemove = items.length > (schema.minItems || 0)
    found.push({ row: 'item', pointer: inside, list: pointer, place, label, canRemove })
    if (typeOf(part) === 'object') found.push(...inObject(part, values, words, inside))
    else found.push({ row: 'field', pointer: inside, label, help: '', isRequired: true, ...control(part, items[place], words) })
  })
  if (items.length < (schema.maxItems || 50)) {
    found.push({ row: 'add', pointer, label: fill(words.t.add, { label: heading.label }) })
  }
  return found
}

/** Which control enters the value, and what it needs. */
function control(schema, value, words) {
  const type = typeOf(schema)
  const widget = schema['x-widget'] || guessed(schema, type)
  const shared = { control: widget, value: value === undefined ? '' : value, prefill: schema['x-prefill'] || '' }
  if (widget === 'checks') return { ...shared, choices: choicesOf(plain(schema.items), value || []) }
  if (widget === 'switch') return { ...shared, value: value === true }
  if (widget === 'radio') return { ...shared, choices: choicesOf(schema, [value]) }
  if (widget === 'select') return opening(shared, choicesOf(schema, [value]), words)
  if (widget === 'year') return opening({ ...shared, control: 'select' }, years(schema, value, words.year), words)
  if (widget === 'date') return { ...shared, fields: 'day', shown: shown(format.date, /^\d{4}-\d\d-\d\d$/, shared.value) }
  if (widget === 'month') return { ...shared, fields: 'month', shown: shown(format.month, /^\d{4}-\d\d$/, shared.value) }
  if (widget === 'datetime' || widget === 'time') return { ...shared, ...clock(shared.value) }
  return { ...shared, ...keyboard(schema, type, widget) }
}

function guessed(schema, type) {
  if (type === 'array') return 'checks'
  if (Array.isArray(schema.enum)) return schema.enum.length <= MOST_RADIOS ? 'radio' : 'select'
  if (type === 'boolean') return 'switch'
  if (type === 'number' || type === 'integer') return 'number'
  const formats = { date: 'date', 'date-time': 'datetime', time: 'time' }
  return formats[schema.format] || (schema.maxLength > 100 ? 'textarea' : 'text')
}

function choicesOf(schema, taken) {
  const labels = schema['x-labels'] || {}
  return (schema.enum || [])
    .filter((choice) => choice !== null)
    .map((choice) => ({
      value: String(choice),
      label: text(labels[String(choice)]) || String(choice),
      isTaken: taken.some((one) => String(one) === String(choice)),
    }))
}

/** A list that opens. Before anything is chosen, its first line chooses nothing. */
function opening(shared, choices, { t }) {
  const options = [{ value: '', label: t.none, isTaken: false }, ...choices]
  const index = options.findIndex(({ isTaken }) => isTaken)
  return { ...shared, options, index: Math.max(0, index), shown: index < 0 ? '' : options[index].label }
}

function years(schema, value, thisYear) {
  const last = Math.min(bound(schema.maximum, schema.exclusiveMaximum, -1, Infinity), thisYear + YEARS_AHEAD)
  const first = Math.max(bound(schema.minimum, schema.exclusiveMinimum, 1, -Infinity), thisYear - YEARS_BACK)
  const found = []
  for (let year = last; year >= first; year -= 1) {
    found.push({ value: String(year), label: String(year), isTaken: String(value) === String(year) })
  }
  return found
}

function bound(inclusive, exclusive, step, otherwise) {
  if (inclusive !== undefined) return inclusive
  return exclusive === undefined ? otherwise : exclusive + step
}

/** As people write it, when it is whole. */
const shown = (written, form, value) => (form.test(value) ? written(value) : value)

/** The parts of a moment or a time of day that pickers show. */
function clock(value) {
  const [, day = '', hour = ''] = /^(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d)?/.exec(value) || []
  return { day, hour, dayShown: day && format.date(day) }
}

function keyboard(schema, type, widget) {
  const isNumber = type === 'number' || type === 'integer'
  const isSigned = isNumber && !((schema.minimum ?? schema.exclusiveMinimum) >= 0)
  const inputType = !isNumber || isSigned ? 'text' : type === 'integer' ? 'number' : 'digit'
  const isDigits = !isNumber && /^\^\[0-9\]/.test(schema.pattern || '')
  return {
    control: widget === 'textarea' ? 'textarea' : 'text',
    inputType: isDigits ? 'number' : inputType,
    prefix: widget === 'money' ? '¥' : '',
    maxlength: isNumber ? 24 : (schema.maxLength || 200),
  }
}

module.exports = { rowsOf }
