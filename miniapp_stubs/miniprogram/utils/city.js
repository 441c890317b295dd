// What anybody may know of the city: its name, its time, its notices.

const api = require('./api')

let known = null
let asked = null
/** Milliseconds the city's clock is ahead of the phone's. */
let ahead = 0
let offsetMinutes = 480

/** GET /api/v1/city, once; `again` asks anew. @throws {Problem} */
function about({ again = false } = {}) {
  if (again) asked = null
  if (!asked) {
    asked = api.get('/api/v1/city', { open: true }).then(learn, (found) => {
      asked = null
      throw found
    })
  }
  return asked
}

function learn(city) {
  known = city
  ahead = Date.parse(city.now) - Date.now()
  offsetMinutes = offsetOf(city.now)
  return city
}

/** Minutes by which a moment as the server writes it is ahead of UTC: 480 for `…+08:00`. */
function offsetOf(moment) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(moment) || [null, '+', '0', '0']
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** Now, by the city's clock: its wall clock's digits, as UTC fields of a Date. */
const wallClock = (later = 0) => new Date(Date.now() + ahead + later * 1000 + offsetMinutes * 60000)

/** Now by the city's clock, in milliseconds, to be compared with Date.parse of the server's moments. */
const now = () => Date.now() + ahead

/** `+08:00` */
function utcOffset() {
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60]
  return `${offsetMinutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

module.exports = { about, wallClock, utcOffset, now, known: () => known }
