// 搜索: suggestions, answers, history, and what to do when there is nothing.

const { CARDS } = require('../support/cards')
const { newPhone, settled } = require('../support/phone')
const { opened, words, tap, happen } = require('../support/screen')
const store = require('../../miniprogram/utils/store')

let phone
let list

beforeEach(() => {
  phone = newPhone()
  list = () => ({ items: CARDS, total: 2, after: null })
  phone.city = ({ query }) => ({ data: list(query) })
})

const search = (query) => opened('pages/search/search', query)
const type = (page, value) => happen(page, '.input', 'input', { value })
const asked = () => phone.requests.map(({ query }) => query.q)

test('suggests while one types, once typing rests', async () => {
  const page = await search()
  jest.useFakeTimers()
  for (const value of ['g', 'gj', 'gjj']) page.instance.onType({ detail: { value } })
  expect(asked()).toEqual([])
  await jest.advanceTimersByTimeAsync(300)
  jest.useRealTimers()
  expect(asked()).toEqual(['gjj'])
  expect(words(page)).toContain('公积金的说明')
})

test('finds, says how many, and remembers what was searched for', async () => {
  const page = await search()
  await type(page, ' 公积金 ')
  await happen(page, '.input', 'confirm')
  expect(asked()).toEqual(['公积金'])
  expect(words(page)).toMatch(/找到 2 项服务 公 公积金/)
  expect(store.searches()).toEqual(['公积金'])
})

test('an answer that comes late is not shown under another question', async () => {
  const page = await search()
  let late
  const { city: answering } = phone
  phone.city = ({ query }) => (query.q === '慢' ? new Promise((resolve) => (late = () => resolve({ data: { items: [CARDS[1]], total: 1, after: null } }))) : answering({ path: '', query }))
  page.instance.search('慢')
  await page.instance.search('快')
  late()
  await settled()
  expect(page.instance.data).toMatchObject({ asked: '快', heading: '找到 2 项服务' })
})

test('nothing found says what to try, and leads to all services', async () => {
  list = () => ({ items: [], total: 0, after: null })
  const page = await search({ q: '火星' })
  expect(words(page)).toMatch(/没有找到与“火星”相关的服务 换个说法试试.*拼音首字母.*浏览全部服务/)
  await happen(page, '.state', 'action')
  expect(phone.went).toEqual(['tab /pages/home/home'])
})

test('what was searched before is a tap away, and forgotten when asked', async () => {
  store.searched('社保')
  const page = await search()
  expect(words(page)).toMatch(/最近搜索 清除记录 社保/)
  await tap(page, '.chip')
  expect(asked()).toEqual(['社保'])
  await tap(page, '.clear')
  await tap(page, '.forget')
  expect(words(page)).not.toContain('最近搜索')
})

test('what goes wrong is said, and tried again', async () => {
  const { city: answering } = phone
  phone.city = () => ({ status: 503, data: { code: 'store.unavailable', title: '系统暂时繁忙' } })
  const page = await search({ q: '社保' })
  expect(words(page)).toContain('系统暂时繁忙')
  phone.city = answering
  await page.instance.onRetry()
  expect(words(page)).toContain('找到 2 项服务')
})
