// What can be booked, as pages show it: the questions on the way, and the resource at their end.

const api = require('../../utils/api')
const { text } = require('../../utils/i18n')

const OPEN = { open: true }

/** A query as it stands behind a page's address. */
function search(values) {
  return Object.keys(values)
    .filter((name) => values[name])
    .map((name) => `${name}=${encodeURIComponent(values[name])}`)
    .join('&')
}

const card = (cardId) => api.get(`/api/v1/cards/${cardId}`, OPEN)

/** @param {string} path answers so far, `department:tax,matter:invoice`; "" before the first */
const choices = (cardId, path) => api.get(`/api/v1/cards/${cardId}/resources`, { ...OPEN, query: { path } })

const days = (cardId, resourceId, from, count) =>
  api.get(`/api/v1/cards/${cardId}/resources/${resourceId}/days`, { ...OPEN, query: { from, count } })

const slots = (cardId, resourceId, day) =>
  api.get(`/api/v1/cards/${cardId}/resources/${resourceId}/slots`, { ...OPEN, query: { day } })

/** The resource at the end of these answers; null when the card has changed meanwhile. */
async function resource(cardId, path, resourceId) {
  const { items } = await choices(cardId, path)
  return items.find(({ id }) => id === resourceId) || null
}

/** What was answered so far, in words: a question and its answer for each level. */
async function answered(cardId, path) {
  const answers = path ? path.split(',') : []
  const asked = await Promise.all(answers.map((_, place) => choices(cardId, answers.slice(0, place).join(','))))
  return answers.map((answer, place) => {
    const level = asked[place].next_level
    const choice = level && level.choices.find(({ id }) => `${level.key}:${id}` === answer)
    return { title: level ? text(level.title) : '', text: choice ? text(choice.text) : answer.split(':')[1] }
  })
}

const shown = ({ id, name, address, note }) => ({ id, name: text(name), address: text(address), note: text(note) })

module.exports = { search, card, choices, days, slots, resource, answered, shown }
