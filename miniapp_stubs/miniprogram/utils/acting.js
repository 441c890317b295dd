// Acting for somebody else 代办: for whom, and with which token. The citizen's own token stays beside it, and is sent
// with everything that is the citizen's own: who they are, their sessions, their family.
//
// A token for acting is not refreshed: another one is asked for with the citizen's own. Whoever is acted for is kept
// through a restart of the app, in encrypted storage, until the citizen goes back to themself.

const { exchange } = require('./http')
const session = require('./session')
const storage = require('./storage')

const KEY = 'acting'
const SPARE_MS = 30000
/** Requests that are made for whoever is acted for. */
const FOR_OTHERS = [/^\/api\/v1\/cards\/[^/]+\/(operations|resources)/, /^\/api\/v1\/bookings/, /^\/api\/v1\/consents/]
/** Permissions that are no more: one goes on as oneself. */
const ENDED = new Set(['identity.acting.ended', 'identity.acting.grant_not_found'])

/** @type {{grant_id: string, capacity: string, name: string|null, access_token: string, expires_at: number}|null} */
let record = null
let isRead = false
let asking = null
const listeners = new Set()

/** Calls `listener(choice)` (null: as oneself) at each change, until the returned function is called. */
function onChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** For whom: `{grant_id, capacity, name}`; null for oneself. */
async function current() {
  if (!isRead) {
    record = await storage.getSecret(KEY)
    isRead = true
  }
  return record
}

/** The token for a request, when it is made for somebody else; null otherwise. @throws {Problem} */
async function tokenFor(path) {
  if (!FOR_OTHERS.some((pattern) => pattern.test(path))) return null
  const kept = await current()
  if (!kept) return null
  if (kept.access_token && kept.expires_at - Date.now() > SPARE_MS) return kept.access_token
  return (await renewed()).access_token
}

/** Another token for the same. Callers that come together wait for one. @throws {Problem} */
function renewed() {
  if (!asking) {
    asking = start(record.grant_id).finally(() => {
      asking = null
    })
  }
  return asking
}

/** From now on for this one. @param {string} grantId one of GET /api/v1/acting @throws {Problem} */
async function start(grantId) {
  const body = { grant_id: grantId }
  try {
    const given = await asOneself((token) => exchange('POST', '/api/v1/acting', { body, headers: bearer(token) }))
    return await stored({
      ...given.acting_for,
      access_token: given.access_token,
      expires_at: Date.now() + given.expires_in * 1000,
    })
  } catch (found) {
    if (ENDED.has(found.code)) stop()
    throw found
  }
}

/** With the citizen's own token, another one if that has run out. */
async function asOneself(run) {
  const token = await session.accessToken()
  try {
    return await run(token)
  } catch (found) {
    if (!session.isStale(found)) throw found
    return run((await session.renewed(token)).access_token)
  }
}

async function stored(fresh) {
  await storage.setSecret(KEY, fresh)
  const isOther = !record || record.grant_id !== fresh.grant_id
  record = fresh
  isRead = true
  if (isOther) changed()
  return fresh
}

/** As oneself again. */
function stop() {
  if (isRead && !record) return
  record = null
  isRead = true
  storage.remove(KEY)
  changed()
}

/** Whatever was under way was for somebody else: it is not finished in the name of the next one. */
function changed() {
  storage.remove('booking_draft')
  storage.set('request_keys', {})
  listeners.forEach((listener) => listener(record))
}

/** The server refuses the token for acting. @returns {boolean} whether another one may help */
function refused(found) {
  if (ENDED.has(found.code)) stop()
  return Boolean(record) && session.isStale(found)
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` })

/** A proof of the citizen's counts in the next token; whoever signs out acts for nobody. */
session.onChange((assurance, isProof) => {
  if (assurance === null) stop()
  else if (isProof && record) record = { ...record, expires_at: 0 }
})

module.exports = { current, tokenFor, renewed, start, stop, refused, onChange }
