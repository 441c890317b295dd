// The way to a proof of identity: in place, step by step, and back.

const { newPhone, settled } = require('../support/phone')
const { shown, words, tap, happen } = require('../support/screen')
const { Problem } = require('../../miniprogram/utils/problem')
const session = require('../../miniprogram/utils/session')

let phone

beforeEach(() => {
  phone = newPhone()
})

const stepUp = (level) => new Problem({ code: 'identity.step_up_needed', status: 401, title: '', facts: { acr_values: String(level), max_age: null } })

test('the steps, the phone in place, the others on their pages, and it is done when the last is proved', async () => {
  phone.city = ({ path }) => {
    if (path === '/api/v1/sessions') return { data: { access_token: 'a0', refresh_token: 'r', expires_in: 900, assurance: 0 } }
    return { data: { access_token: 'a1', expires_in: 900, assurance: 1 } }
  }
  phone.pages = [{ route: 'pages/card/use', options: {} }]
  await session.signIn()
  const sheet = await shown('components/step-up-sheet/step-up-sheet')
  const asked = sheet.instance.ask(stepUp(3))
  await settled()
  expect(words(sheet)).toMatch(/还差 3 步.*手机号.*实名.*人脸.*使用微信手机号/)
  await happen(sheet, '.go', 'getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' })
  expect(words(sheet)).toContain('没有收到手机号。您可以再试一次。')
  await happen(sheet, '.go', 'getphonenumber', { code: 'phone-code' })
  expect(phone.requests.at(-1)).toMatchObject({ path: '/api/v1/identity/phone', body: { code: 'phone-code' } })
  expect(words(sheet)).toMatch(/还差 2 步.*已完成.*去实名/)
  await tap(sheet, '.go')
  expect(phone.went).toEqual(['to /pages/identity/real_name'])
  await session.raise({ access_token: 'a2', expires_in: 900, assurance: 2 })
  await session.raise({ access_token: 'a3', expires_in: 900, assurance: 3 })
  sheet.triggerPageLifeTime('show')
  await expect(asked).resolves.toBe(true)
})

test('a proof that is too old is asked for alone', async () => {
  await session.raise({ access_token: 'a3', expires_in: 900, assurance: 3 })
  const sheet = await shown('components/step-up-sheet/step-up-sheet')
  const asked = sheet.instance.ask(stepUp(3))
  await settled()
  expect(words(sheet)).toMatch(/为了您的安全，需要再确认一次.*去刷脸/)
  expect(words(sheet)).not.toContain('手机号')
  await tap(sheet, '.later')
  await expect(asked).resolves.toBe(false)
})
