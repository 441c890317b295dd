// What the city has told the citizen.

const { newPhone } = require('../support/phone')
const { cityOf, standStill, text } = require('../support/park')
const { opened, words } = require('../support/screen')
const store = require('../../miniprogram/utils/store')

const LIST = 'GET /api/v1/me/messages'
const READ = 'POST /api/v1/me/messages/read'
const message = (id, readAt = null) => ({ id, kind: 'identity.new_device', title: text('新设备登录', 'New sign-in'), body: text('您的账号在一台新设备上登录。', 'Somebody signed in on a new device.'), about: null, at: '2026-11-24T09:00:00+08:00', read_at: readAt })

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ [LIST]: { data: { items: [message('01A'), message('01B', '2026-11-24T09:30:00+08:00')], after: null, unread: 1 } }, [READ]: { data: { unread: 0 } } })
})

test('messages are shown, and those that are new are read then', async () => {
  const page = await opened('pages/me/messages')
  expect(words(page)).toMatch(/新设备登录 新 您的账号在一台新设备上登录。.*新设备登录 您的账号/)
  expect(phone.requests.at(-1)).toMatchObject({ path: '/api/v1/me/messages/read', body: { ids: ['01A'] } })
})

test('where there are none, it says what they would be', async () => {
  phone.city = cityOf({ [LIST]: { data: { items: [], after: null, unread: 0 } } })
  expect(words(await opened('pages/me/messages'))).toContain('还没有消息')
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  expect(words(await opened('pages/me/messages'))).not.toMatch(/[\u3400-\u9fff]/)
})
