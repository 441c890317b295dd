// The department sites one is signed in to.

const { newPhone } = require('../support/phone')
const { answering, cityOf, refused, standStill, text } = require('../support/park')
const { opened, words } = require('../support/screen')
const store = require('../../miniprogram/utils/store')

const LIST = 'GET /api/v1/me/site_sign_ins'
const ONE = 'DELETE /api/v1/me/site_sign_ins/01SITE'
const ALL = 'DELETE /api/v1/me/site_sign_ins'
const site = (id, zh, scopes) => ({
  id,
  site: text(zh, `Site ${id}`),
  department: 'gy.tax',
  department_name: text('税务局', 'Tax Bureau'),
  scopes,
  assurance: 2,
  created_at: '2026-11-23T09:00:00+08:00',
  refreshed_at: '2026-11-24T09:00:00+08:00',
  expires_at: '2026-12-08T09:00:00+08:00',
})
const SITES = [site('01SITE', '电子税务局', ['openid', 'offline_access', 'real_name', 'phone']), site('02SITE', '图书馆', ['openid'])]
const listed = (...items) => ({ data: { items } })
const DONE = { status: 204, data: '' }

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ [LIST]: [listed(...SITES), listed(SITES[1])], [ONE]: DONE, [ALL]: DONE })
})

const end = (page, id) => page.instance.onEnd({ currentTarget: { dataset: { id } } })

test('each says what it can have, since when and until when', async () => {
  const page = await opened('pages/me/sites')
  expect(words(page)).toMatch(
    /电子税务局 税务局 可获取：姓名、手机号码 离开后保持登录 登录于 昨天 09:00 最近使用 今天 09:00 有效期至 12月8日.*图书馆 税务局 没有提供姓名和证件号码/,
  )
})

test('one is ended after a question', async () => {
  const page = await opened('pages/me/sites')
  const kept = answering(false)
  await end(page, '01SITE')
  expect(kept[0].content).toContain('电子税务局')
  expect(phone.sent).not.toContain(ONE)
  answering(true)
  await end(page, '01SITE')
  expect(phone.sent).toContain(ONE)
  expect(phone.toasts).toEqual(['已退出'])
  expect(words(page)).not.toContain('电子税务局')
})

test('one that has ended meanwhile is no trouble', async () => {
  phone.city = cityOf({ [LIST]: [listed(...SITES), listed()], [ONE]: refused(404, 'oidc.site_sign_in_not_found') })
  const page = await opened('pages/me/sites')
  answering(true)
  await end(page, '01SITE')
  expect(phone.toasts).toEqual([])
  expect(words(page)).toContain('没有正在登录的网站')
})

test('all are ended at once', async () => {
  phone.city = cityOf({ [LIST]: [listed(...SITES), listed()], [ALL]: DONE })
  const page = await opened('pages/me/sites')
  answering(true)
  await page.instance.onEndAll()
  expect(phone.sent).toContain(ALL)
  expect(words(page)).toMatch(/没有正在登录的网站.*扫一扫登录网站/)
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  expect(words(await opened('pages/me/sites'))).not.toMatch(/[\u3400-\u9fff]/)
})
