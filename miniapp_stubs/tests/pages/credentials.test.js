// Electronic credentials: the list and what can be asked for; one with its live code, what is disclosed, its record.

const { newPhone } = require('../support/phone')
const { cityOf, refused, standStill, text, NOW } = require('../support/park')
const { opened, words, tap } = require('../support/screen')
const store = require('../../miniprogram/utils/store')

const ONE = '01CREDENTIAL'
const LIST = 'GET /api/v1/me/credentials'
const ASK = 'POST /api/v1/me/credentials'
const TYPES = 'GET /api/v1/credentials/types'
const ITSELF = `GET /api/v1/me/credentials/${ONE}`
const CODE = `GET /api/v1/me/credentials/${ONE}/presentation`
const RECORD = `GET /api/v1/me/credentials/${ONE}/record`
const at = (seconds) => new Date(Date.parse(NOW) + seconds * 1000).toISOString()

const claim = (name, zh, kind, show, value) => ({ name, label: text(zh, name), kind, show, value })
const PASS = {
  id: ONE,
  type_id: 'gy.park_annual_pass',
  name: text('公园年卡', 'Park annual pass'),
  department_name: text('公园管理处', 'Parks'),
  display: null,
  state: 'valid',
  issued_at: '2026-11-01T09:00:00+08:00',
  expires_at: '2027-11-02T00:00:00+08:00',
  issued_by: 'staff',
  claims: [
    claim('pass_number', '卡号', 'text', 'always', 'GY-31'),
    claim('name', '姓名', 'name', 'choice', '林*'),
    claim('over_18', '已满十八周岁', 'flag', 'choice', true),
  ],
}
const type = (id, zh, own) => ({ id, name: text(zh, id), summary: text('说明', 'Summary'), department: { id: 'd', name: text('部门', 'Department') }, self_issued: own })
const ALL_TYPES = { data: { items: [type('gy.park_annual_pass', '公园年卡', false), type('gy.resident_proof', '居住证明', true)] } }
const made = (code, disclosed = []) => ({ data: { code, sd_jwt: 'x', disclosed, issued_at: at(0), refresh_at: at(30), expires_at: at(60) } })
const shownAt = { at: '2026-11-20T10:00:00+08:00', kind: 'shown', by: 'gate', reason: null, place: '北门', verdict: 'valid', claims: [], in_words: text('出示，地点：北门，结果：有效', 'Shown at the north gate: valid'), request_id: 'r1' }

let phone

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.city = cityOf({
    [LIST]: { data: { items: [PASS] } },
    [TYPES]: ALL_TYPES,
    [ITSELF]: { data: PASS },
    [CODE]: ({ query }) => made(query.disclose === 'name' ? 'code-with-name' : 'code-1'),
    [RECORD]: { data: { items: [shownAt], after: null } },
  })
})

describe('the list', () => {
  test('shows what is held, and what can be asked for', async () => {
    const page = await opened('pages/me/credentials')
    expect(words(page)).toMatch(/公园年卡 有效 公园管理处 有效期至 .*出示 可在线申领 居住证明 说明 部门 申领/)
    await tap(page, '.credential', 0)
    expect(phone.went).toEqual([`to /pages/me/credential?id=${ONE}`])
  })

  test('asks for one of the citizen’s own, and opens it', async () => {
    phone.city = cityOf({ [LIST]: { data: { items: [] } }, [TYPES]: ALL_TYPES, [ASK]: { status: 201, data: { ...PASS, id: '01NEW' } } })
    const page = await opened('pages/me/credentials')
    expect(words(page)).toContain('还没有电子证照')
    await page.instance.onAsk({ currentTarget: { dataset: { id: 'gy.resident_proof' } } })
    expect(phone.requests.at(-1).body).toEqual({ type_id: 'gy.resident_proof' })
    expect(phone.went).toEqual(['to /pages/me/credential?id=01NEW'])
  })

  test('says what is needed before the real name is confirmed', async () => {
    phone.city = cityOf({ [LIST]: refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }), [TYPES]: ALL_TYPES })
    expect(words(await opened('pages/me/credentials'))).toMatch(/完成实名后可查看证照.*去实名/)
  })
})

describe('a credential', () => {
  let page

  const credential = async () => (page = await opened('pages/me/credential', { id: ONE }))

  afterEach(() => page.instance.onUnload())

  test('shows its code, what it says and where it was shown', async () => {
    await credential()
    expect(page.instance.data.code).toBe('code-1')
    expect(words(page)).toMatch(/公园年卡 有效 公园管理处 .*动态码，30 秒后自动更新.*卡号 GY-31 必示 姓名 林\* 已满十八周岁 是/)
    expect(words(page)).toContain('出示，地点：北门，结果：有效')
  })

  test('discloses what is chosen, and nothing else', async () => {
    await credential()
    await page.instance.onChoose({ currentTarget: { dataset: { name: 'name' } } })
    expect(page.instance.data.code).toBe('code-with-name')
    await page.instance.onChoose({ currentTarget: { dataset: { name: 'name' } } })
    expect(page.instance.data.code).toBe('code-1')
  })

  test('that was suspended meanwhile shows no code, and says why', async () => {
    await credential()
    phone.city = cityOf({
      [ITSELF]: { data: { ...PASS, state: 'suspended' } },
      [TYPES]: ALL_TYPES,
      [RECORD]: { data: { items: [], after: null } },
      [CODE]: refused(409, 'identity.credential.not_usable', { state: 'suspended' }),
    })
    await page.instance.renew()
    expect(page.instance.data.code).toBe('')
    expect(words(page)).toMatch(/已暂停.*恢复后即可出示/)
  })

  test('in English all of it is', async () => {
    store.setLanguage('en')
    await credential()
    expect(words(page).replace('林', '')).not.toMatch(/[\u3400-\u9fff]/)
  })
})
