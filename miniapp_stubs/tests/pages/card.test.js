// A card's guide: what a citizen should know before they use it, and the way to use it, whatever kind it is.

const { newPhone } = require('../support/phone')
const { opened, words, tap } = require('../support/screen')
const { ABOUT, card } = require('../support/cards')
const city = require('../../miniprogram/utils/city')
const store = require('../../miniprogram/utils/store')
const { isOpen } = require('../../miniprogram/pages/card/facts')

const ITEM = { task_code: '520', catalog_code: null, project_type: 2, anticipate_days: 5, promise_days: 3, on_site_visits: 0, on_site_reason: null, fee: null, by_law: { zh: '某条例', en: 'A law' }, accept_condition: { zh: '本市居民', en: 'Residents' } }
const operation = (name, zh, more = {}) => ({ name, title: { zh, en: zh }, safe: true, assurance: 2, max_age: null, consent: [], input: null, ...more })
const DETAIL = {
  ...card('gy.fund', '公积金查询', 'Housing fund'),
  item: ITEM,
  access: { assurance: 2, hours: '00:00-24:00', consent: ['id_number'], regions: [] },
  limits: { per_citizen: '20/day', per_card: '1000/day', concurrency: 5 },
  operations: [operation('balance', '账户余额'), operation('withdraw', '公积金提取', { safe: false, assurance: 3 })],
  consent: { department: 'd', fields: ['id_number'], purpose: { zh: '办理', en: 'For' } },
  booking: null,
  link: null,
}

let phone
let detail

beforeEach(async () => {
  phone = newPhone()
  phone.city = ({ path }) => (path === '/api/v1/city' ? { data: ABOUT } : detail)
  detail = { data: DETAIL }
  await city.about({ again: true })
})

let number = 0
/** Each test has a card of its own: cards are remembered for a minute. */
function guide(more = {}) {
  number += 1
  detail = { data: { ...DETAIL, id: `gy.c${number}`, ...more } }
  return opened('pages/card/card', { card_id: `gy.c${number}` })
}

test('tells the facts everybody asks for, what is needed, and the guide', async () => {
  const page = await guide()
  expect(words(page)).toMatch(/公积金查询 某局 收藏 公积金查询的说明 承诺时限 3 个工作日 费用 免费 到现场 无需到场 服务时间 全天/)
  expect(words(page)).toMatch(/其他办理 公积金提取 办理前需要 您的实名认证 其中“公积金提取”还需要人脸核验 经您同意，向某局提供身份证号码/)
  expect(words(page)).toMatch(/办事指南 受理条件 本市居民 服务对象 个人 主管部门 某局 法定时限 5 个工作日 使用次数 每人每天 20 次 设定依据 某条例 实施编码 520/)
})

test('a fee, a visit and hours are told with their reasons', async () => {
  const item = { ...ITEM, project_type: 1, on_site_visits: 1, on_site_reason: { zh: '须核验原件', en: 'x' }, fee: { amount: { zh: '20 元', en: '20' }, basis: { zh: '某文件', en: 'x' } } }
  const page = await guide({ item, access: { ...DETAIL.access, hours: '08:30-17:30' } })
  expect(words(page)).toMatch(/即时办结 费用 20 元 到现场 1 次 服务时间 08:30–17:30/)
  expect(words(page)).toMatch(/到场原因 须核验原件 收费依据 某文件/)
})

test.each([
  ['08:30-17:30', '08:29', false],
  ['08:30-17:30', '08:30', true],
  ['08:30-17:30', '17:30', false],
  ['22:00-06:00', '23:00', true],
  ['22:00-06:00', '06:00', false],
  ['00:00-24:00', '23:59', true],
])('%s at %s is open: %s', (hours, at, open) => {
  expect(isOpen(hours, new Date(`2026-11-24T${at}:00Z`))).toBe(open)
})

test('out of hours it says when it opens', async () => {
  const now = city.wallClock().toISOString().slice(11, 16)
  const page = await guide({ access: { ...DETAIL.access, hours: `${now < '12:00' ? '22:00-22:01' : '01:00-01:01'}` } })
  expect(words(page)).toContain('现在不在服务时间')
})

test('the first operation opens by the button, the others by their lines', async () => {
  const page = await guide()
  await tap(page, '.use')
  await tap(page, '.row')
  expect(phone.went.map((step) => step.replace(/gy\.c\d+/, 'ID'))).toEqual(['to /pages/card/use?card_id=ID&operation=balance', 'to /pages/card/use?card_id=ID&operation=withdraw'])
})

test('a card to book with says how, and leads there', async () => {
  const booking = { levels: [], resources: 1, companions_max: 5, days_ahead: 7, release: '08:00', book_until_minutes: 0, cancel_until_minutes: 60 }
  const page = await guide({ kind: 'booking', operations: [], consent: null, booking })
  expect(words(page)).toMatch(/今天起 7 天内，每天 08:00 放出新的一天 同行人 最多 5 人 取消 开始前 60 分钟以前可取消/)
  expect(words(page)).not.toContain('使用次数')
  await tap(page, '.book')
  expect(phone.went[0]).toMatch(/^to \/pages\/bookings\/choose\?card=gy\.c\d+$/)
})

test('a link leads to a page, to another mini-program, or into the clipboard', async () => {
  const link = { url: 'https://www.example.gov.cn/a?b=1', mini_program: { app_id: 'wx1', path: 'p' } }
  const page = await guide({ kind: 'link', operations: [], consent: null, link })
  phone.noPrograms = true
  await tap(page, '.program')
  await tap(page, '.web')
  await tap(page, '.copy')
  expect(phone.went).toEqual(['program wx1', `to /pages/card/web?url=${encodeURIComponent(link.url)}`])
  expect(phone.clipboard).toBe(link.url)
  expect(phone.toasts).toEqual(['请在微信中打开这项服务', '已复制，可在浏览器中打开'])
})

test('a favourite is kept and let go, and what was looked at is recent', async () => {
  const page = await guide()
  await tap(page, '.star')
  expect(words(page)).toContain('已收藏')
  expect(store.favourites()).toHaveLength(1)
  expect(store.recent()[0].id).toBe(page.instance.cardId)
  await tap(page, '.star')
  expect(store.favourites()).toEqual([])
})

test('a card that is not offered any more says so, and is forgotten', async () => {
  store.used({ ...DETAIL, id: 'gy.gone' })
  detail = { status: 404, data: { code: 'card.not_found', title: '该服务不存在或暂未开放' } }
  const page = await opened('pages/card/card', { card_id: 'gy.gone' })
  expect(words(page)).toMatch(/这项服务暂未开放.*返回首页/)
  expect(store.recent()).toEqual([])
})
