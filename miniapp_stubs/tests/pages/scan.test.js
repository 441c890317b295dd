// Signing in to a department's site: what is asked, the number, what is ticked, and every way in which it can end.

const { newPhone } = require('../support/phone')
const { cityOf, refused, standStill, text } = require('../support/park')
const { opened, words, tap } = require('../support/screen')
const scanning = require('../../miniprogram/utils/scanning')
const store = require('../../miniprogram/utils/store')

const CODE = 'abc.def-1'
const LOOK = `GET /api/v1/oidc/scans/${CODE}`
const APPROVE = `POST /api/v1/oidc/scans/${CODE}/approval`
const REFUSE = `POST /api/v1/oidc/scans/${CODE}/refusal`
const item = (scope, zh, en, sensitive = false) => ({
  scope,
  name: text(zh, en),
  sensitive,
  optional: scope !== 'openid',
})
const SCAN = {
  id: CODE,
  site: text('电子税务局', 'Tax office online'),
  department: 'gy.tax',
  department_name: text('贵阳市税务局', 'Guiyang Tax Bureau'),
  purpose: text('办理纳税申报', 'filing tax returns'),
  asked: [
    item('openid', '确认您的身份', 'know you again'),
    item('real_name', '您的姓名', 'your name'),
    item('id_number', '您的身份证号码', 'your ID number', true),
  ],
  numbers: ['27', '64', '81'],
  assurance: 2,
  max_age: null,
  expires_at: '2026-11-24T10:05:00+08:00',
}
const DONE = { status: 204, data: '' }

let phone
let page

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ [LOOK]: { data: SCAN }, [APPROVE]: DONE, [REFUSE]: DONE })
})

afterEach(() => page.instance.onUnload())

const scan = async (query = { scan: CODE }) => (page = await opened('pages/identity/scan', query))
const choose = (number) => page.instance.onNumber({ currentTarget: { dataset: { number } } })
const tick = (scope) => page.instance.onTick({ currentTarget: { dataset: { scope } } })
const approve = () => page.instance.onApprove()

test('says who asks, what for and how surely, and has nothing ticked beforehand', async () => {
  await scan()
  expect(words(page)).toMatch(
    /登录 电子税务局 请在 5 分钟内确认 主管部门 贵阳市税务局 用途 办理纳税申报 该网站将 确认您的身份 认证要求 实名认证/,
  )
  expect(words(page)).toMatch(/27 64 81.*您的姓名 您的身份证号码 敏感信息，单独同意/)
  expect(page.instance.data.items.map(({ chosen }) => chosen)).toEqual([false, false])
})

test('the number that was chosen and what was ticked are sent, and nothing else', async () => {
  await scan()
  await tap(page, '.number', 1)
  tick('id_number')
  tick('real_name')
  tick('id_number')
  await approve()
  expect(phone.requests.at(-1)).toMatchObject({
    path: `/api/v1/oidc/scans/${CODE}/approval`,
    body: { number: '64', agreed: ['real_name'] },
  })
  expect(words(page)).toMatch(/已确认登录 电脑上的页面会自动进入 电子税务局/)
})

test('without a number nothing is sent', async () => {
  await scan()
  await approve()
  expect(phone.sent.filter((one) => one.startsWith('POST /api/v1/oidc'))).toEqual([])
  expect(words(page)).toContain('请先选择电脑页面上显示的数字')
})

test('what is still to be proved is asked for in place, and the approval goes on', async () => {
  const missing = refused(401, 'identity.step_up_needed', { acr_values: '3', max_age: 300 })
  phone.city = cityOf({ [LOOK]: { data: { ...SCAN, assurance: 3 } }, [APPROVE]: [missing, DONE] })
  await scan()
  choose('27')
  const ask = jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
  await approve()
  expect(ask).toHaveBeenCalledTimes(1)
  expect(words(page)).toContain('已确认登录')
})

test('whoever would rather not prove it can still refuse', async () => {
  const missing = refused(401, 'identity.step_up_needed', { acr_values: '3', max_age: 300 })
  phone.city = cityOf({ [LOOK]: { data: SCAN }, [APPROVE]: missing, [REFUSE]: DONE })
  await scan()
  choose('27')
  jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(false)
  await approve()
  expect(words(page)).toContain('本次登录尚未确认')
  await page.instance.onRefuse()
  expect(words(page)).toMatch(/已拒绝登录.*没有得到您的任何信息/)
})

test.each([
  ['oidc.number_wrong', '数字不一致，已终止登录'],
  ['oidc.scan_over', '本次登录已结束'],
])('an approval that is answered %s says so', async (code, said) => {
  phone.city = cityOf({ [LOOK]: { data: SCAN }, [APPROVE]: refused(409, code) })
  await scan()
  choose('27')
  await approve()
  expect(words(page)).toContain(said)
  expect(words(page)).toContain('扫一扫')
})

test.each([
  ['oidc.scan_not_found', '二维码已更新'],
  ['oidc.scan_of_another', '这个二维码已被别人扫描'],
  ['oidc.scan_over', '本次登录已结束'],
])('a code that is answered %s says so', async (code, said) => {
  phone.city = cityOf({ [LOOK]: refused(409, code) })
  await scan()
  expect(words(page)).toContain(said)
})

test('when the page on the computer has gone, so has this one', async () => {
  await scan()
  jest.setSystemTime(Date.parse(SCAN.expires_at) + 1000)
  page.instance.tick()
  jest.setSystemTime(Date.parse('2026-11-24T10:00:00+08:00'))
  expect(words(page)).toContain('本次登录已结束')
})

test('WeChat hands over the whole address of an ordinary code', async () => {
  await scan({ q: encodeURIComponent(`https://city.example/scan?scan=${CODE}`) })
  expect(words(page)).toContain('登录 电子税务局')
})

test('a department that the city knows by its id alone is not named by it', async () => {
  phone.city = cityOf({ [LOOK]: { data: { ...SCAN, department_name: text('gy.tax') } } })
  await scan()
  expect(words(page)).not.toMatch(/gy\.tax|主管部门/)
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  await scan()
  expect(words(page)).toMatch(/Sign in to Tax office online/)
  expect(words(page)).not.toMatch(/[\u3400-\u9fff]/)
})

describe('the camera', () => {
  const reads = (answer, how = 'success') => (global.wx.scanCode = (options) => options[how](answer))

  test('reads a code, and opens what it is for', async () => {
    await scan({})
    expect(words(page)).toMatch(/扫描网站上的登录二维码.*扫一扫/)
    reads({ result: `https://city.example/#/pages/identity/scan?scan=${CODE}`, errMsg: 'scanCode:ok' })
    await page.instance.onScan()
    expect(phone.went).toEqual([`instead /pages/identity/scan?scan=${CODE}`])
  })

  test.each([
    ['another code', { result: 'https://example.com/', errMsg: 'scanCode:ok' }, 'success', ['这不是部门网站的登录二维码']],
    ['nothing', { errMsg: 'scanCode:fail cancel' }, 'fail', []],
    ['no camera', { errMsg: 'scanCode:fail not supported' }, 'fail', ['这里打不开扫码，请用微信“扫一扫”']],
  ])('that finds %s says so', async (_what, answer, how, said) => {
    await scan({})
    reads(answer, how)
    await scanning.scan()
    expect(phone.toasts).toEqual(said)
    expect(phone.went).toEqual([])
  })
})
