// What became of a face check, in words: what happened, whose step it was, what helps, how often it can still be tried.

const { fill } = require('../../utils/i18n')
const format = require('../../utils/format')

/**
 * @param {Problem} found
 * @param {{name: string}[]} steps what was asked for, the neutral one first: frames are counted in that order
 * @returns {{title: string, text: string, hall: boolean, isFinal: boolean}|null} null for what is no face's matter
 */
function outcomeOf(found, steps, t) {
  const told = t.outcomes[found.code]
  if (!told) return null
  const { facts } = found
  const values = {
    step: stepOf(facts.frame, steps, t),
    missing: (facts.missing || []).map((action) => t.instructions[action] || action).join('、'),
    when: format.whenIn(found.retryAfter || 0),
  }
  const isFree = told.free || (found.code === 'identity.face.busy' && !facts.examined)
  const sentences = [
    fill(told.text, values),
    told.counted && facts.attempts_left !== undefined ? fill(t.attempts, { n: facts.attempts_left }) : '',
    isFree ? t.noAttempt : '',
  ]
  return {
    title: fill(told.title, values),
    text: sentences.filter(Boolean).join(t.separator),
    hall: Boolean(told.hall) || facts.attempts_left === 0,
    isFinal: Boolean(told.final) || facts.attempts_left === 0,
  }
}

function stepOf(frame, steps, t) {
  if (typeof frame !== 'number' || !steps[frame]) return ''
  return fill(t.atStep, { n: frame + 1, name: steps[frame].name })
}

module.exports = { outcomeOf }
