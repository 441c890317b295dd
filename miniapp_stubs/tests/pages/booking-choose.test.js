// From a card to a slot: the questions, the days with what is left, the hours.

const { newPhone } = require('../support/phone')
const { cityOf, refused, DAYS, HILL, LAKE, SLOT, QUERY, text, standStill } = require('../support/park')
const { opened, words, tap } = require('../support/screen')
const calendar = require('../../miniprogram/pages/bookings/calendar')
const { sentences, earlier } = require('../../miniprogram/pages/bookings/rules')
const confirmWords = require('../../miniprogram/pages/bookings/confirm.strings')
const store = require('../../miniprogram/utils/store')

const AREAS = { next_level: { key: 'area', title: text('选择区域'), choices: [{ id: 'west', text: text('城西') }, { id: 'east', text: text('城东') }] }, items: [] }
const END = { next_level: null, items: [LAKE, HILL] }
const answeredBy = (answers) => ({ query: { path } }) => ({ data: answers[path || ''] })

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources': answeredBy({ '': AREAS, 'area:west': END, 'area:east': { next_level: null, items: [HILL] } }) })
})

describe('the questions', () => {
  test('one a page, then what there is, with where and what to know', async () => {
    const first = await opened('pages/bookings/choose', { card: 'gy.parks' })
    expect(phone.title).toBe('景区预约')
    expect(words(first)).toBe('选择区域 城西 城东')
    await tap(first, '.row', 0)
    expect(phone.went).toEqual(['to /pages/bookings/choose?card=gy.parks&path=area%3Awest'])
    const last = await opened('pages/bookings/choose', { card: 'gy.parks', path: 'area:west' })
    expect(words(last)).toBe('城西 请选择预约对象 观山湖公园 观山湖区 请勿游泳 黔灵山公园')
    await tap(last, '.row', 0)
    expect(phone.went[1]).toBe('to /pages/bookings/times?card=gy.parks&path=area%3Awest&resource=lake')
  })

  test('where there is nothing to choose, nothing is asked', async () => {
    await opened('pages/bookings/choose', { card: 'gy.parks', path: 'area:east' })
    expect(phone.went).toEqual(['instead /pages/bookings/times?card=gy.parks&path=area%3Aeast&resource=hill'])
  })

  test('a card that has changed is chosen from anew', async () => {
    phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources': refused(404, 'booking.choice_unknown') })
    const page = await opened('pages/bookings/choose', { card: 'gy.parks', path: 'area:north' })
    expect(words(page)).toMatch(/这项预约有更新.*重新选择/)
    page.instance.onAgain()
    expect(phone.went).toEqual(['instead /pages/bookings/choose?card=gy.parks'])
  })

  test('a card that is gone, or no network, is said', async () => {
    phone.city = cityOf({ 'GET /api/v1/cards/gy.parks': refused(404, 'card.not_found') })
    expect(words(await opened('pages/bookings/choose', { card: 'gy.parks' }))).toContain('这项服务暂未开放')
    phone.city = () => 'interrupted'
    expect(words(await opened('pages/bookings/choose', { card: 'gy.parks' }))).toContain('暂时连接不上服务')
  })
})

describe('the days', () => {
  const times = (more = {}) => opened('pages/bookings/times', { card: 'gy.parks', path: 'area:west', resource: 'lake', ...more })

  test('each says what is left; the first with places is open', async () => {
    const page = await times()
    expect(words(page)).toMatch(/观山湖公园 观山湖区 请勿游泳.*11月 24 已过 25 余 20 26 充足 27 约满 28 未放号/)
    expect(page.instance.data.chosen.day).toBe('2026-11-25')
    expect(words(page)).toMatch(/11月25日 周三 可约时段 10:00–12:00 余 20 个名额 14:00–16:00 已约满/)
    expect(phone.requests.find(({ path }) => path.endsWith('/days')).query).toEqual({ from: '2026-11-24', count: '5' })
  })

  test('a slot with places leads on; a full one nowhere', async () => {
    const page = await times()
    await tap(page, '.slot', 1)
    await tap(page, '.slot', 0)
    expect(phone.went).toEqual([`to /pages/bookings/confirm?card=gy.parks&path=area%3Awest&resource=lake&starts=${encodeURIComponent(SLOT.starts_at)}`])
  })

  test('a day that is not open yet says when it will be', async () => {
    const page = await times()
    page.instance.onDay({ currentTarget: { dataset: { day: '2026-11-28' } } })
    expect(words(page)).toMatch(/这一天 明天 08:00 开放预约/)
    page.instance.onDay({ currentTarget: { dataset: { day: '2026-11-24' } } })
    expect(page.instance.data.chosen.day).toBe('2026-11-28')
  })

  test('the day that was asked for is open', async () => {
    expect((await times({ day: '2026-11-26' })).instance.data.chosen.day).toBe('2026-11-26')
  })

  test('when no day has places, it is said, and what helps', async () => {
    phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources/lake/days': { data: { items: DAYS.map((one) => ({ ...one, state: 'closed', places_left: 0 })) } } })
    expect(words(await times())).toContain('近期没有可约的日期')
  })

  test('who comes back sees what is left by then', async () => {
    const page = await times()
    phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources/lake/slots': { data: { items: [{ ...SLOT, places_left: 3 }] } } })
    page.instance.onShow()
    await page.instance.load()
    expect(words(page)).toContain('余 3 个名额')
  })

  test('large text has a list instead of a calendar', async () => {
    store.setTextScale(2)
    const page = await times()
    expect(page.querySelectorAll('.day')).toHaveLength(0)
    expect(words(page)).toMatch(/今天 已过 明天 余 20 后天 充足 11月27日 周五 约满/)
  })

  test('a resource that is gone is chosen anew', async () => {
    expect(words(await opened('pages/bookings/times', { card: 'gy.parks', path: 'area:west', resource: 'gone' }))).toContain('这个预约对象有调整')
  })
})

describe('a calendar', () => {
  test('has rows of seven, Monday first, whatever day comes first', () => {
    for (let first = 1; first <= 28; first += 1) {
      const days = Array.from({ length: 10 }, (_, place) => ({ day: new Date(Date.UTC(2026, 10, first + place)).toISOString().slice(0, 10) }))
      const weeks = calendar.weeks(days)
      expect(weeks.every((week) => week.days.length === 7)).toBe(true)
      expect(weeks.flatMap((week) => week.days).filter(({ isBlank }) => !isBlank)).toEqual(days)
      for (const week of weeks) week.days.forEach(({ day, isBlank }, place) => isBlank || expect((new Date(day).getUTCDay() + 6) % 7).toBe(place))
    }
    expect(calendar.weeks([])).toEqual([])
  })

  test('goes on over the ends of months and years', () => {
    expect(['2026-11-30', '2026-12-31', '2028-02-28'].map(calendar.dayAfter)).toEqual(['2026-12-01', '2027-01-01', '2028-02-29'])
  })
})

describe('rules in words', () => {
  const rules = (change, language = 'zh') => sentences({ levels: [{ key: 'matter', title: text('办理事项', 'Matter') }], companions_max: 0, cancel_until_minutes: 0, one_live_booking_per: [], check_in: { opens_minutes_before_start: 60, closes_minutes_after_start: 15 }, ...change }, SLOT, confirmWords[language])

  test('say when to come, until when it can be cancelled, and what can be booked once', () => {
    expect(rules({ cancel_until_minutes: 90, companions_max: 5, one_live_booking_per: [['resource', 'day'], ['matter'], ['day']] })).toEqual([
      '入场（办理）时间 09:00–10:15，请出示预约码。',
      '明天 08:30之前可以取消，取消后名额立即释放。',
      '每人每天对同一预约对象只能有一个有效预约。',
      '每人对同一“办理事项”同时只能有一个有效预约。',
      '每人每天只能有一个有效预约。',
      '最多可带 5 位同行人，请一同到场。',
    ])
  })

  test('also in English', () => {
    store.setLanguage('en')
    expect(rules({ one_live_booking_per: [['matter', 'day'], ['card']] }, 'en').slice(2)).toEqual([
      'Each person can have one booking a day for the same “Matter”.',
      'Each person can have one booking at a time for the same service.',
    ])
  })

  test('count back over midnight with the same offset', () => {
    expect(earlier('2026-12-01T00:10:00+08:00', 30)).toBe('2026-11-30T23:40:00+08:00')
    expect(earlier(QUERY.starts, -90)).toBe('2026-11-25T11:30:00+08:00')
  })
})
