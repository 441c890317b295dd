// The client of the city's API: who asks is seen to unseen, and nothing is done twice or lost on the way.

const { newPhone, settled } = require('../support/phone')

const TOKENS = { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 900, assurance: 1, token_type: 'Bearer' }
const expired = { status: 401, data: { code: 'identity.token_expired', title: '登录状态已过期', status: 401 } }

let phone
let api
let session

beforeEach(() => {
  jest.resetModules()
  phone = newPhone()
  api = require('../../miniprogram/utils/api')
  session = require('../../miniprogram/utils/session')
})

/** A city that gives out tokens access-1, access-2, … and takes the last one alone. */
function cityWithTokens(answer) {
  let given = 0
  const next = () => {
    given += 1
    return { status: 201, data: { ...TOKENS, access_token: `access-${given}`, refresh_token: `refresh-${given}` } }
  }
  phone.city = async (request) => {
    if (request.path.startsWith('/api/v1/sessions')) return next()
    if (request.headers.Authorization !== `Bearer access-${given}`) return expired
    return answer(request)
  }
  return { expire: () => (given += 1) }
}

test('signs in once for requests that come together, and sends the token with each', async () => {
  cityWithTokens(() => ({ data: { ok: true } }))
  await Promise.all([api.get('/api/v1/me'), api.get('/api/v1/bookings'), api.post('/api/v1/consents', {})])
  expect(phone.sent.filter((line) => line === 'POST /api/v1/sessions')).toHaveLength(1)
  expect(phone.requests[0].body).toMatchObject({ code: 'login-code', device_id: expect.stringMatching(/^[\w-]{16,128}$/), device_name: 'Phone 1' })
})

test('what anybody may ask needs no signing in', async () => {
  phone.city = () => ({ data: { items: [] } })
  await api.get('/api/v1/cards', { open: true, query: { q: '公积金', theme: '', after: null } })
  expect(phone.sent).toEqual(['GET /api/v1/cards'])
  expect(phone.requests[0].query).toEqual({ q: '公积金' })
  expect(phone.requests[0].headers.Authorization).toBeUndefined()
})

test('texts come in the citizen’s language', async () => {
  phone.city = () => ({ data: {} })
  await api.get('/api/v1/city', { open: true })
  require('../../miniprogram/utils/store').setLanguage('en')
  await api.get('/api/v1/city', { open: true })
  expect(phone.requests.map(({ headers }) => headers['accept-language'])).toEqual(['zh', 'en'])
})

test('a token that has run out is renewed by one refresh, whoever meets it, and each request is repeated', async () => {
  const city = cityWithTokens(() => ({ data: { ok: true } }))
  await api.get('/api/v1/me')
  city.expire()
  const answers = await Promise.all([api.get('/api/v1/me'), api.get('/api/v1/bookings'), api.get('/api/v1/consents')])
  expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }])
  expect(phone.sent.filter((line) => line === 'POST /api/v1/sessions/refresh')).toHaveLength(1)
})

test('an answer of a refresh that was lost is asked for again with the same token', async () => {
  cityWithTokens(() => ({ data: { ok: true } }))
  await api.get('/api/v1/me')
  phone.requests.length = 0
  let lost = 0
  phone.city = ({ path, body, headers }) => {
    if (path === '/api/v1/sessions/refresh') {
      lost += 1
      return lost === 1 ? 'interrupted' : { data: { ...TOKENS, access_token: 'access-9', refresh_token: 'refresh-9', of: body } }
    }
    return headers.Authorization === 'Bearer access-9' ? { data: { ok: true } } : expired
  }
  await expect(api.get('/api/v1/me')).resolves.toEqual({ ok: true })
  const refreshes = phone.requests.filter(({ path }) => path === '/api/v1/sessions/refresh')
  expect(refreshes.map(({ body }) => body.refresh_token)).toEqual(['refresh-1', 'refresh-1'])
  expect(phone.storage.get('session').refresh_token).toBe('refresh-9')
})

test('a session that has ended is signed in anew', async () => {
  cityWithTokens(() => ({ data: {} }))
  await api.get('/api/v1/me')
  phone.city = ({ path, headers }) => {
    if (path === '/api/v1/sessions/refresh') return { status: 401, data: { code: 'identity.refresh_refused', title: '' } }
    if (path === '/api/v1/sessions') return { data: { ...TOKENS, access_token: 'access-new' } }
    return headers.Authorization === 'Bearer access-new' ? { data: { fresh: true } } : expired
  }
  await expect(api.get('/api/v1/me')).resolves.toEqual({ fresh: true })
})

test('a token that another window renewed meanwhile is taken from storage', async () => {
  cityWithTokens(() => ({ data: {} }))
  await api.get('/api/v1/me')
  phone.storage.set('session', { ...TOKENS, access_token: 'access-of-the-other', expires_at: Date.now() + 600000 })
  phone.city = ({ headers }) => (headers.Authorization === 'Bearer access-of-the-other' ? { data: { ok: true } } : expired)
  await expect(api.get('/api/v1/me')).resolves.toEqual({ ok: true })
  expect(phone.sent).not.toContain('POST /api/v1/sessions/refresh')
})

test('whoever signed out stays signed out until they want to be signed in', async () => {
  cityWithTokens(() => ({ status: 204, data: '' }))
  await api.get('/api/v1/me').catch(() => {})
  await session.signOut()
  await expect(api.get('/api/v1/me')).rejects.toMatchObject({ code: 'client.signed_out' })
  expect(phone.storage.has('session')).toBe(false)
  await session.signIn()
  expect(session.isSignedOut()).toBe(false)
  expect(session.assurance()).toBe(1)
})

test('a proof brings a token of the new level, and the refresh token stays', async () => {
  cityWithTokens(() => ({ data: {} }))
  await api.get('/api/v1/me')
  const changes = []
  session.onChange((assurance, isProof) => changes.push([assurance, isProof]))
  await session.raise({ access_token: 'access-raised', expires_in: 900, assurance: 2 })
  expect(changes).toEqual([[2, true]])
  expect(phone.storage.get('session')).toMatchObject({ access_token: 'access-raised', refresh_token: 'refresh-1' })
})

test('a problem tells code, title, facts and when to try again', async () => {
  phone.city = () => ({
    status: 429,
    headers: { 'Retry-After': '30' },
    data: { type: '/x', code: 'card.quota_citizen', title: '已达上限', status: 429, request_id: 'r1', limit: 2, period: 'day' },
  })
  const found = await api.get('/api/v1/cards', { open: true }).catch((problem) => problem)
  expect(found).toMatchObject({
    code: 'card.quota_citizen',
    title: '已达上限',
    status: 429,
    retryAfter: 30,
    requestId: 'r1',
    facts: { limit: 2, period: 'day' },
  })
})

test.each([
  ['timeout', true, 'client.timeout'],
  ['interrupted', true, 'client.unreachable'],
  ['interrupted', false, 'client.offline'],
])('no answer (%s, connected %s) is %s', async (how, isConnected, code) => {
  require('../../miniprogram/utils/network').watch()
  phone.connect(isConnected)
  phone.city = () => how
  await expect(api.get('/api/v1/city', { open: true })).rejects.toMatchObject({ code, status: 0, isUnanswered: true })
})

test('a page of a proxy instead of an answer is a problem, not content', async () => {
  phone.city = () => ({ status: 502, data: '<html>Bad gateway</html>' })
  await expect(api.get('/api/v1/city', { open: true })).rejects.toMatchObject({ code: 'client.unreadable', status: 502 })
  phone.city = () => ({ status: 200, data: '<html>Sign in to this WLAN</html>' })
  await expect(api.get('/api/v1/city', { open: true })).rejects.toMatchObject({ code: 'client.unreadable' })
})

test('no connection: what may be repeated is, once; what may not is not', async () => {
  phone.city = () => 'interrupted'
  await api.get('/api/v1/city', { open: true }).catch(() => {})
  await api.post('/x', {}, { open: true, key: 'k'.repeat(16) }).catch(() => {})
  await api.post('/y', {}, { open: true }).catch(() => {})
  expect(phone.sent).toEqual(['GET /api/v1/city', 'GET /api/v1/city', 'POST /x', 'POST /x', 'POST /y'])
  expect(phone.requests[2].headers['Idempotency-Key']).toBe(phone.requests[3].headers['Idempotency-Key'])
})

test('nothing of a token, a code or a request is written anywhere but to the phone’s encrypted storage', async () => {
  const written = ['log', 'info', 'warn', 'error', 'debug'].map((level) => jest.spyOn(console, level))
  const plain = jest.spyOn(global.wx, 'setStorageSync')
  const city = cityWithTokens(() => ({ data: {} }))
  await api.get('/api/v1/me')
  city.expire()
  await api.get('/api/v1/me')
  phone.city = () => 'interrupted'
  await api.get('/api/v1/me').catch(() => {})
  await settled()
  for (const spy of written) expect(spy).not.toHaveBeenCalled()
  expect(JSON.stringify(plain.mock.calls)).not.toMatch(/access-|refresh-|login-code/)
})
