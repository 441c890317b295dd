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
  consent: { department: 'xx.dept', fields: ['id_number', 'phone'], purpose: { zh: '办理“测试服务”', en: 'For the service “A test”' } },
}
const consentNeeded = new Problem({ code: 'identity.consent_needed', status: 403, title: '', facts: { card: 'xx.test', department: 'xx.dept', fields: ['phone'] } })

test('consent names department, each field and what for, as the card has it, and is given once', async () => {
  const answers = [{ status: 503, data: { code: 'store.unavailable', title: '系统暂时繁忙，请稍后再试' } }, { status: 201, data: { id: 'c1' } }]
  phone.city = ({ path }) => {
    if (path === '/api/v1/sessions') return { data: { access_token: 'a', refresh_token: 'r', expires_in: 900, assurance: 2 } }
    return path === '/api/v1/consents' ? answers.shift() : { data: CARD }
  }
  const sheet = await shown('components/consent-sheet/consent-sheet')
  const asked = sheet.instance.ask(consentNeeded)
  await settled()
  expect(words(sheet)).toMatch(/测试服务.*接收部门 某某局 提供的信息 身份证号码 手机号 用途 办理“测试服务”/)
  await tap(sheet, '.agree')
  expect(words(sheet)).toContain('系统暂时繁忙，请稍后再试')
  await tap(sheet, '.agree')
  await expect(asked).resolves.toBe(true)
  const given = phone.requests.filter(({ path }) => path === '/api/v1/consents')
  expect(given.map(({ body }) => body)).toEqual([{ card_id: 'xx.test' }, { card_id: 'xx.test' }])
  expect(given[0].headers['Idempotency-Key']).toBe(given[1].headers['Idempotency-Key'])
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
