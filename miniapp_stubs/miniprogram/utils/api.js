// The city's API, for pages. docs/errors.md lists the codes of the problems it throws.

const acting = require('./acting')
const { exchange } = require('./http')
const session = require('./session')

const SECOND_TRY_MS = 400

/**
 * @typedef {object} Options
 * @property {object} [query] members that are null or '' are left out
 * @property {object} [body]
 * @property {string} [key] Idempotency-Key; see utils/keys.js for one that outlives retries
 * @property {boolean} [safe] it only reads, though it is a POST
 * @property {boolean} [open] what anybody may ask: nobody is signed in for it
 * @property {boolean} [own] as oneself, also while acting for somebody else
 * @property {number} [timeout] milliseconds, 15000 when left out
 * @property {boolean} [text] the answer is a text, not JSON
 */

/**
 * Asks the city, as the citizen, or as whom they act for now (utils/acting.js). A token that has run out is renewed and the request repeated, unseen. What may be asked
 * twice (GET, `safe`, or with an Idempotency-Key) is asked a second time when no connection came about.
 * @param {string} method
 * @param {string} path such as /api/v1/me
 * @param {Options} [options]
 * @returns {Promise<any>} the body
 * @throws {Problem}
 */
async function request(method, path, options = {}) {
  try {
    return await admitted(method, path, options)
  } catch (found) {
    const isRepeatable = method === 'GET' || Boolean(options.safe || options.key)
    if (found.code !== 'client.unreachable' || !isRepeatable) throw found
    await new Promise((resolve) => setTimeout(resolve, SECOND_TRY_MS))
    return admitted(method, path, options)
  }
}

async function admitted(method, path, options) {
  if (options.open) return exchange(method, path, withHeaders(options, null))
  if (!options.own && acting.isFor(path)) return forSomebody(method, path, options)
  const token = await session.accessToken()
  try {
    return await exchange(method, path, withHeaders(options, token))
  } catch (found) {
    if (!session.isStale(found)) throw found
    const { access_token } = await session.renewed(token)
    return exchange(method, path, withHeaders(options, access_token))
  }
}

/** A permission that has ended is not made up for by asking in one's own name. */
async function forSomebody(method, path, options) {
  try {
    const token = await acting.accessToken()
    try {
      return await exchange(method, path, withHeaders(options, token))
    } catch (found) {
      if (!session.isStale(found)) throw found
      return await exchange(method, path, withHeaders(options, await acting.accessToken(token)))
    }
  } catch (found) {
    acting.ended(found)
    throw found
  }
}

function withHeaders(options, token) {
  const headers = {}
  if (token) headers.Authorization = `Bearer ${token}`
  if (options.key) headers['Idempotency-Key'] = options.key
  return { ...options, headers }
}

module.exports = {
  request,
  /** @type {(path: string, options?: Options) => Promise<any>} */
  get: (path, options) => request('GET', path, options),
  /** @type {(path: string, body: object, options?: Options) => Promise<any>} */
  post: (path, body, options) => request('POST', path, { ...options, body }),
  /** @type {(path: string, options?: Options) => Promise<any>} */
  remove: (path, options) => request('DELETE', path, options),
}
