// Making a booking: who comes, what is sent, and that an answer that was lost is found again.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, BOOKING, ME, QUERY, SLOT, STARTS, standStill } = require('../support/park')
const { opened, words } = require('../support/screen')
const draft = require('../../miniprogram/pages/bookings/draft')

const PERSON = { name: '王小明', id_number: '11010519491231002X' }
const BOOK = 'POST /api/v1/bookings'
const MADE = { status: 201, data: BOOKING }
const TICKET = 'instead /pages/bookings/booking?id=01BOOKING&made=1'

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({ [BOOK]: MADE })
})

const confirm = () => opened('pages/bookings/confirm', QUERY)
const posted = () => phone.requests.filter(({ method, path }) => method === 'POST' && path === '/api/v1/bookings')
const keys = () => new Set(posted().map(({ headers }) => headers['Idempotency-Key']))
const saidBy = async (answer) => {
  phone.city = cityOf({ [BOOK]: answer })
  const page = await confirm()
  await page.instance.onConfirm()
  return page
}

test('says what, where, when, who, under which rules', async () => {
  const page = await confirm()
  expect(words(page)).toMatch(/景区预约 观山湖公园 明天 10:00–12:00 当前余 20 个名额 地点 观山湖区 提示 请勿游泳/)
  expect(words(page)).toMatch(/参加人员 最多 2 位同行人 本人 林\* 已计算在内 王\*\*.*李\*.*赵\*.*添加同行人 预约须知 入场/)
  expect(words(page)).toContain('确认预约')
})

test('saved companions are ticked, as many as the card allows, and named by their ids', async () => {
  const page = await confirm()
  for (const place of [0, 1, 2]) page.instance.onCompanion({ currentTarget: { dataset: { index: place } } })
  expect(phone.toasts).toEqual(['最多可选 2 位同行人'])
  expect(words(page)).toContain('确认预约（3 人）')
  await page.instance.onConfirm()
  expect(posted()[0].body).toEqual({ card_id: 'gy.parks', resource_id: 'lake', starts_at: STARTS, companions: [], saved_companions: ['c1', 'c2'] })
  expect(phone.went).toEqual([TICKET])
})

test('who was added for this time alone is shown masked and sent in full', async () => {
  const page = await confirm()
  page.instance.onTyped({ detail: PERSON })
  expect(words(page)).toMatch(/王\*\* 仅本次 1\*{16}X/)
  expect(words(page)).not.toContain('王小明')
  await page.instance.onConfirm()
  expect(posted()[0].body).toMatchObject({ companions: [PERSON], saved_companions: [] })
})

test('who was saved is ticked at once', async () => {
  const page = await confirm()
  page.instance.onSaved({ detail: { companion: { id: 'c9', name: '孙*', id_number: '5****************1' } } })
  await page.instance.onConfirm()
  expect(posted()[0].body.saved_companions).toEqual(['c9'])
})

test('more people than places is said before it is sent', async () => {
  phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources/lake/slots': { data: { items: [{ ...SLOT, places_left: 1 }] } } })
  const page = await confirm()
  expect(words(page)).not.toContain('少于')
  page.instance.onCompanion({ currentTarget: { dataset: { index: 0 } } })
  expect(words(page)).toContain('所选时段余 1 个名额，少于 2 人。')
})

test('before the real name, companions wait for it, and it is asked for in place', async () => {
  phone.city = cityOf({ [BOOK]: [refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }), MADE], 'GET /api/v1/me': { data: { ...ME, assurance: 1, name: null } } })
  const page = await confirm()
  expect(words(page)).toMatch(/提交时需要完成实名认证.*实名认证后可添加同行人 去认证/)
  jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
  await page.instance.onConfirm()
  expect(phone.went).toEqual([TICKET])
  expect(keys().size).toBe(1)
})

test('an answer that was lost is asked for again with the same key, also after a restart', async () => {
  phone.city = cityOf({ [BOOK]: ['timeout', MADE] })
  const page = await confirm()
  page.instance.onTyped({ detail: PERSON })
  await page.instance.onConfirm()
  expect(words(page)).toContain('重复提交不会重复办理')
  expect((await draft.pending()).body.companions).toEqual([PERSON])
  const again = await confirm()
  await settled()
  expect(phone.went).toEqual([TICKET])
  expect(posted()).toHaveLength(2)
  expect(posted()[1].body).toEqual(posted()[0].body)
  expect(keys().size).toBe(1)
  expect(await draft.pending()).toBeNull()
  expect(again.instance.data.finding).toBe(false)
})

test('what was lost for another slot is not asked for here', async () => {
  await draft.ask({ query: { ...QUERY, starts: 'other' }, body: {}, shown: {} }).catch(() => {})
  phone.city = cityOf({ [BOOK]: 'timeout' })
  await draft.ask({ query: { ...QUERY, starts: 'other' }, body: { x: 1 }, shown: {} }).catch(() => {})
  const before = posted().length
  await confirm()
  expect(posted()).toHaveLength(before)
})

test('a full waiting room is gone to, with the request kept', async () => {
  const page = await saidBy(refused(429, 'booking.waiting', { position: 9, estimate_seconds: 60 }, { 'retry-after': '5' }))
  expect(phone.went).toEqual(['instead /pages/bookings/waiting'])
  expect(await draft.pending()).toMatchObject({ query: QUERY, shown: { title: '观山湖公园', people: 1 } })
  expect(page.instance.data.refusal).toBeNull()
})

test.each([
  ['booking.full', {}, '名额刚刚被约走', '选择其他时段'],
  ['booking.day_full', {}, '这一天的名额已约满', '选择其他时段'],
  ['booking.not_open_yet', { opens_at: '2026-11-25T08:00:00+08:00' }, '明天 08:00 开放预约', '选择其他时段'],
  ['booking.too_late_to_book', {}, '请选择更晚的时段', '选择其他时段'],
  ['booking.slot_unknown', {}, '这个时段有调整', '选择其他时段'],
  ['booking.resource_unknown', {}, '这个预约对象有调整', '重新选择'],
  ['booking.already_booked', { member: 0 }, '您已有一个有效预约', '查看我的预约'],
  ['booking.party_too_large', { companions_max: 1 }, '最多可同行 1 人', ''],
])('%s is said with what can be done', async (code, facts, said, label) => {
  const page = await saidBy(refused(409, code, facts))
  expect(words(page)).toMatch(new RegExp(`\\[${code}\\] ${said}`))
  expect(page.instance.data.refusal.label).toBe(label)
  expect(await draft.pending()).toBeNull()
})

test('a companion whom the server does not take is named as the page shows them', async () => {
  phone.city = cityOf({ [BOOK]: [refused(409, 'booking.already_booked', { member: 2 }), refused(422, 'booking.companion_invalid', { member: 1, reason: 'not_saved' })] })
  const page = await confirm()
  page.instance.onTyped({ detail: PERSON })
  page.instance.onCompanion({ currentTarget: { dataset: { index: 1 } } })
  await page.instance.onConfirm()
  expect(words(page)).toContain('李*（5****************7） 已有一个有效预约')
  await page.instance.onConfirm()
  expect(words(page)).toContain('王**（1****************X） 已不在您的同行人列表中')
})

test('the button of a refusal leads there', async () => {
  const page = await saidBy(refused(409, 'booking.full'))
  phone.pages = [{ route: 'pages/bookings/times' }, page.instance]
  page.instance.onRefusal()
  phone.pages = [page.instance]
  page.instance.onRefusal()
  expect(phone.went).toEqual(['back', 'instead /pages/bookings/times?card=gy.parks&path=area%3Awest&resource=lake&day=2026-11-25'])
})

test('any other trouble can be tried again, with the same key', async () => {
  phone.city = cityOf({ [BOOK]: [refused(503, 'store.unavailable'), MADE] })
  const page = await confirm()
  await page.instance.onConfirm()
  expect(words(page)).toContain('系统暂时繁忙')
  await page.instance.onConfirm()
  expect(keys().size).toBe(1)
  expect(phone.went).toEqual([TICKET])
})

test('on the way to a proof, what was chosen is kept for a page that is opened anew', async () => {
  const page = await confirm()
  page.instance.onTyped({ detail: PERSON })
  page.instance.onCompanion({ currentTarget: { dataset: { index: 0 } } })
  await require('../../miniprogram/utils/stepup').remember(page.instance)
  const again = await confirm()
  const chosen = again.instance.data.companions.filter(({ isChosen }) => isChosen)
  expect(chosen.map(({ id, person }) => id || person)).toEqual(['c1', PERSON])
})

test('a slot that is gone is chosen anew', async () => {
  phone.city = cityOf({ 'GET /api/v1/cards/gy.parks/resources/lake/slots': { data: { items: [] } } })
  const page = await confirm()
  expect(words(page)).toMatch(/这个时段有调整.*选择其他时段/)
})
