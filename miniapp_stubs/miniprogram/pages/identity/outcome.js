// What became of a face check, in words: what happened, whose step it was, what helps, how often it can still be tried.

const { fill } = require('../../utils/i18n')
const format = require('../../utils/format')

/**
 * @param {Problem} found
 * @param {{name: string}[]} steps what was asked for, the neutral one first: frames are counted in that order
 * @returns {{title: string, text: string, hall: boolean, isFinal: boolean}|null} null for what is no face's matter
 */
function outcomeOf(found, steps, t) {
  const { facts } = found
  const told = toldOf(t.outcomes[found.code], facts)
  if (!told) return null
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

/** With the words for what stood in the way, where there are some. */
const toldOf = (told, { reason }) => (told && told.reasons ? { ...told, ...told.reasons[reason] } : told)

function stepOf(frame, steps, t) {
  if (typeof frame !== 'number' || !steps[frame]) return ''
  return fill(t.atStep, { n: frame + 1, name: steps[frame].name })
}

module.exports = { outcomeOf }
