// 我的企业: bound, shown, agents named and ended, given up.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, answering, standStill, CARD, NOW, text } = require('../support/park')
const { ENTERPRISE, AGENT, OF_FIRM, CODE, THEMES } = require('../support/family')
const { opened, words, tap, happen } = require('../support/screen')
const acting = require('../../miniprogram/utils/acting')
const session = require('../../miniprogram/utils/session')
const store = require('../../miniprogram/utils/store')

const LIST = 'GET /api/v1/enterprises'
const BIND = 'POST /api/v1/enterprises'
const AGENTS = 'GET /api/v1/enterprises/e1/agents'
const list = (...items) => ({ data: { items } })
const CARDS = { data: { items: [{ ...CARD, theme: 'culture', summary: text('预约') }], total: 1, after: null } }

let phone
const known = (answers = {}) =>
  cityOf({
    'GET /api/v1/themes': THEMES,
    'GET /api/v1/cards': CARDS,
    'GET /api/v1/cards/gy.parks': { data: { ...CARD, operations: [] } },
    [LIST]: list(ENTERPRISE),
    [AGENTS]: list(AGENT, { ...AGENT, id: 'm2', name: '旧*', live: false, ended_at: NOW, ended_by: 'enterprise' }),
    ...answers,
  })

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.pages = [{}, {}]
  phone.city = known()
  await session.signIn()
  phone.requests.length = 0
})

describe('the list', () => {
  test('names each, its code masked, what one is to it and its state', async () => {
    phone.city = known({ [LIST]: list(ENTERPRISE, { ...ENTERPRISE, id: 'e2', role: 'agent', operating: false }) })
    const page = await opened('pages/enterprise/enterprises')
    expect(words(page)).toMatch(
      /某某公司 统一社会信用代码 91\*+458K 法定代表人 正常经营.*经办人 登记状态异常，暂停办理/,
    )
    await tap(page, '.enterprise')
    expect(phone.went).toEqual(['to /pages/enterprise/enterprise?id=e1'])
  })

  test('says how to come to one', async () => {
    phone.city = known({ [LIST]: list() })
    const page = await opened('pages/enterprise/enterprises')
    expect(words(page)).toMatch(/还没有企业.*绑定企业 输入经办码/)
    page.instance.onBind()
    page.instance.onCode()
    expect(phone.went).toEqual(['to /pages/enterprise/bind', 'to /pages/family/code'])
  })
})

describe('binding', () => {
  const enter = async (page, code) => {
    page.instance.onType({ detail: { value: code } })
    await page.instance.onSubmit()
  }

  test('takes the credit code and one’s face in place', async () => {
    phone.city = known({
      [BIND]: [refused(401, 'identity.step_up_needed', { acr_values: '3', max_age: 600 }), { status: 201, data: ENTERPRISE }],
    })
    const page = await opened('pages/enterprise/bind')
    jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
    await enter(page, ' 91529900ma7278458k ')
    expect(phone.requests[0].body).toEqual({ credit_code: '91529900ma7278458k' })
    expect(phone.went).toEqual(['instead /pages/enterprise/enterprise?id=e1'])
  })

  test.each([
    ['identity.enterprise.invalid_credit_code', 422, {}, /代码与标准不符/],
    ['identity.enterprise.not_confirmed', 422, { attempts_left: 3 }, /没有核对成功.*今天还可核对 3 次/],
    ['identity.enterprise.registry_unavailable', 503, {}, /登记库暂时没有回应 没有计入次数/],
  ])('%s is said in plain words', async (code, status, facts, said) => {
    phone.city = known({ [BIND]: refused(status, code, facts) })
    const page = await opened('pages/enterprise/bind')
    await enter(page, '91529900MA7278458K')
    expect(words(page)).toMatch(said)
  })

  test('an empty code is not sent', async () => {
    const page = await opened('pages/enterprise/bind')
    await page.instance.onSubmit()
    expect(words(page)).toContain('请填写统一社会信用代码')
    expect(phone.requests).toEqual([])
  })
})

describe('an enterprise', () => {
  test('shows its legal representative the agents, their limits and their last use', async () => {
    const page = await opened('pages/enterprise/enterprise', { id: 'e1' })
    expect(words(page)).toMatch(/某某公司 我的身份 法定代表人.*登记状态 正常经营/)
    expect(words(page)).toMatch(
      /彭\*\* 范围 全部服务，不包括：景区预约（预约） 授权 不能代表单位同意提供数据 有效期至 12月24日 周四 办理 共 1 次，最近 今天 10:00/,
    )
    expect(words(page)).toMatch(/已结束的 旧\* 今天 10:00 由法定代表人结束.*解除绑定 为其办理/)
  })

  test('an agent is ended after a question', async () => {
    phone.city = known({ 'DELETE /api/v1/enterprises/e1/agents/m1': { status: 204, data: '' } })
    const page = await opened('pages/enterprise/enterprise', { id: 'e1' })
    answering(false)
    await happen(page, '.end', 'tap')
    expect(phone.sent).not.toContain('DELETE /api/v1/enterprises/e1/agents/m1')
    answering(true)
    await happen(page, '.end', 'tap')
    await settled()
    expect(phone.sent).toContain('DELETE /api/v1/enterprises/e1/agents/m1')
  })

  test('is given up after a question that says what ends with it', async () => {
    phone.city = known({ 'DELETE /api/v1/enterprises/e1': { status: 204, data: '' } })
    const page = await opened('pages/enterprise/enterprise', { id: 'e1' })
    const asked = answering(true)
    await page.instance.onUnbind()
    expect(asked[0].content).toContain('您和所有经办人立即不能再为 某某公司 办理')
    expect(phone.went).toEqual(['back'])
  })

  test('an agent sees their own terms and may leave; who acts for it just now is themself again', async () => {
    const own = { ...ENTERPRISE, role: 'agent', grant_id: 'm1', expires_at: AGENT.expires_at, may_consent: true }
    phone.city = known({
      [LIST]: list(own),
      'POST /api/v1/acting': { status: 201, data: { access_token: 't', expires_in: 900, acting_for: OF_FIRM } },
      'DELETE /api/v1/enterprises/e1/agents/m1': { status: 204, data: '' },
    })
    await acting.start('m1')
    const page = await opened('pages/enterprise/enterprise', { id: 'e1' })
    expect(words(page)).toMatch(/我的身份 经办人.*范围 全部服务 授权 可以代表单位.*有效期至 12月24日.*不再担任经办人/)
    expect(phone.sent).not.toContain(AGENTS)
    answering(true)
    await page.instance.onLeave()
    expect(acting.now()).toBeNull()
  })

  test('that is not one’s own any more says so', async () => {
    phone.city = known({ [LIST]: list() })
    expect(words(await opened('pages/enterprise/enterprise', { id: 'e1' }))).toContain('现在不能为这家企业办理')
  })

  test('is acted for from here', async () => {
    phone.city = known({
      'POST /api/v1/acting': { status: 201, data: { access_token: 't', expires_in: 900, acting_for: OF_FIRM } },
    })
    const page = await opened('pages/enterprise/enterprise', { id: 'e1' })
    await page.instance.onAct()
    expect(phone.went).toEqual(['anew /pages/home/home'])
    expect(acting.audience()).toBe('enterprise')
  })
})

test('an agent is named with scopes, days, and whether they may consent', async () => {
  phone.city = known({ 'POST /api/v1/enterprises/e1/invitations': CODE })
  const page = await opened('pages/enterprise/appoint', { id: 'e1' })
  await happen(page, '.limits', 'change', { limits: { mode: 'only', cards: ['gy.parks'] }, days: 7 })
  await tap(page, '.consent')
  await page.instance.onSubmit()
  expect(phone.requests.find(({ method }) => method === 'POST').body).toEqual({
    limits: { mode: 'only', cards: ['gy.parks'] },
    days: 7,
    may_consent: true,
  })
  expect(words(page)).toMatch(/BACBY-9A2MM 10:00 后失效.*只限：景区预约；7 天/)
})

test('in English all of it is', async () => {
  store.setLanguage('en')
  phone.city = known({ [LIST]: list({ ...ENTERPRISE, name: 'Firm' }) })
  const pages = ['enterprises', 'bind', 'enterprise', 'appoint']
  const shown = []
  for (const name of pages) shown.push(words(await opened(`pages/enterprise/${name}`, { id: 'e1' })))
  store.setLanguage('zh')
  expect(shown.join(' ').replace(/.\*+/g, '')).not.toMatch(/[\u3400-\u9fff]/)
})
