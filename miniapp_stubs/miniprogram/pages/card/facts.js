// What a citizen should know of a card before they use it, in their language: from GET /api/v1/cards/{id}.

const { fill, text } = require('../../utils/i18n')

const ALL_DAY = '00:00-24:00'

/** The four facts that everybody asks for first. @returns {{label: string, value: string}[]} */
function firstFacts({ item, access }, t) {
  return [
    { label: t.promised, value: item.project_type === 1 ? t.atOnce : fill(t.days, { n: item.promise_days }) },
    { label: t.fee, value: item.fee ? text(item.fee.amount) : t.free },
    { label: t.visits, value: item.on_site_visits ? fill(t.visitTimes, { n: item.on_site_visits }) : t.noVisit },
    { label: t.hours, value: hoursIn(access.hours, t) },
  ]
}

/** The guide 办事指南, fact by fact; what the card does not say is left out. */
function guide(card, t) {
  const { item, department, audience, limits } = card
  return told([
    [t.condition, text(item.accept_condition)],
    [t.audience, audience.map((one) => t.audiences[one]).join(t.separator)],
    [t.department, text(department.name)],
    [t.law, item.anticipate_days ? fill(t.days, { n: item.anticipate_days }) : ''],
    [t.reason, text(item.on_site_reason)],
    [t.feeBasis, item.fee ? text(item.fee.basis) : ''],
    ...bookingFacts(card.booking, t),
    [t.limit, card.operations.length ? limitIn(limits.per_citizen, t) : ''],
    [t.byLaw, text(item.by_law)],
    [t.taskCode, item.task_code],
    [t.catalogCode, item.catalog_code || ''],
  ])
}

function bookingFacts(booking, t) {
  if (!booking) return []
  const { days_ahead: n, release, companions_max: most, cancel_until_minutes: minutes } = booking
  return [
    [t.ahead, n ? fill(t.aheadDays, { n, release }) : t.aheadToday],
    [t.companions, most ? fill(t.companionsMost, { n: most }) : ''],
    [t.cancel, minutes ? fill(t.cancelUntil, { n: minutes }) : t.cancelAny],
  ]
}

/** What the citizen brings: how sure the city must be of them, and what the department is told. */
function needs({ access, operations, consent, department }, t) {
  const found = [fill(t.levelNeed, { level: t.levels[access.assurance] })]
  for (const { title, assurance } of operations) {
    if (assurance > access.assurance) found.push(fill(t.levelLater, { operation: text(title), level: t.levels[assurance] }))
  }
  if (consent) {
    const fields = consent.fields.map((field) => t.names[field] || field).join(t.separator)
    found.push(fill(t.shares, { department: text(department.name), fields }))
  }
  return found
}

const told = (facts) => facts.filter(([, value]) => value).map(([label, value]) => ({ label, value }))

const hoursIn = (hours, t) => (hours === ALL_DAY ? t.allDay : hours.replace('-', '–'))

/** `20/day` */
function limitIn(written, t) {
  const [n, period] = written.split('/')
  return t.limits[period] ? fill(t.limits[period], { n }) : ''
}

/** Whether the card can be used at this moment of the city's wall clock (a Date whose UTC fields are its digits). */
function isOpen(hours, wallClock) {
  const now = wallClock.toISOString().slice(11, 16)
  const [opens, closes] = hours.split('-')
  return opens < closes ? opens <= now && now < closes : now >= opens || now < closes
}

module.exports = { firstFacts, guide, needs, isOpen, hoursIn }
