// Why a booking was not made, and what the citizen can do now. What is not said here is shown as any other problem.

const { fill } = require('../../utils/i18n')
const format = require('../../utils/format')

/** What the button does: another slot, another choice, the bookings there are, the people who come. */
const ACTIONS = {
  'booking.full': 'times',
  'booking.day_full': 'times',
  'booking.closed_day': 'times',
  'booking.slot_unknown': 'times',
  'booking.not_open_yet': 'times',
  'booking.too_late_to_book': 'times',
  'booking.resource_unknown': 'choose',
  'booking.already_booked': 'bookings',
  'booking.companion_invalid': '',
  'booking.party_too_large': '',
}

/**
 * @param {Problem} found
 * @param {string[]} people names as the page shows them, the citizen first
 * @returns {{title: string, text: string, action: string, label: string, member: number|null}|null}
 */
function refusalOf(found, people, t) {
  if (!(found.code in ACTIONS)) return null
  const { facts } = found
  const member = 'member' in facts ? facts.member : null
  const who = member === null ? '' : people[member] || ''
  const isOther = member !== null && member > 0
  const told = t.refusals[found.code]
  const action = found.code === 'booking.already_booked' && isOther ? '' : ACTIONS[found.code]
  const text = (isOther && told.other) || told[facts.reason] || told.text
  return {
    title: found.title,
    text: fill(text, { ...facts, who, when: facts.opens_at ? format.dateTime(facts.opens_at) : '' }),
    action,
    label: action ? t.actions[action] : '',
    member,
  }
}

module.exports = { refusalOf }
