// A submission that is sent again is the same submission, until it was answered.

const { newPhone } = require('../support/phone')

let phone
let keys

beforeEach(() => {
  jest.resetModules()
  phone = newPhone()
  keys = require('../../miniprogram/utils/keys')
})

const refusedWith = (status, code = 'x.y') => Object.assign(new Error(code), { status, code })

test('the key stays while the request is the same, also after a restart', () => {
  const key = keys.keyFor('withdraw', { amount: 100 })
  expect(key).toMatch(/^[\w-]{8,128}$/)
  expect(keys.keyFor('withdraw', { amount: 100 })).toBe(key)
  jest.resetModules()
  expect(require('../../miniprogram/utils/keys').keyFor('withdraw', { amount: 100 })).toBe(key)
})

test('another request, or another purpose, has another key', () => {
  const key = keys.keyFor('withdraw', { amount: 100 })
  expect(keys.keyFor('book', { amount: 100 })).not.toBe(key)
  expect(keys.keyFor('withdraw', { amount: 101 })).not.toBe(key)
})

test.each([
  [0, 'client.timeout'],
  [401, 'identity.step_up_needed'],
  [403, 'identity.consent_needed'],
  [409, 'identity.personal_data_missing'],
  [429, 'card.quota_citizen'],
  [502, 'card.upstream_invalid'],
  [503, 'card.upstream_unavailable'],
])('after %i %s the same submission is sent again', async (status, code) => {
  const sent = []
  const failing = (key) => (sent.push(key), Promise.reject(refusedWith(status, code)))
  await keys.once('withdraw', { a: 1 }, failing).catch(() => {})
  await keys.once('withdraw', { a: 1 }, failing).catch(() => {})
  expect(sent[1]).toBe(sent[0])
})

test.each([
  [404, 'card.record_not_found'],
  [409, 'booking.full'],
  [422, 'card.refused'],
])('after %i %s the next one is a new one', async (status, code) => {
  const sent = []
  const failing = (key) => (sent.push(key), Promise.reject(refusedWith(status, code)))
  await keys.once('withdraw', { a: 1 }, failing).catch(() => {})
  await keys.once('withdraw', { a: 1 }, failing).catch(() => {})
  expect(sent[1]).not.toBe(sent[0])
})

test('what was answered is settled', async () => {
  const sent = []
  await keys.once('withdraw', { a: 1 }, (key) => Promise.resolve(sent.push(key)))
  await keys.once('withdraw', { a: 1 }, (key) => Promise.resolve(sent.push(key)))
  expect(sent[1]).not.toBe(sent[0])
  expect(phone.storage.get('request_keys')).toEqual({})
})

test('what was entered cannot be read in what is kept', () => {
  keys.keyFor('withdraw', { bank_account: '6222000000000000018' })
  expect(JSON.stringify([...phone.storage])).not.toContain('6222')
})
