// What went wrong, as one kind of object: the server's RFC 9457 problems, and what a phone meets on the way there.

const WAY = {
  'client.offline': { zh: '网络未连接', en: 'You are offline' },
  'client.unreachable': { zh: '暂时连接不上服务', en: 'The city cannot be reached for the moment' },
  'client.timeout': { zh: '网络有些慢，这次没有收到回复', en: 'The network is slow; no answer came this time' },
  'client.unreadable': { zh: '收到的回复无法识别', en: 'The answer could not be understood' },
  'client.signed_out': { zh: '您已退出登录', en: 'You have signed out' },
}

const KNOWN = new Set(['type', 'title', 'status', 'code', 'request_id', 'errors'])

/**
 * Decide by `code`; show `title`. `facts` are the other members of the server's answer, as docs/errors.md lists them.
 * @property {string} code such as `card.quota_citizen`, or `client.offline` and the like
 * @property {string} title in the language that was asked for
 * @property {number} status 0 when no answer came
 * @property {number|null} retryAfter seconds, from Retry-After
 * @property {{pointer: string, rule: string, detail: string}[]} errors findings of a refused input
 */
class Problem extends Error {
  constructor({ code, title, status = 0, retryAfter = null, requestId = '', errors = [], facts = {} }) {
    super(code)
    Object.assign(this, { name: 'Problem', code, title, status, retryAfter, requestId, errors, facts })
  }

  /** No answer came: nobody knows whether the request arrived. */
  get isUnanswered() {
    return this.status === 0 && this.code !== 'client.signed_out'
  }
}

/** @param {'offline'|'unreachable'|'timeout'|'unreadable'|'signed_out'} kind */
function onTheWay(kind, language) {
  const code = `client.${kind}`
  return new Problem({ code, title: WAY[code][language] })
}

/** @param {{status: number, headers: object, data: unknown}} answer */
function answered(answer, language) {
  const body = answer.data
  if (!body || typeof body !== 'object' || typeof body.code !== 'string') {
    return Object.assign(onTheWay('unreadable', language), { status: answer.status })
  }
  const facts = {}
  for (const name of Object.keys(body)) if (!KNOWN.has(name)) facts[name] = body[name]
  return new Problem({
    code: body.code,
    title: String(body.title || ''),
    status: answer.status,
    retryAfter: seconds(answer.headers['retry-after']),
    requestId: String(body.request_id || ''),
    errors: Array.isArray(body.errors) ? body.errors : [],
    facts,
  })
}

function seconds(written) {
  return /^\d+$/.test(String(written)) ? Number(written) : null
}

module.exports = { Problem, answered, onTheWay }
