// Idempotency keys that outlive retries: whoever sends the same thing again, after a lost answer, a proof of identity or a
// restart, sends it with the same key, and it happens once.

const acting = require('./acting')
const random = require('./random')
const storage = require('./storage')

const KEPT_MS = 24 * 3600 * 1000

/** The key of this request: the same until it is settled or its body changes. @param {string} what such as `book` */
function keyFor(what, body) {
  const purpose = forWhom(what)
  const kept = unsettled()
  const digest = digestOf(JSON.stringify(body))
  if (kept[purpose] && kept[purpose].digest === digest) return kept[purpose].key
  kept[purpose] = { key: random.unique(), digest, at: Date.now() }
  storage.set('request_keys', kept)
  return kept[purpose].key
}

/** It was answered for good: the next request is a new one. */
function settle(purpose) {
  const kept = unsettled()
  delete kept[forWhom(purpose)]
  storage.set('request_keys', kept)
}

/**
 * Sends with a key of its own and settles it with the answer. Answers that say nothing about the request itself (no
 * network, a proof or consent that is missing, too many requests, trouble at the department) leave it unsettled.
 * @param {(key: string) => Promise<any>} send
 */
async function once(purpose, body, send) {
  try {
    const answer = await send(keyFor(purpose, body))
    settle(purpose)
    return answer
  } catch (found) {
    if (isFinal(found)) settle(purpose)
    throw found
  }
}

/** Whether such an answer says something about the request itself, so that asking the same again is of no use. */
function isFinal({ status, code }) {
  if (code === 'identity.consent_needed' || code === 'identity.personal_data_missing') return false
  return status >= 400 && status < 500 && status !== 401 && status !== 429
}

/** The same thing asked for somebody else is another request. */
function forWhom(purpose) {
  const choice = acting.now()
  return choice ? `${purpose} ${choice.grant_id}` : purpose
}

function unsettled() {
  const kept = storage.get('request_keys', {})
  const since = Date.now() - KEPT_MS
  for (const purpose of Object.keys(kept)) if (kept[purpose].at < since) delete kept[purpose]
  return kept
}

/** 53 bits of a text (cyrb53): enough to see that it changed, too little to read it back. */
function digestOf(text) {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}

module.exports = { keyFor, settle, once, isFinal }
