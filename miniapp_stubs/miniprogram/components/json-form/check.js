// Checks what was entered before it is sent, so that the citizen is told at once and next to the field. The server
// checks everything again; keywords that are not known here (if, then, contains, …) are left to it.

const { entered, plain, typeOf, jsonTypeOf, isNullable } = require('./schema')
const { pointerOf } = require('./values')

const FORMATS = {
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  time: /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
}

/**
 * @param {object} schema
 * @param {unknown} value as it would be sent
 * @returns {{pointer: string, rule: string, schema: object}[]} one finding for each value, the first that it breaks
 */
function findings(schema, value, pointer = '') {
  const part = plain(schema)
  if (value === undefined) return []
  if (value === null && isNullable(part)) return []
  const rule = broken(part, value)
  if (rule) return [{ pointer, rule, schema: part }]
  const type = typeOf(part)
  if (type === 'object') return inObject(part, value, pointer)
  if (type === 'array') return value.flatMap((one, place) => findings(part.items, one, pointerOf(pointer, place)))
  return []
}

function inObject(schema, value, pointer) {
  const required = schema.required || []
  return entered(schema).flatMap(([name, part]) => {
    const inside = pointerOf(pointer, name)
    if (value[name] === undefined) return required.includes(name) ? missing(part, inside) : []
    return findings(part, value[name], inside)
  })
}

/** An object that is needed and empty: what is needed in it, so that each is told at its own field. */
function missing(schema, pointer) {
  if (typeOf(schema) !== 'object') return [{ pointer, rule: 'required', schema }]
  const inside = inObject(schema, {}, pointer)
  return inside.length ? inside : [{ pointer, rule: 'required', schema }]
}

/** The first keyword that the value breaks, "" for none. */
function broken(schema, value) {
  const type = jsonTypeOf(value)
  const wanted = [].concat(schema.type || [])
  if (wanted.length && !wanted.includes(type) && !(type === 'integer' && wanted.includes('number'))) return 'type'
  if (schema.enum && !schema.enum.includes(value) && typeof value !== 'object') return 'enum'
  if (typeof value === 'string') return brokenText(schema, value)
  if (typeof value === 'number') return brokenNumber(schema, value)
  return Array.isArray(value) ? brokenList(schema, value) : ''
}

function brokenText(schema, value) {
  const length = Array.from(value).length
  if (length < (schema.minLength || 0)) return 'minLength'
  if (schema.maxLength !== undefined && length > schema.maxLength) return 'maxLength'
  if (schema.pattern && !matches(schema.pattern, value)) return 'pattern'
  return schema.format && FORMATS[schema.format] && !FORMATS[schema.format].test(value) ? 'format' : ''
}

function brokenNumber(schema, value) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (minimum !== undefined && value < minimum) return 'minimum'
  if (maximum !== undefined && value > maximum) return 'maximum'
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return 'exclusiveMinimum'
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return 'exclusiveMaximum'
  if (multipleOf) {
    const times = value / multipleOf
    if (Math.abs(times - Math.round(times)) > 1e-6 * Math.max(1, Math.abs(times)) / 1000) return 'multipleOf'
  }
  return ''
}

function brokenList(schema, value) {
  if (value.length < (schema.minItems || 0)) return 'minItems'
  if (schema.maxItems !== undefined && value.length > schema.maxItems) return 'maxItems'
  const different = new Set(value.map((one) => JSON.stringify(one)))
  return schema.uniqueItems && different.size < value.length ? 'uniqueItems' : ''
}

/** The server's patterns are Rust's; one that JavaScript does not know is left to the server. */
function matches(pattern, value) {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true
  }
}

module.exports = { findings }
