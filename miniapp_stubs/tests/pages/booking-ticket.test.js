// A booking: its live code, with and without a network; cancelling it; the list of bookings; the waiting room.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, answering, standStill, BOOKING, NOW, QUERY } = require('../support/park')
const { opened, words, tap, happen } = require('../support/screen')
const draft = require('../../miniprogram/pages/bookings/draft')

const TICKET = 'GET /api/v1/bookings/01BOOKING/ticket'
const BOOK = 'POST /api/v1/bookings'
const LIST = 'GET /api/v1/bookings'
const at = (seconds) => new Date(Date.parse(NOW) + seconds * 1000).toISOString()
const ticket = (token, issued = 0) => ({
  data: { token, issued_at: at(issued), refresh_at: at(issued + 30), expires_at: at(issued + 60) },
})

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  global.wx.onUserCaptureScreen = (listener) => (phone.captured = listener)
  global.wx.offUserCaptureScreen = () => {}
  phone.city = cityOf({ [TICKET]: ticket('code-1') })
})

describe('a booking', () => {
  let page

  const booking = async (query = {}) => (page = await opened('pages/bookings/booking', { id: '01BOOKING', ...query }))

  afterEach(() => page.instance.onUnload())

  test('shows its code, how long it lives, and all there is to know', async () => {
    await booking({ made: '1' })
    expect(page.instance.data.code).toBe('code-1')
    expect(words(page)).toMatch(
      /预约成功.*观山湖公园 待使用 明天 10:00–12:00 明天 09:30 起可入场（办理） 动态码，30 秒后自动更新.*截图会在一分钟内失效/,
    )
    expect(words(page)).toMatch(
      /入场时间 明天 09:30–12:00 地点 观山湖区 人数 2 人 同行人 王\*\* 5\*{16}X .*01BOOKING 明天 09:00 前可取消 取消预约 查看全部预约/,
    )
  })

  test('asks for the next code when it is time, and while it is looked at alone', async () => {
    const later = jest.spyOn(global, 'setTimeout')
    await booking()
    expect(later.mock.calls.map(([, pause]) => pause)).toContain(30000)
    phone.city = cityOf({ [TICKET]: ticket('code-2', 30) })
    await page.instance.renew()
    expect(page.instance.data.code).toBe('code-2')
    page.instance.onHide()
    phone.requests.length = 0
    await page.instance.renew()
    expect(phone.sent).toEqual([])
    later.mockRestore()
  })

  test('without a network the last code is shown until it runs out, then none; the booking stays', async () => {
    await booking()
    phone.city = () => 'interrupted'
    await page.instance.renew()
    expect(page.instance.data.code).toBe('code-1')
    page.instance.ticket = ticket('code-1', -40).data
    page.instance.tick()
    expect(words(page)).toMatch(/当前没有网络。此码 20 秒内仍可使用/)
    page.instance.ticket = ticket('code-1', -61).data
    page.instance.tick()
    expect(page.instance.data.code).toBe('')
    expect(words(page)).toMatch(/预约码需要联网更新 恢复网络后会自动显示/)
    expect(words(page)).toContain('观山湖公园')
    phone.city = cityOf({ [TICKET]: ticket('code-3') })
    await page.instance.onNetworkBack()
    expect(page.instance.data.code).toBe('code-3')
  })

  test('a screenshot is told to be of no use, once there is a code on it', async () => {
    await booking()
    phone.captured()
    expect(phone.toasts).toEqual(['截图很快会失效，到场时请打开此页面'])
  })

  test('the screen is made brighter, or the citizen is told how', async () => {
    await booking()
    global.wx.setScreenBrightness = ({ value, success }) => (success(), (phone.brightness = value))
    page.instance.onBright()
    expect(phone.brightness).toBe(1)
    global.wx.setScreenBrightness = ({ fail }) => fail()
    page.instance.onBright()
    expect(phone.toasts).toEqual(['扫码不便时，请调高屏幕亮度。'])
  })

  test('used at the gate meanwhile: the code is gone and it says so', async () => {
    await booking()
    const used = { ...BOOKING, state: 'checked_in', can_cancel: false, checked_in_at: '2026-11-25T09:40:00+08:00' }
    phone.city = cityOf({
      [TICKET]: refused(409, 'booking.not_live', { state: 'checked_in' }),
      'GET /api/v1/bookings/01BOOKING': { data: used },
    })
    await page.instance.renew()
    expect(page.instance.data.code).toBe('')
    expect(words(page)).toMatch(/已使用.*已于 明天 09:40 核验入场.*再次预约/)
  })

  test('is cancelled after a question, and kept without an answer to it', async () => {
    const cancelled = { ...BOOKING, state: 'cancelled', can_cancel: false }
    phone.city = cityOf({
      [TICKET]: ticket('code-1'),
      'POST /api/v1/bookings/01BOOKING/cancellation': { data: cancelled },
    })
    await booking()
    const asked = answering(false)
    await page.instance.onCancel()
    expect(phone.sent).not.toContain('POST /api/v1/bookings/01BOOKING/cancellation')
    expect(asked[0]).toMatchObject({
      title: '取消这个预约？',
      content: '观山湖公园\n明天 10:00–12:00，2 人\n取消后名额立即释放，不能恢复。',
    })
    answering(true)
    await page.instance.onCancel()
    expect(words(page)).toMatch(/已取消 明天 10:00–12:00 名额已释放/)
    expect(page.instance.data.code).toBe('')
  })

  test('what can be cancelled no more says so in the city’s words, and stays', async () => {
    phone.city = cityOf({
      [TICKET]: ticket('code-1'),
      'POST /api/v1/bookings/01BOOKING/cancellation': refused(409, 'booking.too_late_to_cancel'),
    })
    await booking()
    answering(true)
    await page.instance.onCancel()
    expect(phone.toasts).toEqual(['[booking.too_late_to_cancel]'])
    expect(words(page)).toContain('待使用')
  })

  test('somebody else’s is not found', async () => {
    phone.city = cityOf({ 'GET /api/v1/bookings/01BOOKING': refused(404, 'booking.not_found') })
    await booking()
    expect(words(page)).toMatch(/没有找到这个预约.*我的预约/)
  })
})

describe('the list', () => {
  const past = { ...BOOKING, id: '01PAST', state: 'missed', can_cancel: false }
  const pages = ({ query: { when, after } }) => {
    if (when === 'past') return { data: { items: [past], after: null } }
    return { data: after ? { items: [{ ...BOOKING, id: '02' }], after: null } : { items: [BOOKING], after: 'next' } }
  }

  test('has what can be booked, and what is booked, page by page', async () => {
    phone.city = cityOf({ [LIST]: pages })
    const page = await opened('pages/bookings/bookings')
    expect(words(page)).toMatch(
      /预约服务.*景区预约 预约入园 我的预约 待使用 已结束 观山湖公园 待使用 明天 10:00–12:00 2 人 · 观山湖区 出示预约码/,
    )
    await page.instance.onReachBottom()
    await page.instance.onReachBottom()
    expect(page.instance.data.bookings.map(({ id }) => id)).toEqual(['01BOOKING', '02'])
    await tap(page, '.tab', 1)
    await settled()
    expect(words(page)).toMatch(/观山湖公园 已过期/)
    await tap(page, '.booking', 0)
    await happen(page, '.card', 'open', { card: { id: 'gy.parks' } })
    expect(phone.went).toEqual(['to /pages/bookings/booking?id=01PAST', 'to /pages/bookings/choose?card=gy.parks'])
  })

  test('says what to do when there is nothing, and that somebody signed out', async () => {
    const page = await opened('pages/bookings/bookings')
    expect(words(page)).toContain('没有待使用的预约')
    phone.city = cityOf({ [LIST]: refused(401, 'identity.sign_in_needed') })
    await page.instance.load()
    expect(words(page)).toMatch(/\[identity.sign_in_needed\].*登录/)
  })

  test('a booking whose answer was lost can be looked for', async () => {
    phone.city = cityOf({ [BOOK]: 'timeout' })
    await draft
      .ask({ query: QUERY, body: {}, shown: { title: '观山湖公园', when: '明天 10:00–12:00', people: 2 } })
      .catch(() => {})
    const page = await opened('pages/bookings/bookings')
    expect(words(page)).toMatch(/有一个预约还没有收到结果 观山湖公园 · 明天 10:00–12:00 查看结果/)
    page.instance.onLost()
    expect(phone.went[0]).toMatch(
      /^to \/pages\/bookings\/confirm\?card=gy.parks&path=area%3Awest&resource=lake&starts=/,
    )
  })
})

describe('the waiting room', () => {
  const SHOWN = { title: '观山湖公园', when: '明天 10:00–12:00', people: 2 }
  const waiting = (position, seconds, after) =>
    refused(429, 'booking.waiting', { position, estimate_seconds: seconds }, { 'Retry-After': String(after) })
  const keys = () =>
    phone.requests
      .filter(({ path, method }) => method === 'POST' && path === '/api/v1/bookings')
      .map(({ headers }) => headers['Idempotency-Key'])
  let page
  let later

  async function room(...answers) {
    phone.city = cityOf({ [BOOK]: answers })
    await draft.ask({ query: QUERY, body: { card_id: 'gy.parks' }, shown: SHOWN }).catch(() => {})
    page = await opened('pages/bookings/waiting')
  }

  beforeEach(() => {
    later = jest.spyOn(global, 'setTimeout')
  })

  afterEach(() => {
    later.mockRestore()
    page.instance.onUnload()
  })

  test('says how many are ahead and for how long, asks again by itself, and comes out with the ticket', async () => {
    await room(waiting(128, 190, 5), waiting(120, 180, 7), waiting(30, 40, 5), { status: 201, data: BOOKING })
    expect(words(page)).toMatch(
      /正在为您排队 前面还有 119 人 预计等待 约 3 分钟 .* 更新 观山湖公园 · 明天 10:00–12:00 · 2 人 轮到您时会自动提交/,
    )
    expect(later.mock.calls.some(([, pause]) => pause === 7000)).toBe(true)
    await page.instance.askNow()
    expect(words(page)).toMatch(/前面还有 29 人 预计等待 不到 1 分钟/)
    expect(page.instance.data.progress).toBe(75)
    await page.instance.askNow()
    expect(phone.went).toEqual(['instead /pages/bookings/booking?id=01BOOKING&made=1'])
    expect(new Set(keys()).size).toBe(1)
    expect(await draft.pending()).toBeNull()
  })

  test('who is first in the line has nobody ahead', async () => {
    await room(waiting(2, 5, 2), waiting(1, 2, 2))
    expect(words(page)).toContain('马上轮到您')
  })

  test('the line goes on between two answers', async () => {
    await room(waiting(61, 120, 60), waiting(61, 120, 60))
    expect(words(page)).toMatch(/前面还有 60 人 预计等待 约 2 分钟/)
    jest.setSystemTime(Date.parse(NOW) + 90000)
    page.instance.draw()
    jest.setSystemTime(Date.parse(NOW))
    expect(words(page)).toMatch(/前面还有 15 人 预计等待 不到 1 分钟/)
  })

  test('a network that goes away is waited for', async () => {
    await room(waiting(9, 20, 5), waiting(9, 20, 5), 'timeout', waiting(3, 5, 5))
    await page.instance.askNow()
    expect(words(page)).toMatch(/网络未连接，恢复后自动继续排队/)
    await page.instance.onNetwork(true)
    expect(words(page)).toMatch(/前面还有 2 人/)
    expect(new Set(keys()).size).toBe(1)
  })

  test('leaving gives the wait up; the next booking is a new request', async () => {
    await room(waiting(9, 20, 5), waiting(9, 20, 5))
    answering(false)
    await page.instance.onLeave()
    expect(await draft.pending()).not.toBeNull()
    answering(true)
    await page.instance.onLeave()
    expect(phone.went[0]).toMatch(/^instead \/pages\/bookings\/confirm\?card=gy.parks/)
    expect(await draft.pending()).toBeNull()
    await draft.ask({ query: QUERY, body: { card_id: 'gy.parks' }, shown: SHOWN }).catch(() => {})
    expect(new Set(keys()).size).toBe(2)
  })

  test('a page that is swiped away gives it up too; one that is opened anew goes on', async () => {
    await room(waiting(9, 20, 5), waiting(9, 20, 5), waiting(8, 20, 5))
    const again = await opened('pages/bookings/waiting')
    expect(words(again)).toContain('前面还有 7 人')
    expect(new Set(keys()).size).toBe(1)
    again.instance.onUnload()
    expect(await draft.pending()).toBeNull()
  })

  test('what ends the wait is said, and leads back to where it can be made anew', async () => {
    await room(waiting(9, 20, 5), refused(409, 'booking.full'))
    expect(words(page)).toMatch(/排队已结束 \[booking.full\] 查看/)
    page.instance.leave()
    expect(phone.went[0]).toMatch(/^instead \/pages\/bookings\/confirm/)
  })

  test('without anything to wait for it says so', async () => {
    page = await opened('pages/bookings/waiting')
    expect(words(page)).toContain('没有正在排队的预约')
  })
})
