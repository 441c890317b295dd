// The rights over one's data: a copy, corrections, closing the account.

const { newPhone } = require('../support/phone')
const { answering, cityOf, refused, standStill, text } = require('../support/park')
const { opened, words } = require('../support/screen')
const session = require('../../miniprogram/utils/session')
const store = require('../../miniprogram/utils/store')

const CLOSING = '/api/v1/me/closing'
const CORRECTIONS = '/api/v1/me/corrections'
const DUE = '2026-12-01T10:00:00+08:00'
const closing = (due = null) => ({
  data: {
    requested_at: due && '2026-11-24T10:00:00+08:00',
    due_at: due,
    days: 7,
    losses: [{ kind: 'bookings', title: text('未使用的预约', 'Bookings'), count: 2 }],
  },
})
const correction = (state, more = {}) => ({
  id: `01${state}`,
  field: 'name',
  text: '“晓”应为“小”',
  state,
  asked_at: '2026-11-24T09:00:00+08:00',
  due_on: '2026-12-15',
  decided_at: null,
  answer: null,
  ...more,
})
const listed = (...items) => ({ data: { items, after: null } })

let phone
let downloads

/** A phone or computer on which wx.downloadFile answers so, one answer after the other. */
function downloading(platform, ...answers) {
  downloads = { kept: [], asked: [] }
  Object.assign(global.wx, {
    canIUse: () => true,
    getDeviceInfo: () => ({ platform }),
    downloadFile: ({ url, header, success }) => {
      downloads.asked.push({ url, header })
      success({ statusCode: 200, tempFilePath: 'wxfile://tmp_1.zip', header: {}, ...answers.shift() })
    },
    getFileSystemManager: () => ({ readFileSync: (path) => path.replace('wxfile://', '') }),
    saveFileToDisk: ({ success, ...options }) => (downloads.kept.push({ disk: options.fileName }), success({})),
    shareFileMessage: ({ success, ...options }) => (downloads.kept.push({ chat: options.fileName }), success({})),
  })
}
const problem = (status, code, facts = {}) => ({
  statusCode: status,
  tempFilePath: `wxfile://${JSON.stringify({ code, title: `[${code}]`, ...facts })}`,
})

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.city = cityOf({
    [`GET ${CLOSING}`]: closing(),
    [`GET ${CORRECTIONS}`]: listed(),
    'GET /api/v1/me/messages': { data: { items: [], after: null, unread: 0 } },
  })
  await session.signIn()
  phone.requests.length = 0
})

describe('the copy', () => {
  test.each([
    ['ios', '发送到微信聊天', { chat: 'my-data.zip' }],
    ['windows', '保存到本机', { disk: 'my-data.zip' }],
  ])('on %s', async (platform, button, kept) => {
    downloading(platform)
    const page = await opened('pages/me/export')
    await page.instance.onMake()
    expect(downloads.asked[0]).toMatchObject({
      url: 'https://city.example/api/v1/me/export',
      header: { Authorization: 'Bearer a' },
    })
    expect(words(page)).toMatch(/已生成/)
    expect(words(page)).toContain(button)
    await page.instance.onKeep()
    expect(downloads.kept).toEqual([kept])
    expect(words(page)).toMatch(/已保存.*重新生成/)
  })

  test('asks for a fresh proof, and says nothing to who would rather not', async () => {
    const stale = problem(401, 'identity.step_up_needed', { acr_values: '2', max_age: 300 })
    downloading('ios', stale, stale, {})
    const page = await opened('pages/me/export')
    const ask = jest
      .spyOn(page.instance.selectComponent('#step-up'), 'ask')
      .mockResolvedValueOnce(false)
      .mockResolvedValueOnce(true)
    await page.instance.onMake()
    expect(words(page)).toContain('生成我的数据副本')
    expect(page.instance.data).toMatchObject({ failure: null, outcome: null })
    await page.instance.onMake()
    expect(ask).toHaveBeenCalledTimes(2)
    expect(words(page)).toContain('已生成')
  })

  test('whoever has confirmed nothing signs in anew, unasked', async () => {
    downloading('ios', problem(401, 'identity.step_up_needed', { acr_values: '0', max_age: 300 }))
    const page = await opened('pages/me/export')
    const ask = jest.spyOn(page.instance.selectComponent('#step-up'), 'ask')
    await page.instance.onMake()
    expect(phone.sent).toContain('POST /api/v1/sessions')
    expect(ask).not.toHaveBeenCalled()
    expect(words(page)).toContain('已生成')
  })

  test('says that there is none until tomorrow, and what else went wrong', async () => {
    downloading('ios', problem(429, 'identity.privacy.export_limit'), { statusCode: 502, tempFilePath: 'wxfile://x' })
    const page = await opened('pages/me/export')
    await page.instance.onMake()
    expect(words(page)).toContain('今天的次数已用完')
    await page.instance.onMake()
    expect(page.instance.data.failure.code).toBe('client.unreadable')
    expect(words(page)).not.toContain('今天的次数已用完')
  })
})

describe('corrections', () => {
  const choose = (page, id) => page.instance.onField({ currentTarget: { dataset: { id } } })

  test('are asked for with a field and a word, and listed with their state', async () => {
    phone.city = cityOf({
      [`GET ${CORRECTIONS}`]: [listed(), listed(correction('open'))],
      [`POST ${CORRECTIONS}`]: { status: 201, data: correction('open') },
    })
    const page = await opened('pages/me/corrections')
    expect(words(page)).toContain('还没有申请')
    await page.instance.onSend()
    expect(words(page)).toContain('请选择哪一项有误')
    choose(page, 'name')
    await page.instance.onSend()
    expect(words(page)).toContain('请写明哪里不对')
    page.instance.onText({ detail: { value: ' “晓”应为“小” ' } })
    await page.instance.onSend()
    const sent = phone.requests.find(({ method }) => method === 'POST')
    expect(sent.body).toEqual({ field: 'name', text: '“晓”应为“小”' })
    expect(phone.toasts).toEqual(['已提交'])
    expect(words(page)).toMatch(/姓名 处理中 “晓”应为“小” 提交于 今天 09:00 最晚 12月15日 周二 前答复/)
    expect(page.instance.data.text).toBe('')
  })

  test('say how they were decided, and lead on to the proof', async () => {
    const done = { decided_at: '2026-11-24T09:30:00+08:00', answer: '已核实' }
    phone.city = cityOf({
      [`GET ${CORRECTIONS}`]: listed(correction('accepted', done), correction('refused', { ...done, field: 'other' })),
    })
    const page = await opened('pages/me/corrections')
    expect(words(page)).toMatch(/已同意.*答复于 今天 09:30 答复 已核实 去重新认证 其他 未同意/)
    page.instance.onProve()
    expect(phone.went).toEqual(['to /pages/identity/identity'])
  })

  test('a refusal of the city stands beside the button, and nothing that was written is lost', async () => {
    phone.city = cityOf({
      [`GET ${CORRECTIONS}`]: listed(),
      [`POST ${CORRECTIONS}`]: refused(409, 'identity.privacy.correction_open'),
    })
    const page = await opened('pages/me/corrections')
    choose(page, 'phone')
    page.instance.onText({ detail: { value: '换号了' } })
    await page.instance.onSend()
    expect(words(page)).toContain('[identity.privacy.correction_open]')
    expect(page.instance.data).toMatchObject({ field: 'phone', text: '换号了' })
  })
})

describe('closing the account', () => {
  test('says what is lost, and wants that it was understood and meant', async () => {
    phone.city = cityOf({ [`GET ${CLOSING}`]: closing(), [`POST ${CLOSING}`]: { ...closing(DUE), status: 201 } })
    const page = await opened('pages/me/closing')
    expect(words(page)).toMatch(/申请后有 7 天时间反悔.*未使用的预约 2 项/)
    await page.instance.onClose()
    expect(words(page)).toContain('请先确认您已了解以上内容')
    page.instance.onUnderstood()
    answering(false)
    await page.instance.onClose()
    expect(phone.sent).not.toContain(`POST ${CLOSING}`)
    answering(true)
    await page.instance.onClose()
    expect(phone.sent).toContain(`POST ${CLOSING}`)
    expect(words(page)).toMatch(/账号正在注销 12月1日 周二 10:00 起永久删除.*撤销注销，保留账号/)
  })

  test('is taken back with one tap', async () => {
    phone.city = cityOf({ [`GET ${CLOSING}`]: closing(DUE), [`DELETE ${CLOSING}`]: closing() })
    const page = await opened('pages/me/closing')
    await page.instance.onKeep()
    expect(phone.toasts).toEqual(['账号已保留'])
    expect(words(page)).toContain('申请注销账号')
  })

  test('says what has to be settled first', async () => {
    phone.city = cityOf({
      [`GET ${CLOSING}`]: closing(),
      [`POST ${CLOSING}`]: refused(409, 'identity.privacy.closing_refused', { reasons: ['managed_account'] }),
    })
    const page = await opened('pages/me/closing')
    page.instance.onUnderstood()
    answering(true)
    await page.instance.onClose()
    expect(words(page)).toContain('您是孩子账号的唯一监护人')
  })

  test('is seen on 我的 after signing in, and taken back there', async () => {
    phone.city = cityOf({
      [`GET ${CLOSING}`]: closing(DUE),
      [`DELETE ${CLOSING}`]: closing(),
      'GET /api/v1/me/messages': { data: { items: [], after: null, unread: 0 } },
    })
    const page = await opened('pages/me/me')
    expect(words(page)).toMatch(/账号正在注销，12月1日 周二 10:00 起永久删除 撤销注销/)
    await page.instance.onKeep()
    expect(words(page)).not.toContain('账号正在注销')
    expect(phone.toasts).toEqual(['账号已保留'])
  })
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  downloading('ios')
  phone.city = cityOf({
    [`GET ${CLOSING}`]: closing(DUE),
    [`GET ${CORRECTIONS}`]: listed(correction('open', { text: 'x' })),
  })
  for (const name of ['export', 'corrections', 'closing'])
    expect(words(await opened(`pages/me/${name}`))).not.toMatch(/[\u3400-\u9fff]/)
})
