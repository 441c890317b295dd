// A booking as pages show it.

const { fill, text } = require('../../utils/i18n')
const format = require('../../utils/format')

/** Times are the city's. `t` has `state`, `persons`. */
function shown(booking, t) {
  const slot = `${format.time(booking.starts_at)}–${format.time(booking.ends_at)}`
  return {
    id: booking.id,
    card: booking.card_id,
    resource: booking.resource_id,
    name: text(booking.name),
    address: text(booking.address),
    state: booking.state,
    stateWords: t.state[booking.state],
    day: format.near(booking.starts_at),
    date: format.date(booking.starts_at),
    slot,
    when: `${format.near(booking.starts_at)} ${slot}`,
    people: fill(t.persons, { n: booking.places }),
    companions: booking.companions,
    checkIn: `${format.near(booking.check_in_from)} ${format.time(booking.check_in_from)}–${format.time(booking.check_in_until)}`,
    checkInFrom: format.dateTime(booking.check_in_from),
    checkedIn: booking.checked_in_at ? format.dateTime(booking.checked_in_at) : '',
    bookedAt: `${format.dateTime(booking.booked_at)}`,
    cancelUntil: format.dateTime(booking.cancel_until),
    canCancel: booking.can_cancel,
  }
}

module.exports = { shown }
