// Reading a JSON Schema (2020-12, without $ref, as the catalogue sends it) for a form.

/** What a value is entered as: the first of its types that is not null; an `enum` alone is of its first choice's type. */
function typeOf(schema) {
  const types = [].concat(schema.type || []).filter((type) => type !== 'null')
  if (types.length) return types[0]
  if (schema.properties) return 'object'
  if (Array.isArray(schema.enum) && schema.enum.length) return jsonTypeOf(schema.enum.find((choice) => choice !== null))
  return 'const' in schema ? jsonTypeOf(schema.const) : 'string'
}

function jsonTypeOf(value) {
  if (Array.isArray(value)) return 'array'
  if (value === null) return 'null'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

const isNullable = (schema) => [].concat(schema.type || []).includes('null')

/** A value described by several schemas at once (`allOf`), or by the first real one of several (`anyOf`, `oneOf`). */
function plain(schema) {
  if (!schema || typeof schema !== 'object') return {}
  const { allOf, anyOf, oneOf, ...own } = schema
  const branches = anyOf || oneOf
  const described = branches && branches.find((branch) => branch && branch.type !== 'null' && describes(branch))
  const parts = [...(allOf || []).filter(describes), ...(described ? [described] : [])].map(plain)
  return parts.reduce(merged, own)
}

/** Whether it says what the value is, and not only a condition on it. */
const describes = (schema) => Boolean(schema && (schema.type || schema.properties || schema.enum || 'const' in schema))

function merged(into, part) {
  return {
    ...part,
    ...into,
    properties: into.properties || part.properties ? { ...part.properties, ...into.properties } : undefined,
    required: [...(into.required || []), ...(part.required || [])],
  }
}

/** Properties of an object that are entered, in their order: not those that can only be one thing. */
function entered(schema) {
  const properties = schema.properties || {}
  return Object.keys(properties)
    .map((name) => [name, plain(properties[name])])
    .filter(([, part]) => !('const' in part))
}

/** A list of choices, several of which can be taken. */
const isChecks = (schema) => typeOf(schema) === 'array' && Array.isArray(plain(schema.items).enum) && schema.uniqueItems === true

module.exports = { typeOf, jsonTypeOf, isNullable, plain, entered, isChecks }
