// One request and its answer. What was sent and who sent it is in no log.

const { server } = require('../config')
const i18n = require('./i18n')
const network = require('./network')
const problem = require('./problem')

const TIMEOUT_MS = 15000

/**
 * @param {'GET'|'POST'|'PUT'|'DELETE'} method
 * @param {string} path from the root of the server, such as /api/v1/city
 * @param {{query?: object, body?: object, headers?: object, timeout?: number, text?: boolean}} [options] members of
 *   `query` that are null or '' are left out; `text` is for answers that are no JSON
 * @returns {Promise<unknown>} the answer's body
 * @throws {Problem}
 */
async function exchange(method, path, options = {}) {
  const language = i18n.language()
  const answer = await sent(method, path, options, language)
  if (answer.status >= 400) throw problem.answered(answer, language)
  if (!options.text && answer.status !== 204 && (answer.data === null || typeof answer.data !== 'object')) {
    throw problem.onTheWay('unreadable', language)
  }
  return answer.data
}

function sent(method, path, options, language) {
  const { query, body, headers, timeout = TIMEOUT_MS, text = false } = options
  return new Promise((resolve, reject) => {
    wx.request({
      method,
      url: server() + path + search(query),
      // A string is sent as it is; an object WeChat would turn into a query for some methods.
      data: body === undefined ? undefined : JSON.stringify(body),
      header: { 'content-type': 'application/json', 'accept-language': language, ...headers },
      dataType: text ? 'text' : 'json',
      timeout,
      success: ({ statusCode, data, header }) => resolve({ status: statusCode, data, headers: lowered(header) }),
      fail: ({ errMsg }) => unanswered(errMsg).then(reject),
    })
  })
}

/** Why nothing came of a call of WeChat's. @returns {Promise<Problem>} */
async function unanswered(errMsg = '') {
  const why = (await network.ask()) ? 'unreachable' : 'offline'
  return problem.onTheWay(/time.?out/i.test(errMsg) ? 'timeout' : why, i18n.language())
}

function search(query = {}) {
  const given = Object.keys(query).filter((name) => query[name] !== null && query[name] !== undefined && query[name] !== '')
  return given.length ? `?${given.map((name) => `${name}=${encodeURIComponent(query[name])}`).join('&')}` : ''
}

function lowered(headers = {}) {
  const found = {}
  for (const name of Object.keys(headers)) found[name.toLowerCase()] = headers[name]
  return found
}

module.exports = { exchange, unanswered }
