// A finding in plain words, for next to its field.

const { fill } = require('../../utils/i18n')
const { plain, typeOf, isChecks } = require('./schema')

/** @param {object} t words of strings.js @param {{rule: string, schema: object}} finding */
function message(t, { rule, schema = {} }) {
  const type = typeOf(schema)
  const isChosen = Array.isArray(schema.enum) || isChecks(schema) || type === 'array'
  if (rule === 'required') return isChosen ? t.choose : t.enter
  if (rule === 'type') return type === 'integer' ? t.integer : type === 'number' ? t.number : t.other
  if (rule === 'multipleOf') return places(t, schema.multipleOf)
  if (rule === 'format' && t.formats[schema.format]) return t.formats[schema.format]
  if (rule === 'minLength' && schema.minLength === 1) return t.enter
  if (rule === 'minItems' && schema.minItems === 1) return isChecks(schema) ? t.choose : t.addOne
  return t.rules[rule] ? fill(t.rules[rule], { value: schema[rule] }) : t.other
}

function places(t, multipleOf) {
  const [, decimals = ''] = String(multipleOf).split('.')
  if (multipleOf === 1) return t.integer
  return /^0?\.?0*1$/.test(String(multipleOf)) ? fill(t.decimals, { n: decimals.length }) : fill(t.multiple, { value: multipleOf })
}

/** The part of a schema that a JSON Pointer of a finding names; null when there is none. */
function partAt(schema, pointer) {
  let part = plain(schema)
  for (const name of pointer.split('/').slice(1)) {
    const inside = /^\d+$/.test(name) && part.items ? part.items : (part.properties || {})[name.replace(/~1/g, '/').replace(/~0/g, '~')]
    if (!inside) return null
    part = plain(inside)
  }
  return part
}

module.exports = { message, partAt }
