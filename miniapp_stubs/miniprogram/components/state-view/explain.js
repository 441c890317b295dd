// A problem in words for the citizen: what it is, what it means for them, what they can do and when. None blames them.

const { fill, words } = require('../../utils/i18n')
const { whenIn } = require('../../utils/format')
const forOthers = require('./for_others')
const strings = require('./strings')

/** Up to here a wait is counted down; a longer one is told by the clock. */
const LONGEST_COUNTDOWN = 120

/**
 * @typedef {object} Explanation
 * @property {string} icon
 * @property {'calm'|'care'} tone
 * @property {string} title
 * @property {string} text
 * @property {''|'retry'|'sign_in'|'home'|'edit'|'reload'|'self'|'choose'} action what the button does
 * @property {string} label what the button says
 * @property {number} wait seconds before the button can be used
 * @property {string} reference what to tell a service desk, "" when nothing
 */

/** @param {Problem} found @returns {Explanation} */
function explain(found) {
  const t = words(strings)
  const told = (BY_CODE[found.code] || BY_FAMILY[found.code.split('.')[0]] || unknown)(found, t)
  const wait = told.action === 'retry' ? Math.min(found.retryAfter || 0, LONGEST_COUNTDOWN) : 0
  const reference = told.reference ? fill(t.number, { id: found.requestId }) : ''
  return { tone: 'calm', label: t.retry, ...told, wait, reference: found.requestId ? reference : '' }
}

const BY_CODE = {
  ...forOthers.BY_CODE,
  'client.offline': (found, t) => ({ icon: 'wifi-off', title: found.title, text: t.offline, action: 'retry' }),
  'client.unreachable': (found, t) => ({ icon: 'wifi-off', title: found.title, text: t.unreachable, action: 'retry' }),
  'client.timeout': (found, t) => ({ icon: 'time', title: found.title, text: t.timeout, action: 'retry' }),
  'client.unreadable': (found, t) => ({
    icon: 'help-circle',
    title: found.title,
    text: t.unreadable,
    action: 'retry',
    reference: true,
  }),
  'client.signed_out': signedOut,
  'card.quota_citizen': (found, t) => ({
    icon: 'hourglass',
    title: t.quotaTitle[found.facts.period] || found.title,
    text: [fill(t.quota[found.facts.period] || '', found.facts), again(found, t)].join(separator(t)),
    ...later(found, t),
  }),
  'card.quota_card': (found, t) => ({
    icon: 'hourglass',
    title: t.totalTitle,
    text: [t.total, again(found, t)].join(separator(t)),
    ...later(found, t),
  }),
  'card.busy': (_found, t) => ({ icon: 'usergroup', title: t.busyTitle, text: t.busy, action: 'retry' }),
  'card.upstream_unavailable': (_found, t) => ({
    icon: 'building-1',
    title: t.departmentTitle,
    text: [t.department, t.departmentAway].join(separator(t)),
    action: 'retry',
  }),
  'card.upstream_invalid': (_found, t) => ({
    icon: 'building-1',
    title: t.departmentInvalidTitle,
    text: t.departmentInvalid,
    action: 'retry',
    reference: true,
  }),
  'card.closed': (found, t) => ({
    icon: 'time',
    title: t.closedTitle,
    text: fill(t.closed, { hours: String(found.facts.hours).replace('-', '–'), when: whenIn(found.retryAfter || 0) }),
    action: 'home',
    label: t.home,
  }),
  'card.not_found': (_found, t) => ({
    icon: 'pause-circle',
    title: t.gone,
    text: t.goneText,
    action: 'home',
    label: t.home,
  }),
  'card.operation_not_found': (_found, t) => ({
    icon: 'refresh',
    title: t.changed,
    text: t.changedText,
    action: 'reload',
    label: t.reload,
  }),
  'card.record_not_found': (_found, t) => ({
    icon: 'folder-open',
    title: t.noRecord,
    text: t.noRecordText,
    action: '',
  }),
  'card.refused': (found, t) => ({
    icon: 'info-circle',
    tone: 'care',
    title: t.refused,
    text: String(found.facts.message || ''),
    action: 'edit',
    label: t.edit,
  }),
  'identity.step_up_needed': prove,
  'identity.personal_data_missing': prove,
  'identity.consent_needed': (_found, t) =>
    forOthers.consentOfOthers(t) || {
      icon: 'secured',
      title: t.consent,
      text: t.consentText,
      action: 'retry',
      label: t.agree,
    },
  'request.rate_limited': (found, t) => ({
    icon: 'time',
    title: t.tooOften,
    text: fill(t.tooOftenText, { when: whenIn(found.retryAfter || 1) }),
    action: 'retry',
  }),
}

const BY_FAMILY = {
  server: busyServer,
  store: busyServer,
}

/** Any other problem says itself what it is. */
function unknown(found, t) {
  if (found.status === 401) return { ...signedOut(found, t), title: found.title }
  const text = found.retryAfter ? fill(t.wait, { when: whenIn(found.retryAfter) }) : ''
  const isTransient = found.status >= 500 || found.retryAfter !== null
  return { icon: 'info-circle', title: found.title, text, action: isTransient ? 'retry' : '', reference: true }
}

function busyServer(_found, t) {
  return { icon: 'service', title: t.server, text: t.serverText, action: 'retry', reference: true }
}

function signedOut(found, t) {
  return { icon: 'user-circle', title: found.title, text: t.signedOut, action: 'sign_in', label: t.signIn }
}

function prove(_found, t) {
  return { icon: 'user-safety', title: t.prove1, text: t.proveText, action: 'retry', label: t.prove }
}

function again(found, t) {
  return fill(t.again, { when: whenIn(found.retryAfter || 0) })
}

/** A short wait is waited for here; after a long one the citizen comes back. */
function later(found, t) {
  const isShort = (found.retryAfter || 0) <= LONGEST_COUNTDOWN
  return isShort ? { action: 'retry' } : { action: 'home', label: t.home }
}

/** Sentences stand apart in English, not in Chinese. */
const separator = (t) => (t === strings.en ? ' ' : '')

module.exports = { explain }
