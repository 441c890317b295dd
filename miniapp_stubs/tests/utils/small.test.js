// What the phone remembers, how times are written, what is missing of a citizen's identity.

const { newPhone } = require('../support/phone')

let phone
const util = (name) => require(`../../miniprogram/utils/${name}`)

beforeEach(() => {
  jest.resetModules()
  phone = newPhone()
})

const card = (id) => ({ id, kind: 'query', name: { zh: id, en: id }, summary: {}, icon: null, department: {}, keywords: ['long'] })

describe('store', () => {
  test('Chinese is what the city speaks, English its courtesy', () => {
    const store = util('store')
    expect(store.language()).toBe('zh')
    store.setLanguage('en')
    expect(util('i18n').text({ zh: '你好', en: 'Hello' })).toBe('Hello')
  })

  test('长辈版 brings large text, and its end the usual size', () => {
    const store = util('store')
    store.setElder(true)
    expect([store.isElder(), store.textScale() > 1.3]).toEqual([true, true])
    store.setElder(false)
    expect([store.isElder(), store.textScale()]).toEqual([false, 1])
  })

  test('text is as large as WeChat’s own setting asks for, up to twice', () => {
    const store = util('store')
    phone.fontSize = 20
    expect(store.textScale()).toBe(1.25)
    store.setTextScale(2)
    expect(store.textScale()).toBe(2)
    phone.fontSize = 40
    expect(store.textScale()).toBe(2)
  })

  test('the eight cards used last, the last first, each once', () => {
    const store = util('store')
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'c']) store.used(card(id))
    expect(store.recent().map(({ id }) => id)).toEqual(['c', 'i', 'h', 'g', 'f', 'e', 'd', 'b'])
    expect(store.recent()[0].keywords).toBeUndefined()
  })

  test('a favourite is one until it is tapped again, and a card that is gone is none', () => {
    const store = util('store')
    expect(store.toggleFavourite(card('a'))).toBe(true)
    expect(store.isFavourite('a')).toBe(true)
    expect(store.toggleFavourite(card('a'))).toBe(false)
    store.toggleFavourite(card('b'))
    store.used(card('b'))
    store.forgetCard('b')
    expect([store.favourites(), store.recent()]).toEqual([[], []])
  })

  test('a card that was renamed is shown by its new name', () => {
    const store = util('store')
    store.toggleFavourite(card('a'))
    store.refresh([{ ...card('a'), name: { zh: '新名', en: 'New' } }])
    expect(store.favourites()[0].name.zh).toBe('新名')
  })

  test('searches are remembered, the last first, and forgotten when asked', () => {
    const store = util('store')
    for (const q of ['社保', '公积金', '社保']) store.searched(q)
    expect(store.searches()).toEqual(['社保', '公积金'])
    store.forgetSearches()
    expect(store.searches()).toEqual([])
  })

  test('a phone without room goes on', () => {
    global.wx.setStorageSync = () => {
      throw new Error('exceed storage max size')
    }
    expect(() => util('store').searched('社保')).not.toThrow()
  })
})

describe('format', () => {
  beforeEach(async () => {
    jest.useFakeTimers({ now: Date.parse('2026-11-24T15:59:30Z'), doNotFake: ['setTimeout', 'queueMicrotask', 'nextTick'] })
    phone.city = () => ({ data: { now: '2026-11-24T23:59:30+08:00', name: {}, notices: [] } })
    await util('city').about()
  })
  afterEach(() => jest.useRealTimers())

  test('days are the city’s, wherever the phone is', () => {
    const format = util('format')
    expect(format.today()).toBe('2026-11-24')
    expect(format.dateTime('2026-11-24T08:30:00+08:00')).toBe('今天 08:30')
    expect(format.dateTime('2026-11-25T00:10:00+08:00')).toBe('明天 00:10')
    expect(format.near('2026-11-28')).toBe('11月28日 周六')
    expect(format.near('2027-01-01')).toBe('2027年1月1日 周五')
  })

  test('in English, too', () => {
    util('store').setLanguage('en')
    expect(util('format').near('2026-11-28')).toBe('Sat, 28 Nov')
    expect(util('format').dateTime('2026-11-24T08:30:00+08:00')).toBe('Today 08:30')
  })

  test('a short wait is counted, a long one told by the clock, and never too early', () => {
    const { whenIn } = util('format')
    expect(whenIn(12)).toBe('12 秒后')
    expect(whenIn(61)).toBe('2 分钟后')
    expect(whenIn(3600 * 8 + 31)).toBe('明天 08:01')
  })

  test('the city’s offset is written as RFC 3339 wants it', () => {
    expect(util('city').utcOffset()).toBe('+08:00')
  })
})

describe('stepup', () => {
  const stepUp = (level, maxAge = null) => ({ code: 'identity.step_up_needed', facts: { acr_values: String(level), max_age: maxAge } })

  test.each([
    [stepUp(2), 0, [1, 2]],
    [stepUp(3), 2, [3]],
    [stepUp(3, 600), 3, [3]],
    [{ code: 'identity.personal_data_missing', facts: { fields: ['phone'] } }, 0, [1]],
    [{ code: 'identity.personal_data_missing', facts: { fields: ['phone', 'name'] } }, 1, [2]],
  ])('%j at level %i asks for %j', (problem, assurance, levels) => {
    expect(util('stepup').missingLevels(problem, assurance)).toEqual(levels)
  })

  const pageWith = (answers) => ({ asked: [], selectComponent(id) { return { ask: async (problem) => (this.asked.push([id, problem.code]), answers.shift()) } } })

  test('asks for what is missing, one after another, and repeats the request', async () => {
    const page = pageWith([true, true])
    const problems = [stepUp(2), { code: 'identity.consent_needed', facts: {} }]
    const answer = await util('stepup').attempt(page, async () => {
      if (problems.length) throw problems.shift()
      return 'done'
    })
    expect(answer).toBe('done')
    expect(page.asked).toEqual([['#step-up', 'identity.step_up_needed'], ['#consent', 'identity.consent_needed']])
  })

  test('who would rather not is told what was missing', async () => {
    const page = pageWith([false])
    await expect(util('stepup').attempt(page, () => Promise.reject(stepUp(2)))).rejects.toMatchObject(stepUp(2))
  })

  test('a server that is never content does not ask for ever', async () => {
    const page = pageWith(Array(99).fill(true))
    await expect(util('stepup').attempt(page, () => Promise.reject(stepUp(2)))).rejects.toMatchObject(stepUp(2))
    expect(page.asked.length).toBeLessThan(10)
  })

  test('a page finds what was entered when it is opened again, once, and no other page does', async () => {
    const stepup = util('stepup')
    const page = { route: 'pages/card/use', options: { card_id: 'a.b', operation: 'o' }, pendingState: () => ({ values: { amount: '3' } }) }
    await stepup.remember(page)
    expect(await stepup.resumed({ ...page, options: { card_id: 'other' } })).toBeNull()
    expect(await stepup.resumed(page)).toEqual({ values: { amount: '3' } })
    expect(await stepup.resumed(page)).toBeNull()
  })

  test('after a proof the citizen is back where they were, also when that page is gone', async () => {
    const stepup = util('stepup')
    phone.pages = [{}, {}]
    await stepup.goBack()
    phone.pages = [{}]
    await stepup.remember({ route: 'pages/card/use', options: { card_id: 'a.b' } })
    await stepup.goBack()
    phone.storage.clear()
    await stepup.goBack()
    expect(phone.went).toEqual(['back', 'anew /pages/card/use?card_id=a.b', 'tab /pages/home/home'])
  })
})

describe('page', () => {
  test('has its words and their size, and hears of another language', () => {
    const { page } = util('page')
    const changed = jest.fn()
    const made = page({ strings: { zh: { a: '甲' }, en: { a: 'A' } }, title: (t) => t.a, onLanguage: changed, onLoad: (query) => query })
    const self = { data: { ...made.data }, setData(given) { Object.assign(this.data, given) }, refreshShared: made.refreshShared }
    expect(made.onLoad.call(self, { q: '%E7%A4%BE', bad: '50%' })).toEqual({ q: '社', bad: '50%' })
    made.onShow.call(self)
    expect([phone.title, changed.mock.calls.length]).toEqual(['甲', 0])
    util('store').setLanguage('en')
    made.onShow.call(self)
    expect([phone.title, self.data.t.a, changed.mock.calls.length]).toEqual(['A', 'A', 1])
  })
})
