// How adding, accepting, binding and taking over can end, in words.

const format = require('../../utils/format')
const { fill, words } = require('../../utils/i18n')
const strings = require('./outcome.strings')

/** @param {Problem} found @returns {{title: string, text: string}|null} null for what is explained anywhere else */
function outcomeOf(found) {
  const told = words(strings)[found.code]
  if (!told) return null
  const values = { ...found.facts, when: format.whenIn(found.retryAfter || 0) }
  return { title: fill(told.title, values), text: fill(told.text, values) }
}

/** What a page shows: an outcome, or a failure for <state-view>. Nothing when the citizen would rather not prove it. */
function shownOf(found) {
  if (found.code === 'identity.step_up_needed') return { outcome: null, failure: null }
  const outcome = outcomeOf(found)
  return { outcome, failure: outcome ? null : found }
}

module.exports = { outcomeOf, shownOf }
