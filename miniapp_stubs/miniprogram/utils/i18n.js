// Two languages. Each page keeps its words in one file beside it (`strings.js`: {zh: {…}, en: {…}}, the same names in
// both); what the server says in both languages arrives as {zh, en} or in the language of Accept-Language.

const store = require('./store')

const language = () => store.language()

/** The words of a page or component in the citizen's language. */
const words = (strings) => strings[language()]

/** One of the server's texts `{zh, en}`; "" for none. */
function text(both) {
  if (!both) return ''
  return both[language()] || both.zh || ''
}

/** `fill('还有 {n} 个', {n: 3})` */
function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole))
}

/** The name of a department in an answer; "" where the city knows its id alone, which says nothing to a citizen. */
function departmentName({ department, department_name: name }) {
  const words = text(name)
  return words === department ? '' : words
}

module.exports = { language, words, text, fill, departmentName }
