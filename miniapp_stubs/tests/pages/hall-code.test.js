// The code of a service hall, for whoever would rather not show a face.

const { newPhone } = require('../support/phone')
const { cityOf, refused, standStill, text, TOKENS } = require('../support/park')
const { opened, words } = require('../support/screen')
const session = require('../../miniprogram/utils/session')
const store = require('../../miniprogram/utils/store')

const PROOFS = 'GET /api/v1/identity/hall_code'
const USE = 'POST /api/v1/identity/hall_code'
const RAISED = { data: { ...TOKENS, assurance: 3 } }
const proof = {
  department: 'gy.hall',
  department_name: text('政务服务中心', 'The service centre'),
  hall: 'city',
  issued_at: '2026-11-23T10:00:00+08:00',
  used_at: '2026-11-23T10:02:00+08:00',
}

let phone
let page

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.city = cityOf({ [PROOFS]: { data: { items: [proof] } }, [USE]: RAISED })
  await session.signIn()
})

const open = async () => (page = await opened('pages/identity/hall_code'))
async function enter(code) {
  page.instance.onCode({ detail: { value: code } })
  await page.instance.onSubmit()
}

test('says how to come by one, and when it was done before', async () => {
  await open()
  expect(words(page)).toMatch(/不刷脸，用窗口核验码 1 携带身份证原件.*2 .*8 位核验码.*3 .*与刷脸效力相同/)
  expect(words(page)).toMatch(/当面核验记录 政务服务中心窗口当面核验 昨天 10:02/)
})

test('raises the session, written with a space or without, and leads back', async () => {
  await open()
  await enter('1234 5678')
  expect(phone.requests.at(-1).body).toEqual({ code: '12345678' })
  expect(session.assurance()).toBe(3)
  expect(phone.toasts).toEqual(['核验通过'])
})

test('what is no code is not sent', async () => {
  await open()
  await enter('1234')
  expect(phone.sent).not.toContain(USE)
  expect(words(page)).toContain('请填写 8 位数字')
})

test.each([
  [refused(422, 'identity.hall_code_refused', { attempts_left: 4 }), /核验码不正确或已失效.*今天还可尝试 4 次/],
  [refused(429, 'identity.hall_code_locked', {}, { 'retry-after': '50400' }), /今天的尝试次数已用完.*明天 00:00 可以再试/],
])('what was refused says why, and what can be done', async (answer, said) => {
  phone.city = cityOf({ [PROOFS]: { data: { items: [] } }, [USE]: answer })
  await open()
  await enter('12345678')
  expect(words(page)).toMatch(said)
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  await open()
  expect(words(page)).not.toMatch(/[\u3400-\u9fff]/)
})
