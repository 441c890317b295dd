// How far and how long a permission goes; and the code that stands for it.

const { newPhone, settled } = require('../support/phone')
const { cityOf, standStill, CARD, text } = require('../support/park')
const { THEMES } = require('../support/family')
const { shown, words, tap } = require('../support/screen')

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  const items = [{ ...CARD, theme: 'culture', summary: text('预约') }]
  phone.city = cityOf({ 'GET /api/v1/themes': THEMES, 'GET /api/v1/cards': { data: { items, total: 1, after: null } } })
})

test('nothing is chosen before the citizen does, and a part without a tick is none', async () => {
  const form = await shown('components/limits-form/limits-form', { audience: 'personal' })
  await settled()
  const told = []
  form.instance.triggerEvent = (_name, detail) => told.push(detail)
  expect(form.instance.limits()).toBeNull()
  await tap(form, '.scope', 1)
  expect(words(form)).toContain('文化旅游')
  await tap(form, '.choice')
  await tap(form, '.scope', 2)
  await tap(form, '.choice')
  await tap(form, '.chip', 3)
  await tap(form, '.scope', 0)
  expect(told).toEqual([
    { limits: null, days: 30 },
    { limits: { mode: 'only', themes: ['culture'] }, days: 30 },
    { limits: null, days: 30 },
    { limits: { mode: 'only', cards: ['gy.parks'] }, days: 30 },
    { limits: { mode: 'only', cards: ['gy.parks'] }, days: 365 },
    { limits: { mode: 'all_but' }, days: 365 },
  ])
})

test('what can be named is asked for persons or for enterprises', async () => {
  await shown('components/limits-form/limits-form', { audience: 'enterprise' })
  await settled()
  expect(phone.requests.find(({ path }) => path === '/api/v1/cards').query.audience).toBe('enterprise')
})

test('a code counts down, and is over', async () => {
  const soon = await shown('components/code-card/code-card', {
    code: 'BACBY-9A2MM',
    expiresAt: '2026-11-24T10:10:00+08:00',
  })
  expect(words(soon)).toBe('BACBY-9A2MM 10:00 后失效')
  const over = await shown('components/code-card/code-card', {
    code: 'BACBY-9A2MM',
    expiresAt: '2026-11-24T09:59:00+08:00',
  })
  expect(words(over)).toMatch(/这个码已经失效.*重新生成/)
  expect(words(over)).not.toContain('BACBY')
})
