// The rules of a card, in sentences for who is about to book.

const { fill } = require('../../utils/i18n')
const format = require('../../utils/format')

/**
 * @param {object} booking of the card: its rules
 * @param {{starts_at: string, ends_at: string}} slot
 * @returns {string[]}
 */
function sentences(booking, slot, t) {
  const told = [
    fill(t.checkIn, window(booking.check_in, slot)),
    fill(booking.cancel_until_minutes ? t.cancelUntil : t.cancelUntilStart, {
      when: format.dateTime(earlier(slot.starts_at, booking.cancel_until_minutes)),
    }),
    ...booking.one_live_booking_per.map((parts) => onePer(parts, booking, t)),
  ]
  if (booking.companions_max) told.push(fill(t.companionsMax, { n: booking.companions_max }))
  return told
}

function window({ opens_minutes_before_start: before, closes_minutes_after_start: after }, { starts_at: start, ends_at: end }) {
  const until = after ? earlier(start, -after) : end
  return { from: format.time(earlier(start, before)), until: format.time(Date.parse(until) < Date.parse(end) ? until : end) }
}

/** 每人每天对同一预约对象…; a rule of `day` alone names nothing else. */
function onePer(parts, booking, t) {
  const others = parts.filter((part) => part !== 'day').map((part) => named(part, booking, t))
  const what = others.length ? fill(t.same, { what: others.join(t.and) }) : ''
  return fill(parts.includes('day') ? t.onePerDay : t.onePer, { what })
}

function named(part, booking, t) {
  if (t.parts[part]) return t.parts[part]
  const level = booking.levels.find(({ key }) => key === part)
  return fill(t.level, { title: level ? t.of(level.title) : part })
}

/** So many minutes earlier, with the same offset. */
function earlier(moment, minutes) {
  const [offset, sign, hours, rest] = /([+-])(\d\d):(\d\d)$/.exec(moment) || ['+00:00', '+', '0', '0']
  const ahead = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest))
  return new Date(Date.parse(moment) + (ahead - minutes) * 60000).toISOString().slice(0, 19) + offset
}

module.exports = { sentences, earlier }
