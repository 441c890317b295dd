// Using a card: form, what is missing, the department's answer, and what happens when there is none.

const { newPhone } = require('../support/phone')
const { opened, words, tap, happen } = require('../support/screen')

const TOKENS = { access_token: 'a', refresh_token: 'r', expires_in: 900, assurance: 2 }
const NOTICE = { block: 'notice', tone: 'success', text: '办好了' }
const ACTION = { block: 'action', title: '下一步', operation: 'next' }
const INPUT = { type: 'object', additionalProperties: false, required: ['amount'], properties: { amount: { type: 'number', minimum: 1, maximum: 9, 'x-label': { zh: '金额', en: 'Amount' } } } }

let phone
let answers
let number = 0
let cardId

beforeEach(() => {
  phone = newPhone()
  answers = []
  number += 1
  cardId = `gy.u${number}`
  phone.city = ({ path }) => {
    if (path.startsWith('/api/v1/sessions')) return { data: TOKENS }
    if (path === `/api/v1/cards/${cardId}`) return { data: CARD }
    return answers.shift()
  }
})

const operation = (name, safe, input) => ({ name, title: { zh: `事项 ${name}`, en: name }, safe, assurance: 2, max_age: null, consent: [], input })
const CARD = {
  name: { zh: '测试服务', en: 'Test' },
  department: { id: 'd', name: { zh: '某局', en: 'Bureau' } },
  operations: [operation('look', true, null), operation('query', true, INPUT), operation('send', false, INPUT), operation('act', false, null)],
}
const answered = (view = [NOTICE], earlier = false) => ({ data: { card_id: cardId, version: '1.0.0', operation: 'x', view, fetched_at: '2026-11-24T08:30:00+08:00', earlier } })
const refused = (status, code, more = {}) => ({ status, data: { code, title: '出了点状况', ...more }, headers: more.headers })
const use = (name) => opened('pages/card/use', { card_id: cardId, operation: name })
const posted = () => phone.requests.filter(({ path }) => path.includes('/operations/'))

async function enter(page, value) {
  page.instance.onChange({ detail: { values: { amount: value } } })
  await page.instance.onSubmit({ detail: { input: { amount: Number(value) } } })
}

test('a query without input is asked at once, and shown with when and by whom', async () => {
  answers = [answered()]
  const page = await use('look')
  expect(phone.title).toBe('事项 look')
  expect(words(page)).toMatch(/办好了 某局 · .*08:30 重新查询/)
  expect(posted()[0]).toMatchObject({ body: { input: {} } })
  expect(posted()[0].headers['Idempotency-Key']).toBeUndefined()
})

test('an earlier answer is said to be one', async () => {
  answers = [answered([NOTICE], true)]
  expect(words(await use('look'))).toMatch(/这是.*08:30的查询结果，没有重复占用您的使用次数。/)
})

test('a form first, then the answer, then the form again with what was entered', async () => {
  answers = [answered()]
  const page = await use('query')
  expect(page.instance.data.stage).toBe('form')
  await enter(page, '5')
  expect(words(page)).toContain('办好了')
  await tap(page, '.once-more')
  expect(page.instance.data).toMatchObject({ stage: 'form', values: { amount: '5' } })
})

test('findings of the server are shown in the form', async () => {
  const errors = [{ pointer: '/amount', rule: 'maximum', detail: 'x' }]
  answers = [refused(422, 'card.input_invalid', { errors })]
  const page = await use('query')
  await enter(page, '5')
  expect(page.instance.data).toMatchObject({ stage: 'form', errors })
})

test('a submission that got no answer is sent again as the same one', async () => {
  answers = ['timeout', refused(503, 'card.upstream_unavailable'), answered()]
  const page = await use('send')
  await enter(page, '5')
  expect(words(page)).toContain('请再试一次。重复提交不会重复办理。')
  await page.instance.onRetry()
  expect(words(page)).toContain('部门系统暂时没有回应')
  await page.instance.onRetry()
  expect(words(page)).toContain('办好了')
  const keys = posted().map(({ headers }) => headers['Idempotency-Key'])
  expect(new Set(keys).size).toBe(1)
  expect(keys).toHaveLength(3)
})

test('what the department refused is read in its words, and changed in the form', async () => {
  answers = [refused(422, 'card.refused', { message: '余额不足' }), answered()]
  const page = await use('send')
  await enter(page, '5')
  expect(words(page)).toMatch(/部门未受理这次申请 余额不足 返回修改/)
  page.instance.onEdit()
  await enter(page, '4')
  expect(words(page)).toContain('办好了')
  const [first, second] = posted().map(({ headers }) => headers['Idempotency-Key'])
  expect(first).not.toBe(second)
})

test('a submission without input is confirmed first', async () => {
  answers = [answered()]
  const page = await use('act')
  expect(words(page)).toMatch(/事项 act 确认后将提交给某局/)
  expect(posted()).toEqual([])
  await page.instance.onConfirm()
  expect(words(page)).toContain('办好了')
})

test('a proof that is missing is asked for where one is, and the request repeated', async () => {
  answers = [refused(401, 'identity.step_up_needed', { acr_values: '3', max_age: 600 }), answered()]
  const page = await use('send')
  const sheet = page.instance.selectComponent('#step-up')
  const ask = jest.spyOn(sheet, 'ask').mockResolvedValue(true)
  await enter(page, '5')
  expect(ask.mock.calls[0][0].facts).toEqual({ acr_values: '3', max_age: 600 })
  expect(words(page)).toContain('办好了')
})

test('who does not want to prove more is told what for, and finds the form as it was', async () => {
  answers = [refused(403, 'identity.consent_needed', { card: cardId, department: 'd', fields: ['phone'] })]
  const page = await use('send')
  jest.spyOn(page.instance.selectComponent('#consent'), 'ask').mockResolvedValue(false)
  await enter(page, '5')
  expect(words(page)).toMatch(/需要您的授权.*查看授权内容/)
  expect(page.instance.data.values).toEqual({ amount: '5' })
})

test('after a restart on the way to a proof, the page goes on where it was', async () => {
  const first = await use('send')
  await happen(first, '.form', 'change', { values: { amount: '7' } })
  first.instance.input = { amount: 7 }
  await require('../../miniprogram/utils/stepup').remember(first.instance)
  answers = [answered()]
  const page = await use('send')
  expect(posted().at(-1).body).toEqual({ input: { amount: 7 } })
  expect(words(page)).toContain('办好了')
})

test('an action leads to the next operation; back to the page before it goes back', async () => {
  answers = [answered([ACTION]), answered([{ ...ACTION, operation: 'look' }])]
  const first = await use('look')
  phone.pages = [first.instance]
  first.instance.onOperation({ detail: { operation: 'query' } })
  const second = await use('query')
  phone.pages = [first.instance, second.instance]
  second.instance.onOperation({ detail: { operation: 'look' } })
  phone.pages = Array(9).fill({})
  second.instance.onOperation({ detail: { operation: 'look' } })
  expect(phone.went).toEqual([`to /pages/card/use?card_id=${cardId}&operation=query`, 'back', `instead /pages/card/use?card_id=${cardId}&operation=look`])
})

test('figures that a submission made old are fetched anew when one comes back to them', async () => {
  answers = [answered([{ ...NOTICE, text: '余额 9' }])]
  const figures = await use('look')
  answers = [answered()]
  await enter(await use('send'), '5')
  answers = [answered([{ ...NOTICE, text: '余额 4' }])]
  await figures.instance.onShow()
  expect(words(figures)).toContain('余额 4')
})

test('an operation that the card has no more asks to look at the card again', async () => {
  expect(words(await use('gone'))).toMatch(/这项服务有更新.*刷新/)
})

test('the citizen’s own data for a form comes after a fresh proof, or not', async () => {
  answers = [{ data: { name: '林悦', id_number: null, phone: null } }, refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: 300 })]
  const page = await use('query')
  jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(false)
  await page.instance.onIdentity({ detail: { fields: ['name'] } })
  expect(page.instance.data.identity.name).toBe('林悦')
  await page.instance.onIdentity({ detail: { fields: ['name'] } })
  expect(phone.toasts).toEqual(['出了点状况'])
})
