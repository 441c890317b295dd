// The booking that was asked for and whose answer is not known yet. It outlives its page: after a lost answer, a reload or
// the waiting room the same request is sent with the same key, and finds what the first one booked. What was typed of
// companions is in WeChat's encrypted storage for as long, and no longer.

const api = require('../../utils/api')
const keys = require('../../utils/keys')
const storage = require('../../utils/storage')

const KEY = 'booking_draft'
const PURPOSE = 'book'
/** As long as the server knows a request's key. */
const KEPT_MS = 24 * 3600 * 1000

/**
 * @typedef {object} Draft
 * @property {{card: string, path: string, resource: string, starts: string}} query of the page that asked
 * @property {{card_id: string, resource_id: string, starts_at: string, companions: object[], saved_companions: string[]}} body
 * @property {{title: string, people: number}} shown what the waiting room says
 */

/** Sends it, and forgets it once the answer is final. @param {Draft} draft @throws {Problem} */
async function ask(draft) {
  await storage.setSecret(KEY, { ...draft, at: Date.now() })
  try {
    const booking = await keys.once(PURPOSE, draft.body, (key) => api.post('/api/v1/bookings', draft.body, { key }))
    storage.remove(KEY)
    return booking
  } catch (found) {
    if (keys.isFinal(found)) storage.remove(KEY)
    throw found
  }
}

/** @returns {Promise<Draft|null>} what was sent and not answered for good */
async function pending() {
  const kept = await storage.getSecret(KEY)
  return kept && Date.now() - kept.at < KEPT_MS ? kept : null
}

/** The citizen would rather not. */
function forget() {
  storage.remove(KEY)
  keys.settle(PURPOSE)
}

module.exports = { ask, pending, forget }
