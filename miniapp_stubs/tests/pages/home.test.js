// 首页: what the city offers is found, kept and opened; what it has to tell is read.

const { ABOUT, CARDS, THEMES, card } = require('../support/cards')
const { newPhone, settled } = require('../support/phone')
const { opened, words, tap, happen } = require('../support/screen')
const city = require('../../miniprogram/utils/city')
const store = require('../../miniprogram/utils/store')

let phone
let list

beforeEach(() => {
  phone = newPhone()
  list = () => ({ items: CARDS, total: 2, after: null })
  phone.city = ({ path, query }) => {
    if (path === '/api/v1/city') return { data: ABOUT }
    return { data: path === '/api/v1/themes' ? THEMES : list(query) }
  }
})

const home = async () => {
  await city.about({ again: true })
  return opened('pages/home/home')
}

test('shows the city, its notices, themes and cards to anybody, without signing in', async () => {
  const page = await home()
  expect(words(page)).toMatch(/贵阳 城市服务.*搜索服务.*元旦安排.*全部服务 全部 住房 税费.*公积金 公积金的说明.*社保/)
  expect(phone.sent).not.toContain('POST /api/v1/sessions')
})

test('a notice is opened and closed by a tap', async () => {
  const page = await home()
  expect(words(page)).not.toContain('大厅休息')
  await tap(page, '.notice-head')
  expect(words(page)).toMatch(/大厅休息 有效至/)
  await tap(page, '.notice-head')
  expect(words(page)).not.toContain('大厅休息')
})

test('in English all of it is, and the tabs too', async () => {
  const page = await home()
  const tabs = jest.spyOn(global.wx, 'setTabBarItem')
  await tap(page, '.switch', 0)
  expect(words(page)).toMatch(/Guiyang City services.*Services, departments.*New Year.*All services All Housing Taxes.*Housing fund About Housing fund/)
  expect(words(page).replace('中文', '')).not.toMatch(/[\u3400-\u9fff]/)
  expect(tabs.mock.calls.map(([{ text }]) => text)).toEqual(['Home', 'Bookings', 'Me'])
})

test('长辈版: large text, one below another, and three sizes to choose from', async () => {
  const page = await home()
  await tap(page, '.switch', 1)
  expect(page.instance.data.textScale).toBe(1.35)
  expect(words(page)).toMatch(/标准版.*字号 大 特大 最大/)
  expect(page.querySelectorAll('.wide')).toHaveLength(0)
  await tap(page, '.chip', 2)
  expect(store.textScale()).toBe(2)
  await tap(page, '.switch', 1)
  expect(page.instance.data.textScale).toBe(1)
})

test('recently used cards and favourites stand first, by the names they have now', async () => {
  store.used(card('gy.fund', '旧名'))
  store.toggleFavourite(card('gy.social', '社保'))
  const page = await home()
  expect(words(page)).toMatch(/最近使用 公 公积金 我的收藏 社 社保 全部服务/)
})

test('a theme shows its cards', async () => {
  const page = await home()
  list = ({ theme }) => ({ items: theme === 'tax' ? [] : CARDS, total: 0, after: null })
  await tap(page, '.chip', 2)
  expect(phone.requests.at(-1).query).toMatchObject({ theme: 'tax' })
  expect(words(page)).toContain('这里还没有服务')
})

test('a long list is small tiles, and goes on where it ended', async () => {
  const many = (from, to) => Array.from({ length: to - from }, (_, place) => card(`xx.c${from + place}`, `服务${from + place}`))
  list = ({ after }) => (after ? { items: many(60, 90), total: 90, after: null } : { items: many(0, 60), total: 90, after: 'next' })
  const page = await home()
  expect(page.instance.data.layout).toBe('grid')
  await page.instance.onReachBottom()
  await page.instance.onReachBottom()
  expect(page.instance.data.cards).toHaveLength(90)
  expect(phone.requests.filter(({ query }) => query.after)).toHaveLength(1)
})

test('offline it says so, and shows the city when it is asked again', async () => {
  await city.about({ again: true })
  const { city: answering } = phone
  phone.city = () => 'interrupted'
  const page = await opened('pages/home/home')
  expect(words(page)).toContain('暂时连接不上服务')
  phone.city = answering
  await page.instance.onRetry()
  await settled()
  expect(words(page)).toContain('公积金的说明')
})

test('a tile opens its card, the search field the search', async () => {
  const page = await home()
  await happen(page, '.card', 'open', { card: CARDS[0] })
  await tap(page, '.search')
  expect(phone.went).toEqual(['to /pages/card/card?card_id=gy.fund', 'to /pages/search/search'])
})
