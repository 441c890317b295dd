// 我的: one's level, data, who saw it, consents, devices, companions, settings.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, answering, standStill, text, ME, NOW } = require('../support/park')
const { opened, words, tap, happen } = require('../support/screen')
const session = require('../../miniprogram/utils/session')
const store = require('../../miniprogram/utils/store')

const REVEAL = 'POST /api/v1/me/reveal'
const NUMBER = '520100199203150024'
const seen = (field, value) => ({ data: { name: null, id_number: null, phone: null, [field]: value } })

let phone

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.city = cityOf()
  await session.signIn()
  phone.requests.length = 0
})

describe('the tab', () => {
  test('says who one is to the city, and leads everywhere', async () => {
    const page = await opened('pages/me/me')
    expect(words(page)).toMatch(
      /林\* 已实名 去认证，办理更多事项 我的信息 消息.*我的数据.*谁看过我的数据.*授权管理.*常用 我的预约.*我的证照.*同行人.*账号 登录设备.*设置.*关于/,
    )
    for (const place of [2, 5]) await tap(page, '.row', place)
    await tap(page, '.row', 0)
    expect(phone.went).toEqual(['to /pages/me/data', 'tab /pages/bookings/bookings', 'to /pages/identity/identity'])
  })

  test('whoever signed out can sign in again', async () => {
    phone.city = cityOf({ 'DELETE /api/v1/sessions/current': { status: 204, data: '' } })
    await session.signOut()
    const page = await opened('pages/me/me')
    expect(words(page)).toMatch(/您已退出登录 登录/)
    await page.instance.onSignIn()
    expect(words(page)).toContain('林*')
  })

  test('says how many messages are unread, and nothing when none is', async () => {
    const told = (unread) => ({ data: { items: [], after: null, unread } })
    phone.city = cityOf({ 'GET /api/v1/me/messages': [told(3), told(0)] })
    const page = await opened('pages/me/me')
    expect(words(page)).toMatch(/消息 3 条未读 账号的重要变化/)
    await page.instance.onShow()
    expect(words(page)).not.toContain('未读')
  })

  test('says so when the city cannot be reached, and keeps what leads on', async () => {
    phone.city = () => 'interrupted'
    const page = await opened('pages/me/me')
    expect(words(page)).toMatch(/暂时连接不上服务.*设置/)
  })

  test('in English all of it is', async () => {
    store.setLanguage('en')
    const page = await opened('pages/me/me')
    expect(words(page).replace('林', '')).not.toMatch(/[\u3400-\u9fff]/)
  })
})

describe('my data', () => {
  const show = (page, field) => page.instance.onReveal({ currentTarget: { dataset: { field } } })

  test('is masked, and shown field by field when it is asked for', async () => {
    phone.city = cityOf({
      [REVEAL]: ({ body: { fields } }) => seen(fields[0], fields[0] === 'phone' ? '16099000001' : NUMBER),
    })
    const page = await opened('pages/me/data')
    expect(words(page)).toMatch(/姓名 林\* 查看 身份证号码 5\*{16}4 查看 手机号 160\*{4}0001 查看/)
    await show(page, 'id_number')
    expect(phone.requests.at(-1).body).toEqual({ fields: ['id_number'] })
    expect(words(page)).toMatch(new RegExp(`${NUMBER} 隐藏.*30 秒后自动隐藏`))
    await show(page, 'id_number')
    expect(words(page)).not.toContain(NUMBER)
    page.instance.onUnload()
  })

  test('is hidden again after half a minute, and when the page is left', async () => {
    phone.city = cityOf({ [REVEAL]: seen('id_number', NUMBER) })
    const every = jest.spyOn(global, 'setInterval')
    const page = await opened('pages/me/data')
    await show(page, 'id_number')
    const [tick] = every.mock.calls.at(-1)
    jest.setSystemTime(Date.parse(NOW) + 29000)
    tick()
    expect(words(page)).toContain('1 秒后自动隐藏')
    jest.setSystemTime(Date.parse(NOW) + 31000)
    tick()
    expect(words(page)).not.toContain(NUMBER)
    jest.setSystemTime(Date.parse(NOW))
    await show(page, 'id_number')
    page.instance.onHide()
    expect(words(page)).not.toContain(NUMBER)
    every.mockRestore()
  })

  test('asks for a fresh proof first, and says nothing to who would rather not', async () => {
    const stale = refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: 300 })
    phone.city = cityOf({ [REVEAL]: [stale, seen('name', '林悦'), stale] })
    const page = await opened('pages/me/data')
    const ask = jest
      .spyOn(page.instance.selectComponent('#step-up'), 'ask')
      .mockResolvedValueOnce(true)
      .mockResolvedValueOnce(false)
    await show(page, 'name')
    expect(words(page)).toContain('林悦')
    await show(page, 'phone')
    expect(ask).toHaveBeenCalledTimes(2)
    expect(page.instance.data.failure).toBe('')
    page.instance.onUnload()
  })

  test('what the city does not hold cannot be shown', async () => {
    phone.city = cityOf({
      'GET /api/v1/me': { data: { ...ME, assurance: 0, proofs: [], name: null, id_number: null, phone: null } },
    })
    const page = await opened('pages/me/data')
    expect(words(page)).toMatch(/姓名 尚未提供 身份证号码 尚未提供 手机号 尚未提供/)
    expect(page.querySelectorAll('.reveal')).toHaveLength(0)
  })
})

describe('who saw my data', () => {
  const entry = (number, at, department = 'gy.fund') => ({
    at,
    department,
    card_id: 'x',
    fields: ['phone'],
    purpose: text('p'),
    in_words: text(`第${number}条`, `Entry ${number}`),
    request_id: `r${number}`,
  })

  test('day by day, in whole sentences, page by page', async () => {
    phone.city = cityOf({
      'GET /api/v1/me/access_log': ({ query: { after } }) =>
        after
          ? { data: { items: [entry(1, '2026-11-20T09:00:00+08:00')], after: null } }
          : {
              data: {
                items: [entry(3, '2026-11-24T09:30:00+08:00', 'citizen'), entry(2, '2026-11-24T08:00:00+08:00')],
                after: 'next',
              },
            },
    })
    const page = await opened('pages/me/access')
    expect(words(page)).toMatch(/今天 第3条 09:30 记录编号 r3 第2条 08:00 记录编号 r2 更早的记录/)
    expect(page.instance.data.days[0].entries.map(({ who }) => who)).toEqual(['本人', '部门'])
    await page.instance.onReachBottom()
    expect(words(page)).toMatch(/11月20日 周五 第1条.*以上是全部记录/)
  })

  test('says when nobody has, or when it cannot be read now', async () => {
    phone.city = cityOf({ 'GET /api/v1/me/access_log': { data: { items: [], after: null } } })
    expect(words(await opened('pages/me/access'))).toContain('还没有记录')
    phone.city = cityOf({ 'GET /api/v1/me/access_log': refused(503, 'store.unavailable') })
    expect(words(await opened('pages/me/access'))).toContain('系统暂时繁忙')
  })
})

describe('consents', () => {
  const consent = (id, live = true, more = {}) => ({
    id,
    card_id: 'gy.fund',
    department: 'd',
    department_name: text('公积金中心', 'Fund centre'),
    fields: ['id_number', 'name'],
    separate: ['id_number'],
    purpose: text('办理“公积金”', 'Fund'),
    granted_at: NOW,
    expires_at: '2027-11-24T10:00:00+08:00',
    revoked_at: live ? null : NOW,
    releases: 2,
    live,
    ...more,
  })
  const LIST = 'GET /api/v1/consents'
  const REVOKE = 'DELETE /api/v1/consents/k1'
  const revoke = (page) => page.instance.onRevoke({ currentTarget: { dataset: { id: 'k1' } } })

  test('say who receives what, what for, until when, how often it was', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: [consent('k1'), consent('k0', false)], after: null } } })
    expect(words(await opened('pages/me/consents'))).toMatch(
      /有效的授权 公积金中心 提供的信息 身份证号码、姓名 单独同意 身份证号码 用途 办理“公积金” 已提供 2 次 授权时间 今天 10:00 有效期至 2027年11月24日 周三 授权凭证 撤回授权 已结束 公积金中心.*今天 10:00 撤回 授权凭证/,
    )
  })

  test('are withdrawn after a question, at once', async () => {
    phone.city = cityOf({
      [LIST]: { data: { items: [consent('k1')], after: null } },
      [REVOKE]: { data: consent('k1', false) },
    })
    const page = await opened('pages/me/consents')
    const asked = answering(false)
    await revoke(page)
    expect(phone.sent).not.toContain(REVOKE)
    expect(asked[0].content).toContain('公积金中心将不能再获取您的身份证号码、姓名，立即生效。')
    answering(true)
    await revoke(page)
    expect(words(page)).toMatch(/现在没有有效的授权 已结束 公积金中心/)
    expect(phone.toasts).toEqual(['已撤回'])
  })

  test('stay as they are when the city could not be told', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: [consent('k1')], after: null } }, [REVOKE]: 'timeout' })
    const page = await opened('pages/me/consents')
    answering(true)
    await revoke(page)
    expect(words(page)).toContain('撤回授权')
    expect(phone.toasts[0]).toContain('网络有些慢')
  })

  test('have a receipt, to read and to keep', async () => {
    phone.city = cityOf({
      [LIST]: { data: { items: [consent('k1')], after: null } },
      'GET /api/v1/consents/k1/receipt': {
        data: { receipt: 'a.b.c', text: text('授权凭证\n编号：k1\n接收方：公积金中心', 'Receipt'), keys: '/keys' },
      },
    })
    await tap(await opened('pages/me/consents'), '.receipt', 0)
    expect(phone.went).toEqual(['to /pages/me/receipt?id=k1'])
    const files = {}
    const shared = []
    Object.assign(global.wx, {
      canIUse: () => true,
      env: { USER_DATA_PATH: 'wxfile://usr' },
      getFileSystemManager: () => ({ writeFile: ({ filePath, data, success }) => success((files[filePath] = data)) }),
      shareFileMessage: ({ filePath, fileName, success }) => success(shared.push([filePath, fileName])),
    })
    const page = await opened('pages/me/receipt', { id: 'k1' })
    expect(words(page)).toMatch(/由本市签名.*编号 k1 接收方 公积金中心/)
    await tap(page, '.save')
    expect(shared).toEqual([['wxfile://usr/consent-k1.json', '授权凭证-k1.json']])
    expect(JSON.parse(files['wxfile://usr/consent-k1.json']).receipt).toBe('a.b.c')
    await tap(page, '.copy')
    expect(phone.clipboard).toMatch(/接收方：公积金中心\n\na\.b\.c$/)
    global.wx.shareFileMessage = ({ fail }) => fail({ errMsg: 'shareFileMessage:fail' })
    await tap(page, '.save')
    expect(phone.toasts.at(-1)).toContain('可以先复制')
  })

  test('that nobody gave are not there', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: [], after: null } } })
    expect(words(await opened('pages/me/consents'))).toContain('还没有授权')
  })
})

describe('devices', () => {
  const one = (id, current, name) => ({ id, device_name: name, created_at: NOW, refreshed_at: NOW, current })
  const LIST = 'GET /api/v1/sessions'
  const BOTH = { data: { items: [one('s2', false, ''), one('s1', true, 'Phone 1')] } }

  test('this one first; another is signed out after a question', async () => {
    phone.city = cityOf({
      [LIST]: [BOTH, { data: { items: [one('s1', true, 'Phone 1')] } }],
      'DELETE /api/v1/sessions/s2': { status: 204, data: '' },
    })
    const page = await opened('pages/me/sessions')
    expect(words(page)).toMatch(/Phone 1 本机 最近使用 今天 10:00.*未知设备.*退出登录.*退出所有设备/)
    const asked = answering(true)
    await tap(page, '.end', 0)
    await settled()
    expect(asked[0].content).toContain('“未知设备”会立即退出登录')
    expect(phone.sent).toContain('DELETE /api/v1/sessions/s2')
    expect(words(page)).not.toContain('未知设备')
  })

  test('what was ended because it looked copied is said first, for a month', async () => {
    const told = (id, kind, at) => ({ id, kind, title: text('可能被复制'), body: text('已为您退出'), at, read_at: NOW })
    phone.city = cityOf({
      [LIST]: BOTH,
      'GET /api/v1/me/messages': {
        data: {
          items: [
            told('m1', 'identity.token_reused', '2026-11-23T09:00:00+08:00'),
            told('m2', 'identity.new_device', '2026-11-23T09:00:00+08:00'),
            told('m3', 'identity.token_reused', '2026-09-01T09:00:00+08:00'),
          ],
          after: null,
          unread: 0,
        },
      },
    })
    const page = await opened('pages/me/sessions')
    expect(words(page)).toMatch(/^可能被复制 已为您退出 昨天 09:00 查看全部消息 在这些设备上/)
    await tap(page, '.link')
    expect(phone.went).toEqual(['to /pages/me/messages'])
  })

  test('everywhere means here, too', async () => {
    phone.city = cityOf({
      [LIST]: BOTH,
      'DELETE /api/v1/sessions': { status: 204, data: '' },
      'DELETE /api/v1/sessions/current': refused(401, 'identity.token_invalid'),
    })
    const page = await opened('pages/me/sessions')
    answering(true)
    await page.instance.onEndAll()
    expect(session.isSignedOut()).toBe(true)
    expect(phone.went).toEqual(['tab /pages/me/me'])
  })

  test('nothing ends that was not confirmed', async () => {
    phone.city = cityOf({ [LIST]: BOTH })
    const page = await opened('pages/me/sessions')
    answering(false)
    await page.instance.onEndAll()
    await tap(page, '.end', 0)
    expect(phone.sent.filter((line) => line.startsWith('DELETE'))).toEqual([])
  })
})

describe('companions', () => {
  const LIST = 'GET /api/v1/me/companions'
  const two = [
    { id: 'c1', name: '王**', id_number: '5****************X' },
    { id: 'c2', name: '李*', id_number: '5****************7' },
  ]

  test('are listed masked, removed after a question, and added', async () => {
    phone.city = cityOf({
      [LIST]: [{ data: { items: two, most: 3 } }, { data: { items: two.slice(1), most: 3 } }],
      'DELETE /api/v1/me/companions/c1': { status: 204, data: '' },
    })
    const page = await opened('pages/me/companions')
    expect(words(page)).toMatch(/2 \/ 3 位 王\*\* 5\*{16}X 删除 李\*/)
    const asked = answering(true)
    await tap(page, '.remove', 0)
    await settled()
    expect(asked[0].content).toContain('王**（5****************X）将从列表中删除')
    expect(words(page)).toContain('1 / 3 位')
    await happen(page, '.form', 'saved', { companion: { id: 'c3', name: '赵*', id_number: '1****************1' } })
    expect(words(page)).toMatch(/2 \/ 3 位.*赵\*/)
  })

  test('a full list says so and takes nobody', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: two, most: 2 } } })
    expect(words(await opened('pages/me/companions'))).toContain('已达上限（2 位），请先删除不再需要的。')
  })

  test('nobody yet; and before the real name, that first', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: [], most: 20 } } })
    expect(words(await opened('pages/me/companions'))).toContain('还没有同行人')
    phone.city = cityOf({
      [LIST]: [
        refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }),
        refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }),
        { data: { items: two, most: 20 } },
      ],
    })
    const page = await opened('pages/me/companions')
    expect(words(page)).toContain('实名后可添加同行人')
    jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
    await page.instance.onProve()
    expect(words(page)).toContain('王**')
  })

  test('what was proved on another phone is found out without a question', async () => {
    jest.setSystemTime(Date.parse(NOW) + 60000)
    phone.city = cityOf({
      [LIST]: [
        refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }),
        { data: { items: two, most: 20 } },
      ],
    })
    const page = await opened('pages/me/companions')
    expect(words(page)).toContain('王**')
    expect(phone.sent).toEqual([LIST, 'POST /api/v1/sessions/refresh', LIST])
    jest.setSystemTime(Date.parse(NOW))
  })
})

describe('settings', () => {
  test('language and size of text change at once, on this page and for all others', async () => {
    const page = await opened('pages/me/settings')
    await tap(page, '.row', 1)
    expect(words(page)).toMatch(/Language 中文 English Size of text Standard Large Larger Largest/)
    expect(phone.title).toBe('Settings')
    await tap(page, '.row', 5)
    expect(store.textScale()).toBe(2)
    expect(page.instance.data.textScale).toBe(2)
    await tap(page, '.elder')
    expect(store.isElder()).toBe(true)
  })

  test('signing out here, after a question', async () => {
    phone.city = cityOf({ 'DELETE /api/v1/sessions/current': { status: 204, data: '' } })
    const page = await opened('pages/me/settings')
    answering(false)
    await page.instance.onSignOut()
    expect(session.isSignedOut()).toBe(false)
    answering(true)
    await page.instance.onSignOut()
    expect(session.isSignedOut()).toBe(true)
    expect(phone.storage.has('session')).toBe(false)
  })

  test('leaves nothing of an unfinished booking on the phone, and the phone itself known', async () => {
    phone.city = cityOf({
      'DELETE /api/v1/sessions/current': { status: 204, data: '' },
      'POST /api/v1/bookings': 'timeout',
    })
    const draft = require('../../miniprogram/pages/bookings/draft')
    await draft
      .ask({ query: {}, body: { companions: [{ name: '王小明', id_number: NUMBER }] }, shown: {} })
      .catch(() => {})
    expect(await draft.pending()).not.toBeNull()
    const device = phone.storage.get('device_id')
    await session.signOut()
    expect(await draft.pending()).toBeNull()
    expect(JSON.stringify([...phone.storage])).not.toContain(NUMBER)
    expect(phone.storage.get('device_id')).toBe(device)
  })
})

test('about says of which city it is, in which version, under which licence', async () => {
  const page = await opened('pages/me/about')
  expect(words(page)).toMatch(/城市 贵阳 版本 0.1.0.*演示环境.*MIT 许可证/)
  phone.city = () => 'interrupted'
  await page.instance.load()
  expect(words(page)).toContain('暂时连接不上服务')
})
