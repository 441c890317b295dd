// Acting for somebody: whose token is sent, when another one is asked for, and how it ends.

const { newPhone } = require('../support/phone')
const { cityOf, refused, standStill, TOKENS, NOW } = require('../support/park')
const acting = require('../../miniprogram/utils/acting')
const api = require('../../miniprogram/utils/api')
const cards = require('../../miniprogram/utils/cards')
const keys = require('../../miniprogram/utils/keys')
const session = require('../../miniprogram/utils/session')

const CHOICE = { grant_id: 'g1', capacity: 'guardian', name: '林*', may_consent: true, limits: {}, expires_at: null }
const given = (text, choice = CHOICE) => ({
  status: 201,
  data: { access_token: text, expires_in: 900, assurance: 2, acting_for: choice },
})
const ACTING = 'POST /api/v1/acting'
const BOOKINGS = 'GET /api/v1/bookings'

let phone
const bearer = () => phone.requests[phone.requests.length - 1].headers.Authorization

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.city = cityOf({ [ACTING]: given('for the child'), 'DELETE /api/v1/sessions/current': { status: 204, data: '' } })
  await session.signIn()
  phone.requests.length = 0
})

test('whoever acts sends the token for acting, and their own where it is about themself', async () => {
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer a')
  await acting.start('g1')
  expect(phone.went).toEqual(['anew /pages/home/home'])
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer for the child')
  await api.get('/api/v1/me', { own: true })
  expect(bearer()).toBe('Bearer a')
  for (const path of ['/api/v1/family/relations', '/api/v1/acting', '/api/v1/enterprises', '/api/v1/identity/claims']) {
    await api.get(path).catch(() => {})
    expect(bearer()).toBe('Bearer a')
  }
  acting.stop()
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer a')
})

test('the token is on the phone in memory alone, and asked for again after a restart', async () => {
  await acting.start('g1')
  expect(JSON.stringify([...phone.storage])).not.toContain('for the child')
  expect(acting.shown()).toEqual({ name: '林*', capacity: '监护人', isEnterprise: false })
})

test('one that runs out is asked for anew with the citizen’s own, once for all that wait for it', async () => {
  phone.city = cityOf({ [ACTING]: [given('first'), given('second')] })
  await acting.start('g1')
  jest.setSystemTime(Date.parse(NOW) + 880 * 1000)
  await Promise.all([api.get('/api/v1/bookings'), api.get('/api/v1/bookings')])
  expect(phone.sent.filter((one) => one === ACTING)).toHaveLength(2)
  expect(bearer()).toBe('Bearer second')
  jest.setSystemTime(Date.parse(NOW))
})

test('one that the server refuses is replaced, and the request sent again', async () => {
  phone.city = cityOf({
    [ACTING]: [given('first'), given('second')],
    [BOOKINGS]: [refused(401, 'identity.token_expired'), { data: { items: [], after: null } }],
  })
  await acting.start('g1')
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer second')
})

test('a proof of the citizen’s own asks for another token that knows of it', async () => {
  phone.city = cityOf({ [ACTING]: [given('first'), given('with a face')] })
  await acting.start('g1')
  await session.raise({ access_token: 'a3', expires_in: 900, assurance: 3 })
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer with a face')
})

test('a permission that has ended leads back to oneself, says so, and nothing is asked in one’s own name', async () => {
  phone.city = cityOf({ [ACTING]: given('first'), [BOOKINGS]: refused(403, 'identity.acting.ended') })
  await acting.start('g1')
  phone.went.length = 0
  await expect(api.get('/api/v1/bookings')).rejects.toMatchObject({ code: 'identity.acting.ended' })
  expect(phone.sent.filter((one) => one === BOOKINGS)).toHaveLength(1)
  expect(acting.now()).toBeNull()
  expect(acting.endedBefore().name).toBe('林*')
  expect(phone.went).toEqual(['anew /pages/home/home'])
  acting.endRead()
  expect(acting.endedBefore()).toBeNull()
})

test('what is not included, or has to be done in person, ends nothing', async () => {
  await acting.start('g1')
  for (const code of ['identity.acting.beyond_grant', 'identity.acting.person_needed', 'identity.enterprise.suspended']) {
    phone.city = cityOf({ [BOOKINGS]: refused(403, code) })
    await expect(api.get('/api/v1/bookings')).rejects.toMatchObject({ code })
    expect(acting.now().grant_id).toBe('g1')
  }
})

test('choosing somebody who may not be acted for any more leaves one as oneself', async () => {
  phone.city = cityOf({ [ACTING]: refused(404, 'identity.acting.grant_not_found') })
  await expect(acting.start('g9')).rejects.toMatchObject({ code: 'identity.acting.grant_not_found' })
  expect(acting.now()).toBeNull()
  expect(phone.went).toEqual([])
})

test('whoever signs out acts for nobody', async () => {
  await acting.start('g1')
  await session.signOut()
  expect(acting.now()).toBeNull()
  expect([...phone.storage.keys()].filter((key) => key.startsWith('acting'))).toEqual([])
})

test('a request for one is never finished in the name of another', async () => {
  const own = keys.keyFor('book', { a: 1 })
  await acting.start('g1')
  global.wx.getRandomValues = ({ length, success }) =>
    success({ randomValues: new Uint8Array(length).fill(9).buffer })
  expect(keys.keyFor('book', { a: 1 })).not.toBe(own)
  acting.stop()
  expect(keys.keyFor('book', { a: 1 })).toBe(own)
})

test('the catalogue is that of whom one acts for', async () => {
  const asked = async () => (await cards.list({ limit: 1 }), phone.requests[phone.requests.length - 1].query.audience)
  expect(await asked()).toBeUndefined()
  await acting.start('g1')
  expect(await asked()).toBe('personal')
  phone.city = cityOf({ [ACTING]: given('firm', { ...CHOICE, grant_id: 'g2', capacity: 'agent', name: '某公司' }) })
  await acting.start('g2')
  expect(await asked()).toBe('enterprise')
})

test('an own token that was refused meanwhile is renewed first', async () => {
  phone.city = cityOf({
    [ACTING]: [refused(401, 'identity.token_expired'), given('after all')],
    'POST /api/v1/sessions/refresh': { data: { ...TOKENS, access_token: 'fresh' } },
  })
  await acting.start('g1')
  await api.get('/api/v1/bookings')
  expect(bearer()).toBe('Bearer after all')
})
