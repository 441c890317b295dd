// Days as a calendar shows them.

const { fill } = require('../../utils/i18n')
const format = require('../../utils/format')

/** From here on nobody needs to know how many are left. */
const PLENTY = 100

/**
 * @param {{day: string, state: string, places_left: number, opens_at: string}[]} days as the server gives them
 * @returns {object[]} what a cell shows and says; `canOpen` when its slots are worth a look
 */
function cells(days, t) {
  return days.map((found, place) => {
    const [, month, day] = found.day.split('-').map(Number)
    const isFirst = place === 0 || day === 1
    return {
      day: found.day,
      number: String(day),
      month: isFirst ? fill(t.month, { month, name: t.months[month - 1] }) : '',
      state: found.state,
      left: left(found, t),
      isPlenty: found.places_left >= PLENTY,
      canOpen: found.state === 'open' || found.state === 'full' || found.state === 'not_open_yet',
      date: format.near(found.day),
      label: fill(t.dayLabel, { date: format.date(found.day), left: spoken(found, t) }),
      when: found.state === 'not_open_yet' ? format.dateTime(found.opens_at) : '',
    }
  })
}

function left({ state, places_left: places }, t) {
  if (state !== 'open') return t.dayState[state]
  return places >= PLENTY ? t.plenty : fill(t.left, { n: places })
}

function spoken({ state, places_left: places, opens_at: opens }, t) {
  if (state === 'open') return fill(t.placesLeft, { n: places })
  if (state === 'not_open_yet') return fill(t.opens, { when: format.dateTime(opens) })
  return t.dayState[state]
}

/** Rows of seven, Monday first; `isBlank` where nothing was asked for. */
function weeks(found) {
  if (!found.length) return []
  const blank = (place) => ({ day: `blank ${place}`, isBlank: true })
  const before = (weekday(found[0].day) + 6) % 7
  const places = [...Array.from({ length: before }, (_, place) => blank(place)), ...found]
  while (places.length % 7) places.push(blank(places.length))
  return Array.from({ length: places.length / 7 }, (_, week) => {
    const days = places.slice(week * 7, week * 7 + 7)
    return { first: days[0].day, days }
  })
}

/** 0 is Sunday. */
function weekday(day) {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, date)).getUTCDay()
}

/** The day after, `2026-12-01`. */
const dayAfter = (day) => new Date(Date.parse(day) + 86400000).toISOString().slice(0, 10)

module.exports = { cells, weeks, dayAfter, PLENTY }
