// Acting for somebody else 代办: for whom the citizen acts now, and the access token that says so (docs/acting.md).
//
// The token is not refreshed: another one is asked for with the citizen's own, when it runs out and whenever that one
// changes. It is in memory alone; what stays on the phone is the permission's id and what the banner says. Changing for
// whom one acts begins the app anew, so that no page shows one person's matters in the name of another.

const { exchange } = require('./http')
const { words } = require('./i18n')
const session = require('./session')
const storage = require('./storage')
const strings = require('./acting.strings')

const KEY = 'acting'
const ENDED_KEY = 'acting_ended'
const SPARE_MS = 30000
const HOME = '/pages/home/home'
/** What is always done as oneself: proofs, family, enterprises, and choosing for whom one acts. */
const OWN = /^\/api\/v1\/(acting|family|enterprises|identity)(\/|$)/
/** After these nobody acts under the permission any more. */
const OVER = new Set(['identity.acting.ended', 'identity.acting.grant_not_found'])
const FOR_ENTERPRISES = new Set(['legal_representative', 'agent'])

/**
 * @typedef {object} Choice
 * @property {string} grant_id
 * @property {'guardian'|'helper'|'legal_representative'|'agent'} capacity
 * @property {string|null} name a person's is masked
 * @property {boolean} may_consent
 */

let token = null
let asking = null

/** For whom, null for oneself. @returns {Choice|null} */
const now = () => storage.get(KEY, null)

/** What the pages say of it: `{name, capacity, isEnterprise}`, null for oneself. */
function shown(choice = now()) {
  if (!choice) return null
  const t = words(strings)
  const isEnterprise = FOR_ENTERPRISES.has(choice.capacity)
  return { name: choice.name || t.unnamed, capacity: t.capacities[choice.capacity], isEnterprise }
}

/** Of whose cards the catalogue is now; "" for all of them. */
function audience() {
  const choice = now()
  if (!choice) return ''
  return FOR_ENTERPRISES.has(choice.capacity) ? 'enterprise' : 'personal'
}

/** Whether requests to this address are made for somebody else. */
const isFor = (path) => Boolean(now()) && !OWN.test(path)

/** The token for acting. @param {string} [stale] one that the server has refused @throws {Problem} */
async function accessToken(stale) {
  if (token && token.text !== stale && token.expires_at - Date.now() > SPARE_MS) return token.text
  if (!asking) {
    asking = asked(now().grant_id).finally(() => {
      asking = null
    })
  }
  return (await asking).text
}

async function asked(grantId) {
  const given = await asOneself((own) =>
    exchange('POST', '/api/v1/acting', { body: { grant_id: grantId }, headers: { Authorization: `Bearer ${own}` } }),
  )
  token = { text: given.access_token, expires_at: Date.now() + given.expires_in * 1000 }
  const { grant_id, capacity, name, may_consent } = given.acting_for
  storage.set(KEY, { grant_id, capacity, name, may_consent })
  return token
}

/** With the citizen's own token, and another one if that is refused. */
async function asOneself(run) {
  const own = await session.accessToken()
  try {
    return await run(own)
  } catch (found) {
    if (!session.isStale(found)) throw found
    return run((await session.renewed(own)).access_token)
  }
}

/** From now on for this one; the app begins anew. @param {string} grantId @throws {Problem} */
async function start(grantId) {
  leave()
  await asked(grantId)
  wx.reLaunch({ url: HOME })
}

/** As oneself again; the app begins anew. */
function stop() {
  leave()
  wx.reLaunch({ url: HOME })
}

/** The permission is no more: as oneself again, and the banner says so until it was read. */
function ended(found) {
  const choice = now()
  if (!choice || !OVER.has(found.code)) return false
  leave()
  storage.set(ENDED_KEY, { capacity: choice.capacity, name: choice.name })
  wx.reLaunch({ url: HOME })
  return true
}

/** What was under way was for somebody else: it is not finished in the name of the next one. */
function leave() {
  token = null
  storage.remove(KEY)
  storage.remove(ENDED_KEY)
  storage.remove('booking_draft')
  storage.remove('pending')
}

/** Whose acting has ended by itself, as `shown`; null when that was read. */
const endedBefore = () => shown(storage.get(ENDED_KEY, null))
const endRead = () => storage.remove(ENDED_KEY)

// What the citizen proves counts in the next token; whoever signs out acts for nobody.
session.onChange((assurance) => {
  token = null
  if (assurance === null && now()) leave()
})

module.exports = { now, shown, audience, isFor, accessToken, start, stop, ended, endedBefore, endRead }
