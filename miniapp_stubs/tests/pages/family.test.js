// 家人与代办, 办理身份: who may act for whom, codes, a child, an elder, an account that is taken over.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, answering, standStill, CARD, NOW, ME, text } = require('../support/park')
const { RELATION, CHILD, OVER, CHOICE, OF_FIRM, CODE, THEMES, EVERYTHING } = require('../support/family')
const { opened, words, tap, happen } = require('../support/screen')
const acting = require('../../miniprogram/utils/acting')
const claiming = require('../../miniprogram/pages/family/claiming')
const faces = require('../../miniprogram/pages/identity/face_of_others')
const session = require('../../miniprogram/utils/session')
const store = require('../../miniprogram/utils/store')

const RELATIONS = 'GET /api/v1/family/relations'
const CHILDREN = 'POST /api/v1/family/children'
const NUMBER = '520100199203150024'
const PERSON = { name: '林悦', number: NUMBER }
const list = (...items) => ({ data: { items } })
const CARDS = { data: { items: [{ ...CARD, theme: 'culture', summary: text('预约') }], total: 1, after: null } }

let phone
const known = (answers = {}) =>
  cityOf({ 'GET /api/v1/themes': THEMES, 'GET /api/v1/cards': CARDS, [RELATIONS]: list(RELATION, CHILD, OVER), ...answers })
const last = () => phone.requests[phone.requests.length - 1]

beforeAll(standStill)

beforeEach(async () => {
  phone = newPhone()
  phone.pages = [{}, {}]
  phone.city = known()
  await session.signIn()
  phone.requests.length = 0
})

describe('the relations', () => {
  test('of both directions: capacity, limits, until when, last use; those that have ended below', async () => {
    const page = await opened('pages/family/family')
    expect(words(page)).toMatch(
      /谁可以为我办理 韩\*\* 代办人 范围 只限：景区预约 有效期 至 12月24日 周四 办理 共 2 次，最近 今天 10:00 结束/,
    )
    expect(words(page)).toMatch(
      /我可以为谁办理 苏\* 我是监护人 范围 全部服务 有效期 到孩子年满 18 岁 办理 还没有办理过 交给孩子自己的手机 为其办理 结束/,
    )
    expect(words(page)).toMatch(/已结束的 韩\*\* · 代办人 只限：景区预约 今天 10:00 由代办人结束/)
  })

  test('one is ended after one question, and not without it', async () => {
    phone.city = known({ 'DELETE /api/v1/family/relations/r1': { data: { ...RELATION, live: false } } })
    const page = await opened('pages/family/family')
    const asked = answering(false)
    await happen(page, '.end', 'tap')
    expect(asked[0].content).toContain('与 韩** 的代办关系立即失效')
    expect(phone.sent).not.toContain('DELETE /api/v1/family/relations/r1')
    answering(true)
    await happen(page, '.end', 'tap')
    await settled()
    expect(phone.sent).toContain('DELETE /api/v1/family/relations/r1')
  })

  test('whoever ends the one they act under is themself again', async () => {
    phone.city = known({
      'POST /api/v1/acting': { status: 201, data: { access_token: 't', expires_in: 900, acting_for: CHOICE } },
      'DELETE /api/v1/family/relations/r2': { data: { ...CHILD, live: false } },
    })
    await acting.start('r2')
    const page = await opened('pages/family/family')
    answering(true)
    await happen(page, '.end', 'tap', {}, 1)
    await settled()
    expect(acting.now()).toBeNull()
  })

  test('leads to a code for the child’s own phone, and to each way of beginning', async () => {
    const page = await opened('pages/family/family')
    page.instance.onHandOver({ currentTarget: { dataset: { id: 'r2' } } })
    for (const place of [0, 1, 2, 3]) await tap(page, '.way', place)
    expect(phone.went).toEqual([
      'to /pages/family/handover?relation=r2',
      'to /pages/family/invite',
      'to /pages/family/code',
      'to /pages/family/child',
      'to /pages/family/elder',
    ])
  })

  test('says so when there is nobody, and when the city is away', async () => {
    phone.city = known({ [RELATIONS]: list() })
    expect(words(await opened('pages/family/family'))).toMatch(/现在没有人可以为您办理。.*您现在只为自己办理。/)
    phone.city = () => 'interrupted'
    expect(words(await opened('pages/family/family'))).toContain('暂时连接不上服务')
  })

  test('in English all of it is', async () => {
    store.setLanguage('en')
    const shown = words(await opened('pages/family/family')).replace(/.\*+/g, '')
    store.setLanguage('zh')
    expect(shown).not.toMatch(/[\u3400-\u9fff]/)
  })
})

describe('for whom one acts', () => {
  const CHOICES = { 'GET /api/v1/acting': list(CHOICE, OF_FIRM) }

  test('is chosen among oneself, family and enterprises', async () => {
    phone.city = known({
      ...CHOICES,
      'POST /api/v1/acting': { status: 201, data: { access_token: 't', expires_in: 900, acting_for: OF_FIRM } },
    })
    const page = await opened('pages/family/acting')
    expect(words(page)).toMatch(
      /本人 我自己的事 家人 苏\* 我是监护人 企业 某某公司 我是经办人，有效期至 12月24日 周四/,
    )
    await tap(page, '.choice', 2)
    await settled()
    expect(last().body).toEqual({ grant_id: 'm1' })
    expect(acting.shown()).toEqual({ name: '某某公司', capacity: '经办人', isEnterprise: true })
    expect(phone.went).toEqual(['anew /pages/home/home'])
    const again = await opened('pages/family/acting')
    expect(words(again)).toContain('正在为 某某公司 办理 经办人 切换回本人')
    await tap(again, '.choice', 0)
    expect(acting.now()).toBeNull()
  })

  test('says why one cannot be chosen now', async () => {
    phone.city = known({ ...CHOICES, 'POST /api/v1/acting': refused(403, 'identity.enterprise.suspended') })
    const page = await opened('pages/family/acting')
    await tap(page, '.choice', 2)
    await settled()
    expect(words(page)).toContain('[identity.enterprise.suspended]')
    expect(acting.now()).toBeNull()
  })

  test('and says how to come to somebody, when there is nobody', async () => {
    phone.city = known({ 'GET /api/v1/acting': list() })
    expect(words(await opened('pages/family/acting'))).toContain('还不能为别人办理')
  })

  test('is said on every page, with the way back; and that it has ended, until that was read', async () => {
    phone.storage.set('acting', CHOICE)
    const page = await opened('pages/family/code')
    expect(words(page)).toContain('正在为 苏* 办理 监护人 切换回本人')
    acting.ended({ code: 'identity.acting.ended' })
    expect(words(await opened('pages/me/about'))).toContain('为 苏* 的代办已经结束，现在是您本人。 知道了')
    acting.endRead()
    expect(words(await opened('pages/me/about'))).not.toContain('已经结束')
  })
})

describe('naming a helper', () => {
  const INVITATIONS = 'POST /api/v1/family/invitations'

  test('wants limits, then shows the code large, to be scanned, and how long it lives', async () => {
    phone.city = known({ [INVITATIONS]: CODE })
    const page = await opened('pages/family/invite')
    await page.instance.onSubmit()
    expect(phone.toasts).toEqual(['请选择可以办理什么'])
    await happen(page, '.limits', 'change', { limits: { mode: 'only', themes: ['culture'] }, days: 90 })
    await page.instance.onSubmit()
    expect(phone.requests.find(({ method }) => method === 'POST').body).toEqual({
      limits: { mode: 'only', themes: ['culture'] },
      days: 90,
    })
    expect(words(page)).toMatch(/BACBY-9A2MM 10:00 后失效.*只限：“文化旅游”类；90 天/)
  })

  test('a minor is told that it takes somebody of age', async () => {
    phone.city = known({ [INVITATIONS]: refused(403, 'identity.acting.not_of_age') })
    const page = await opened('pages/family/invite')
    await happen(page, '.limits', 'change', { limits: { mode: 'all_but' }, days: 7 })
    await page.instance.onSubmit()
    expect(words(page)).toContain('须年满 18 周岁')
  })
})

describe('a code of somebody', () => {
  const READING = 'POST /api/v1/acting/codes/reading'
  const ACCEPTANCE = 'POST /api/v1/acting/codes/acceptance'
  const offer = {
    kind: 'helper',
    name: '林*',
    limits: RELATION.limits,
    may_consent: false,
    days: 7,
    code_expires_at: NOW,
  }
  const enter = async (page, code = ' bacby-9a2mm ') => {
    page.instance.onType({ detail: { value: code } })
    await page.instance.onSubmit()
  }

  test('is read first: from whom, how far, how long; accepted only then', async () => {
    phone.city = known({ [READING]: { data: offer }, [ACCEPTANCE]: { status: 201, data: CHOICE } })
    const page = await opened('pages/family/code')
    await enter(page)
    expect(phone.requests[0].body).toEqual({ code: 'bacby-9a2mm' })
    expect(words(page)).toMatch(/林\* 请您代办 为谁 林\* 范围 只限：景区预约 期限 接受后 7 天/)
    expect(phone.sent).not.toContain(ACCEPTANCE)
    await page.instance.onAccept()
    expect(words(page)).toMatch(/已经接受 现在可以为 苏\* 办理了。 现在就为其办理/)
  })

  test('of an enterprise says whether one may consent', async () => {
    phone.city = known({ [READING]: { data: { ...offer, kind: 'agent', name: '某某公司', may_consent: true } } })
    const page = await opened('pages/family/code')
    await enter(page)
    expect(words(page)).toMatch(/某某公司 请您担任经办人.*可以代表单位同意提供数据/)
    page.instance.onRefuse()
    expect(words(page)).toContain('输入或扫描')
  })

  test.each([
    ['identity.acting.code_invalid', 422, '这个码不能使用'],
    ['identity.acting.oneself', 409, '这是您自己'],
    ['identity.acting.codes_locked', 429, '今天输入的次数已用完'],
  ])('%s is said in plain words', async (code, status, said) => {
    phone.city = known({ [READING]: refused(status, code, {}, { 'Retry-After': '3600' }) })
    const page = await opened('pages/family/code')
    await enter(page)
    expect(words(page)).toContain(said)
  })

  test('is scanned, too; where that is not possible one is told to type it', async () => {
    phone.city = known({ [READING]: { data: offer } })
    global.wx.scanCode = ({ success }) => success({ result: 'BACBY-9A2MM' })
    const page = await opened('pages/family/code')
    page.instance.onScan()
    await settled()
    await settled()
    expect(phone.requests[0].body).toEqual({ code: 'BACBY-9A2MM' })
    global.wx.scanCode = ({ fail }) => fail({ errMsg: 'scanCode:fail not supported' })
    page.instance.onScan()
    expect(phone.toasts).toContain('这里打不开扫码，请输入代码')
  })
})

describe('a child', () => {
  const filled = async () => {
    const page = await opened('pages/family/child')
    const fields = page.instance.selectComponent('#person')
    fields.onName({ detail: { value: PERSON.name } })
    fields.onNumber({ detail: { value: PERSON.number } })
    return page
  }

  test('is added with a consent of its own, and not without it', async () => {
    phone.city = known({ [CHILDREN]: { status: 201, data: CHILD } })
    const page = await filled()
    await page.instance.onSubmit()
    expect(phone.toasts).toEqual(['请先阅读并勾选同意'])
    expect(phone.sent).not.toContain(CHILDREN)
    await tap(page, '.agree')
    await page.instance.onSubmit()
    expect(phone.requests.find(({ method }) => method === 'POST').body).toEqual({
      name: PERSON.name,
      id_number: NUMBER,
      consent: true,
    })
    expect(phone.went).toEqual(['back'])
  })

  test('takes the guardian’s face in place, and goes on by itself', async () => {
    phone.city = known({
      [CHILDREN]: [refused(401, 'identity.step_up_needed', { acr_values: '3', max_age: 600 }), { status: 201, data: CHILD }],
    })
    const page = await filled()
    await tap(page, '.agree')
    const ask = jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
    await page.instance.onSubmit()
    expect(ask).toHaveBeenCalledTimes(1)
    expect(phone.went).toEqual(['back'])
    expect(page.instance.pendingState()).toEqual({ typed: { name: PERSON.name, number: NUMBER }, agreed: true })
  })

  test.each([
    ['identity.family.not_confirmed', 422, { attempts_left: 4 }, /没有核对成功.*今天还可核对 4 次/],
    ['identity.family.age', 422, {}, /这个年龄要用另一种方式添加/],
    ['identity.real_name.invalid_id_number', 422, {}, /号码与标准不符/],
  ])('%s is said where it helps', async (code, status, facts, said) => {
    phone.city = known({ [CHILDREN]: refused(status, code, facts) })
    const page = await filled()
    await tap(page, '.agree')
    await page.instance.onSubmit()
    expect(words(page)).toMatch(said)
  })

  test('a number that cannot be one is not sent', async () => {
    const page = await opened('pages/family/child')
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/请填写姓名.*请填写身份证号码/)
    expect(phone.requests).toEqual([])
  })
})

describe('an elder', () => {
  const wanted = { limits: { mode: 'all_but' }, days: 30 }
  const filled = async () => {
    const page = await opened('pages/family/elder')
    const fields = page.instance.selectComponent('#person')
    fields.onName({ detail: { value: PERSON.name } })
    fields.onNumber({ detail: { value: PERSON.number } })
    await happen(page, '.limits', 'change', wanted)
    await tap(page, '.agree')
    return page
  }
  const me = (seconds) => ({
    data: { ...ME, proofs: [...ME.proofs, { level: 3, proved_at: new Date(Date.parse(NOW) - seconds * 1000).toISOString() }] },
  })

  test('shows their face after the helper’s own, which is not asked for twice', async () => {
    phone.city = known({ 'GET /api/v1/me': me(60) })
    const page = await filled()
    const under = page.instance.onSubmit()
    await settled()
    await settled()
    expect(phone.went).toEqual(['to /pages/identity/face?kind=elder'])
    const task = faces.taken('elder')
    expect(task.body).toEqual({ name: PERSON.name, id_number: NUMBER, consent: true, ...wanted })
    task.resolve({ ...CHILD, name: '吴**' })
    await under
    expect(phone.toasts).toEqual(['已添加 吴**'])
  })

  test('an own face of a while ago is shown again first', async () => {
    phone.city = known({ 'GET /api/v1/me': me(3600) })
    const page = await filled()
    const ask = jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(false)
    await page.instance.onSubmit()
    expect(ask).toHaveBeenCalledTimes(1)
    expect(phone.went).toEqual([])
  })

  test('who has a phone of their own is told to invite', async () => {
    phone.city = known({ 'GET /api/v1/me': me(60) })
    const page = await filled()
    const under = page.instance.onSubmit()
    await settled()
    await settled()
    faces.taken('elder').reject(Object.assign(new Error(), { code: 'identity.family.person_has_account', facts: {} }))
    await under
    expect(words(page)).toContain('对方已经有自己的账号')
  })
})

describe('an account that is handed over', () => {
  const HANDOVER = 'POST /api/v1/family/relations/r2/handover'
  const CLAIMS = 'POST /api/v1/identity/claims'
  const raised = { data: { access_token: 'theirs', expires_in: 900, assurance: 2 } }

  test('the guardian makes a code', async () => {
    phone.city = known({ [HANDOVER]: CODE })
    const page = await opened('pages/family/handover', { relation: 'r2' })
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/请孩子在自己的手机上输入.*BACBY-9A2MM/)
  })

  test('the child’s own phone takes it over with that code', async () => {
    phone.city = known({ [CLAIMS]: raised })
    claiming.begin(PERSON, ['code'])
    const page = await opened('pages/family/claim')
    page.instance.onCode({ detail: { value: 'BACBY-9A2MM' } })
    await page.instance.onSubmit()
    expect(phone.requests.find(({ path }) => path === '/api/v1/identity/claims').body).toEqual({
      name: PERSON.name,
      id_number: NUMBER,
      code: 'BACBY-9A2MM',
    })
    expect(phone.went).toEqual(['to /pages/family/claim', 'anew /pages/home/home'])
    expect(await session.accessToken()).toBe('theirs')
  })

  test('or with their face', async () => {
    claiming.begin(PERSON, ['face', 'code'])
    const page = await opened('pages/family/claim')
    const under = page.instance.onSubmit()
    await settled()
    const task = faces.taken('claim')
    expect([task.challenges, task.proof]).toEqual(['/api/v1/identity/claims/challenges', '/api/v1/identity/claims'])
    task.resolve(raised.data)
    await under
    expect(phone.went).toContain('anew /pages/home/home')
  })

  test('the real-name page leads there, with what was typed, and never in an address', async () => {
    phone.city = known({ 'POST /api/v1/identity/real_name': refused(409, 'identity.managed_account_exists', { ways: ['face', 'code'] }) })
    const page = await opened('pages/identity/real_name')
    page.instance.onName({ detail: { value: PERSON.name } })
    page.instance.onNumber({ detail: { value: NUMBER } })
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/家人已经为您建立过账号.*确认是我，接管账号/)
    page.instance.onClaim()
    expect(phone.went).toEqual(['to /pages/family/claim'])
    expect(claiming.taken()).toEqual({ typed: { name: PERSON.name, number: NUMBER }, ways: ['face', 'code'] })
  })

  test('under 14 it leads to the guardian, and to the code', async () => {
    phone.city = known({ 'POST /api/v1/identity/real_name': refused(403, 'identity.guardian_needed') })
    const page = await opened('pages/identity/real_name')
    page.instance.onName({ detail: { value: PERSON.name } })
    page.instance.onNumber({ detail: { value: NUMBER } })
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/未满 14 周岁，需要监护人.*我有移交码/)
    page.instance.onClaim()
    expect(claiming.taken().ways).toEqual(['code'])
  })
})

test('limits that name a service that is gone say so', async () => {
  phone.city = known({ [RELATIONS]: list({ ...RELATION, limits: { ...EVERYTHING, cards: ['gy.gone'] } }) })
  expect(words(await opened('pages/family/family'))).toContain('全部服务，不包括：已下线的服务')
})
