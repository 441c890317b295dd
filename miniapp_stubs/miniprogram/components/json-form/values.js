// The values of a form: as they are typed (texts, for numbers too), and as they are sent.

const { entered, isChecks, isNullable, plain, typeOf } = require('./schema')

/** RFC 6901. */
const pointerOf = (pointer, part) => `${pointer}/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`
const partsOf = (pointer) => pointer.split('/').slice(1).map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))

function valueAt(values, pointer) {
  return partsOf(pointer).reduce((inside, part) => (inside === undefined || inside === null ? undefined : inside[part]), values)
}

/** A copy in which that one value is another. */
function withValue(values, pointer, value) {
  return put(values, partsOf(pointer), value)
}

function put(inside, [part, ...rest], value) {
  if (part === undefined) return value
  const copy = Array.isArray(inside) ? inside.slice() : { ...inside }
  copy[part] = put(copy[part], rest, value)
  return copy
}

/** What a form begins with. @param {{today: string}} known `2026-11-22`, the city's day */
function initialValues(schema, known) {
  return initial(plain(schema), known)
}

function initial(schema, known) {
  if ('default' in schema) return typed(schema, schema.default)
  const prefilled = prefill(schema['x-prefill'], known)
  if (prefilled !== undefined) return prefilled
  const type = typeOf(schema)
  if (type === 'object') {
    return Object.fromEntries(entered(schema).map(([name, part]) => [name, initial(part, known)]))
  }
  if (type === 'array') return isChecks(schema) ? [] : Array.from({ length: schema.minItems || 0 }, () => initial(plain(schema.items), known))
  return type === 'boolean' ? false : ''
}

function prefill(source, { today }) {
  return { today, this_month: today.slice(0, 7), this_year: today.slice(0, 4) }[source]
}

/** A value of the schema as a form holds it. */
function typed(schema, value) {
  if (Array.isArray(value)) return value.map((one) => typed(plain(schema.items), one))
  if (value && typeof value === 'object') {
    return Object.fromEntries(entered(schema).map(([name, part]) => [name, name in value ? typed(part, value[name]) : '']))
  }
  return typeof value === 'boolean' ? value : value === null || value === undefined ? '' : String(value)
}

/** What is sent: numbers as numbers, what was left empty left out, and what can only be one thing put in. */
function sendable(schema, values) {
  return sent(plain(schema), values)
}

function sent(schema, value) {
  if ('const' in schema) return schema.const
  const type = typeOf(schema)
  if (type === 'object') return sentObject(schema, value || {})
  if (type === 'array') return (value || []).map((one) => sent(plain(schema.items), one)).filter((one) => one !== undefined)
  if (type === 'boolean') return value === true
  const text = typeof value === 'string' ? value.trim() : value
  if (text === '' || text === undefined || text === null) return undefined
  if (Array.isArray(schema.enum)) return schema.enum.find((choice) => String(choice) === String(text))
  return type === 'number' || type === 'integer' ? asNumber(text) : text
}

function sentObject(schema, value) {
  const found = {}
  const required = schema.required || []
  for (const [name, written] of Object.entries(schema.properties || {})) {
    const part = plain(written)
    let one = sent(part, value[name])
    if (one === undefined && required.includes(name) && isNullable(part)) one = null
    if (isWorthSending(part, one, required.includes(name))) found[name] = one
  }
  return found
}

/** An object or list that nobody had to fill in, and nobody did, is left out. */
function isWorthSending(part, one, isRequired) {
  if (one === undefined) return false
  if (isRequired || one === null || typeof one !== 'object') return true
  return Object.keys(one).length > 0
}

/** A number as it was typed, or the text when it is none: then the check says so. */
function asNumber(text) {
  const written = String(text).replace(/[，,\s]/g, '')
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(written) ? Number(written) : String(text)
}

module.exports = { pointerOf, valueAt, withValue, initialValues, sendable, typed }
