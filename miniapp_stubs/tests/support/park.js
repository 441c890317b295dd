// A park that can be booked, as the API tells it, on a day that is always the same.

const NOW = '2026-11-24T10:00:00+08:00'
const text = (zh, en = zh) => ({ zh, en })
const CARD = {
  id: 'gy.parks',
  kind: 'booking',
  name: text('景区预约', 'Parks'),
  booking: {
    levels: [{ key: 'area', title: text('选择区域', 'Area') }],
    companions_max: 2,
    days_ahead: 3,
    cancel_until_minutes: 60,
    one_live_booking_per: [['resource', 'day']],
    check_in: { opens_minutes_before_start: 30, closes_minutes_after_start: null },
  },
}
const LAKE = { id: 'lake', name: text('观山湖公园', 'Guanshan Lake'), path: { area: 'west' }, address: text('观山湖区', 'Guanshanhu'), note: text('请勿游泳', 'No swimming') }
const HILL = { id: 'hill', name: text('黔灵山公园', 'Qianling Hill'), path: { area: 'west' }, address: null, note: null }
const STARTS = '2026-11-25T10:00:00+08:00'
const SLOT = { starts_at: STARTS, ends_at: '2026-11-25T12:00:00+08:00', state: 'open', places: 30, places_left: 20 }
const QUERY = { card: 'gy.parks', path: 'area:west', resource: 'lake', starts: STARTS }

const day = (date, state, left, opens = '2026-11-20T08:00:00+08:00') => ({ day: date, state, places_left: left, opens_at: opens })
const DAYS = [
  day('2026-11-24', 'over', 0),
  day('2026-11-25', 'open', 20),
  day('2026-11-26', 'open', 500),
  day('2026-11-27', 'full', 0),
  day('2026-11-28', 'not_open_yet', 30, '2026-11-25T08:00:00+08:00'),
]

const BOOKING = {
  id: '01BOOKING',
  card_id: 'gy.parks',
  resource_id: 'lake',
  name: LAKE.name,
  address: LAKE.address,
  day: '2026-11-25',
  starts_at: STARTS,
  ends_at: SLOT.ends_at,
  places: 2,
  companions: [{ name: '王**', id_number: '5****************X' }],
  state: 'reserved',
  booked_at: NOW,
  can_cancel: true,
  cancel_until: '2026-11-25T09:00:00+08:00',
  check_in_from: '2026-11-25T09:30:00+08:00',
  check_in_until: '2026-11-25T12:00:00+08:00',
  checked_in_at: null,
}
const ME = {
  id: 'a',
  assurance: 2,
  proofs: [{ level: 1, proved_at: NOW }, { level: 2, proved_at: NOW }],
  name: '林*',
  id_number: '5****************4',
  phone: '160****0001',
  created_at: NOW,
}
const TOKENS = { access_token: 'a', refresh_token: 'r', expires_in: 900, assurance: 2 }
const refused = (status, code, facts = {}, headers = {}) => ({ status, data: { code, title: `[${code}]`, status, ...facts }, headers })

/** A city whose answers a test can change: by `METHOD path`, each a value, a function, or a list that is used up. */
function cityOf(answers = {}) {
  const known = {
    'GET /api/v1/city': { data: { name: text('贵阳', 'Guiyang'), now: NOW, profile: 'demo', version: '0.1.0' } },
    'POST /api/v1/sessions': { data: TOKENS },
    'POST /api/v1/sessions/refresh': { data: TOKENS },
    'GET /api/v1/me': { data: ME },
    'GET /api/v1/cards': { data: { items: [{ ...CARD, summary: text('预约入园', 'Book a visit') }], total: 1, after: null } },
    'GET /api/v1/cards/gy.parks': { data: CARD },
    'GET /api/v1/cards/gy.parks/resources': { data: { next_level: null, items: [LAKE, HILL] } },
    'GET /api/v1/cards/gy.parks/resources/lake/days': { data: { items: DAYS } },
    'GET /api/v1/cards/gy.parks/resources/lake/slots': { data: { items: [SLOT, { ...SLOT, starts_at: '2026-11-25T14:00:00+08:00', ends_at: '2026-11-25T16:00:00+08:00', state: 'full', places_left: 0 }] } },
    'GET /api/v1/me/companions': { data: { items: [{ id: 'c1', name: '王**', id_number: '5****************X' }, { id: 'c2', name: '李*', id_number: '5****************7' }, { id: 'c3', name: '赵*', id_number: '5****************3' }], most: 20 } },
    'GET /api/v1/bookings': { data: { items: [], after: null } },
    'GET /api/v1/bookings/01BOOKING': { data: BOOKING },
    ...answers,
  }
  return (request) => {
    const found = known[`${request.method} ${request.path}`]
    if (Array.isArray(found)) return found.length > 1 ? found.shift() : found[0]
    return typeof found === 'function' ? found(request) : found || refused(404, 'request.not_found')
  }
}

/** It is ten o'clock, and stays so. Timers run as they do. */
function standStill() {
  const left = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'nextTick', 'queueMicrotask', 'requestAnimationFrame', 'cancelAnimationFrame', 'performance', 'hrtime', 'requestIdleCallback', 'cancelIdleCallback']
  jest.useFakeTimers({ now: Date.parse(NOW), doNotFake: left })
}

/** A wx.showModal that is answered; what it asked is in `asked`. */
function answering(confirm) {
  const asked = []
  global.wx.showModal = async (options) => (asked.push(options), { confirm, cancel: !confirm })
  return asked
}

module.exports = { NOW, CARD, LAKE, HILL, SLOT, STARTS, QUERY, DAYS, BOOKING, ME, TOKENS, cityOf, refused, answering, standStill, text }
