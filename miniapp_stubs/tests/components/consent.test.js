// Consent 授信: what is agreed to is said in full before, and given once.

const { newPhone, settled } = require('../support/phone')
const { shown, words, tap } = require('../support/screen')
const { Problem } = require('../../miniprogram/utils/problem')

let phone

beforeEach(() => {
  phone = newPhone()
})

const CARD = {
  id: 'xx.test',
  name: { zh: '测试服务', en: 'A test' },
  department: { id: 'xx.dept', name: { zh: '某某局', en: 'The bureau' } },
  consent: {
    department: 'xx.dept',
    fields: ['id_number', 'phone'],
    purpose: { zh: '办理“测试服务”', en: 'For the service “A test”' },
  },
}
const consentNeeded = new Problem({
  code: 'identity.consent_needed',
  status: 403,
  title: '',
  facts: { card: 'xx.test', department: 'xx.dept', fields: ['phone'] },
})

test('consent names department, each field and what for, as the card has it, and is given once', async () => {
  const answers = [
    { status: 503, data: { code: 'store.unavailable', title: '系统暂时繁忙，请稍后再试' } },
    { status: 201, data: { id: 'c1' } },
  ]
  phone.city = ({ path }) => {
    if (path === '/api/v1/sessions')
      return { data: { access_token: 'a', refresh_token: 'r', expires_in: 900, assurance: 2 } }
    return path === '/api/v1/consents' ? answers.shift() : { data: CARD }
  }
  const sheet = await shown('components/consent-sheet/consent-sheet')
  const asked = sheet.instance.ask(consentNeeded)
  await settled()
  expect(words(sheet)).toMatch(/测试服务.*接收部门 某某局 提供的信息 身份证号码 手机号 用途 办理“测试服务”/)
  await tap(sheet, '.agree-to')
  await tap(sheet, '.agree')
  expect(words(sheet)).toContain('系统暂时繁忙，请稍后再试')
  await tap(sheet, '.agree')
  await expect(asked).resolves.toBe(true)
  const sent = phone.requests.filter(({ path }) => path === '/api/v1/consents')
  expect(sent.map(({ body }) => body)).toEqual([
    { card_id: 'xx.test', separate: ['id_number'] },
    { card_id: 'xx.test', separate: ['id_number'] },
  ])
  expect(sent[0].headers['Idempotency-Key']).toBe(sent[1].headers['Idempotency-Key'])
})

async function asked(fields) {
  phone.city = ({ path }) => {
    if (path === '/api/v1/sessions')
      return { data: { access_token: 'a', refresh_token: 'r', expires_in: 900, assurance: 2 } }
    return path === '/api/v1/consents'
      ? { status: 201, data: { id: 'c1' } }
      : { data: { ...CARD, consent: { ...CARD.consent, fields } } }
  }
  const sheet = await shown('components/consent-sheet/consent-sheet')
  sheet.instance.ask(consentNeeded)
  await settled()
  return sheet
}

const given = () => phone.requests.filter(({ path }) => path === '/api/v1/consents').map(({ body }) => body)

test('what is sensitive is ticked by itself, and nothing is ticked beforehand', async () => {
  const sheet = await asked(['name', 'id_number', 'face'])
  expect(sheet.instance.data.sensitive.map(({ field, isTicked }) => [field, isTicked])).toEqual([
    ['id_number', false],
    ['face', false],
  ])
  expect(words(sheet)).toMatch(/敏感信息，请单独勾选 我单独同意提供身份证号码 我单独同意提供人脸/)
  await tap(sheet, '.agree')
  expect(words(sheet)).toContain('请先单独勾选敏感信息')
  await tap(sheet, '.agree-to', 0)
  await tap(sheet, '.agree')
  expect(given()).toEqual([])
  await tap(sheet, '.agree-to', 1)
  await tap(sheet, '.agree-to', 1)
  await tap(sheet, '.agree')
  expect(given()).toEqual([])
  await tap(sheet, '.agree-to', 1)
  await tap(sheet, '.agree')
  expect(given()).toEqual([{ card_id: 'xx.test', separate: ['id_number', 'face'] }])
})

test('where nothing is sensitive there is nothing to tick', async () => {
  const sheet = await asked(['phone'])
  expect(words(sheet)).not.toContain('单独')
  await tap(sheet, '.agree')
  expect(given()).toEqual([{ card_id: 'xx.test', separate: [] }])
})

test('the citizen chooses how long it lasts', async () => {
  const sheet = await asked(['phone'])
  expect(words(sheet)).toMatch(/授权多久 1 天 30 天 最长期限/)
  await tap(sheet, '.choice', 0)
  await tap(sheet, '.agree')
  expect(given()).toEqual([{ card_id: 'xx.test', separate: [], days: 1 }])
})

test('who would rather not agree has not agreed', async () => {
  phone.city = () => ({ data: CARD })
  const sheet = await shown('components/consent-sheet/consent-sheet')
  const asked = sheet.instance.ask(consentNeeded)
  await settled()
  await tap(sheet, '.decline')
  await expect(asked).resolves.toBe(false)
  expect(phone.sent.filter((line) => line.startsWith('POST'))).toEqual([])
})
