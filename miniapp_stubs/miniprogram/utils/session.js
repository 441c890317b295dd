// Being signed in: by WeChat's login code, kept up with refresh tokens, without a question to the citizen.
//
// A refresh token works once. It is therefore read from storage before each use (another window may have used it), what
// it brought is stored before it is used, and an answer that was lost is asked for again with the same token at once,
// which the server allows for half a minute.

const { exchange, unanswered } = require('./http')
const i18n = require('./i18n')
const problem = require('./problem')
const random = require('./random')
const storage = require('./storage')

const KEY = 'session'
const SPARE_MS = 30000
const STALE = new Set(['identity.token_expired', 'identity.token_invalid', 'identity.account_not_found'])
const LOST_ANSWER_PAUSES_MS = [300, 1500]

/** @type {{access_token: string, refresh_token: string, expires_at: number, assurance: number}|null} */
let record = null
let renewing = null
const listeners = new Set()

/** Calls `listener(assurance, isProof)` (null when signed out) at each change, until the returned function is called. */
function onChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A token that is good for a while. Signs in when nobody is. @throws {Problem} */
async function accessToken() {
  if (isFresh(record)) return record.access_token
  return (await renewed(null)).access_token
}

/** After the server refused `stale`: another token. Callers that come together wait for one renewal. */
function renewed(stale) {
  if (!renewing) {
    renewing = renew(stale).finally(() => {
      renewing = null
    })
  }
  return renewing
}

async function renew(stale) {
  const kept = await storage.getSecret(KEY)
  if (isFresh(kept) && kept.access_token !== stale) return adopt(kept)
  if (kept && kept.refresh_token) {
    try {
      return await stored(await refresh(kept.refresh_token))
    } catch (found) {
      if (found.code !== 'identity.refresh_refused') throw found
    }
  }
  return enter()
}

async function refresh(refreshToken) {
  const body = { refresh_token: refreshToken, device_id: await deviceId() }
  for (const pause of LOST_ANSWER_PAUSES_MS) {
    try {
      return await exchange('POST', '/api/v1/sessions/refresh', { body })
    } catch (found) {
      if (!found.isUnanswered || found.code === 'client.offline') throw found
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return exchange('POST', '/api/v1/sessions/refresh', { body })
}

/** Signs in unless the citizen signed out on purpose. */
async function enter() {
  if (storage.get('signed_out', false)) throw problem.onTheWay('signed_out', i18n.language())
  const body = { code: await loginCode(), device_id: await deviceId(), device_name: deviceName() }
  return stored(await exchange('POST', '/api/v1/sessions', { body }))
}

/** The citizen wants to be signed in. @throws {Problem} */
async function signIn() {
  storage.remove('signed_out')
  await renewed(null)
}

/** Signs in anew, though somebody is: all that whoever has confirmed nothing yet can prove. @throws {Problem} */
async function signInAgain() {
  record = null
  storage.remove(KEY)
  await renewed(null)
}

/** Ends the session here and on the server, and stays signed out until `signIn`. @throws {Problem} when it is not told */
async function signOut() {
  const token = await accessToken()
  try {
    await exchange('DELETE', '/api/v1/sessions/current', { headers: { Authorization: `Bearer ${token}` } })
  } catch (found) {
    if (found.status !== 401) throw found
  }
  forget()
  storage.forgetSecrets(['device_id'])
  storage.set('signed_out', true)
}

/** The session has ended: forget its tokens. */
function forget() {
  record = null
  storage.remove(KEY)
  listeners.forEach((listener) => listener(null, false))
}

/** Takes what a proof answered with: a token of the new level. */
async function raise({ access_token, expires_in, assurance }) {
  await stored({ ...record, access_token, expires_in, assurance }, true)
}

async function stored({ access_token, refresh_token, expires_in, assurance }, isProof = false) {
  const fresh = {
    access_token,
    refresh_token,
    assurance,
    expires_at: Date.now() + expires_in * 1000,
    since: Date.now(),
  }
  await storage.setSecret(KEY, fresh)
  return adopt(fresh, isProof)
}

function adopt(fresh, isProof = false) {
  record = fresh
  listeners.forEach((listener) => listener(fresh.assurance, isProof))
  return fresh
}

/** Whether another token may help. @param {Problem} found */
const isStale = ({ code }) => STALE.has(code)

const isFresh = (kept) => Boolean(kept && kept.access_token && kept.expires_at - Date.now() > SPARE_MS)

function loginCode() {
  return new Promise((resolve, reject) => {
    const failed = ({ errMsg }) => unanswered(errMsg).then(reject)
    wx.login({ success: (answer) => (answer.code ? resolve(answer.code) : failed(answer)), fail: failed })
  })
}

/** Random, made once per installation; the session is bound to it. */
async function deviceId() {
  const kept = await storage.getSecret('device_id')
  if (kept) return kept
  const made = await random.secret()
  await storage.setSecret('device_id', made)
  return made
}

function deviceName() {
  const { brand = '', model = '' } = wx.getDeviceInfo()
  return [...new Set([brand, model])].join(' ').trim().slice(0, 60)
}

module.exports = {
  accessToken,
  renewed,
  signIn,
  signInAgain,
  signOut,
  forget,
  raise,
  onChange,
  isStale,
  isSignedOut: () => storage.get('signed_out', false) === true,
  /** Milliseconds since the token was given out; what was proved on another phone since then it does not know. */
  tokenAge: () => (record ? Date.now() - (record.since || 0) : 0),
  /** The level that is known, 0 to 3; 0 before anybody asked. */
  assurance: () => (record ? record.assurance : 0),
}
