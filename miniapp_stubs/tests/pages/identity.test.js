// Who the citizen is: the levels, the real name, and doing it anew.

const { newPhone } = require('../support/phone')
const { cityOf, refused, ME } = require('../support/park')
const { opened, words, happen } = require('../support/screen')
const session = require('../../miniprogram/utils/session')

const NUMBER = '520100199203150024'
const REAL_NAME = 'POST /api/v1/identity/real_name'
const RAISED = { data: { access_token: 'a2', expires_in: 900, assurance: 2 } }
const at = (assurance) => ({
  data: {
    ...ME,
    assurance,
    proofs: ME.proofs.slice(0, assurance),
    name: assurance > 1 ? ME.name : null,
    id_number: assurance > 1 ? ME.id_number : null,
    phone: assurance ? ME.phone : null,
  },
})

let phone

beforeEach(() => {
  phone = newPhone()
  phone.pages = [{}, {}]
  phone.city = cityOf()
})

describe('the levels', () => {
  test.each([
    [0, /仅微信登录.*使用微信手机号.*实名.*先完成上一步.*人脸.*先完成上一步/],
    [1, /已确认手机号.*160\*{4}0001.*更换.*去实名.*先完成上一步/],
    [2, /已实名.*林\* {2}5\*{16}4.*去刷脸/],
  ])('at level %i, what is done and what comes next', async (level, said) => {
    phone.city = cityOf({ 'GET /api/v1/me': at(level) })
    expect(words(await opened('pages/identity/identity'))).toMatch(said)
  })

  test.each([
    ['face', '已人脸核验'],
    ['hall_code', '已在窗口核验'],
  ])('level 3 by %s says so', async (method, said) => {
    const proofs = [...ME.proofs, { level: 3, method, proved_at: ME.proofs[0].proved_at }]
    phone.city = cityOf({ 'GET /api/v1/me': { data: { ...ME, assurance: 3, proofs } } })
    expect(words(await opened('pages/identity/identity'))).toContain(said)
  })

  test('the phone is confirmed in place', async () => {
    phone.city = cityOf({
      'GET /api/v1/me': [at(0), at(1)],
      'POST /api/v1/identity/phone': { data: { access_token: 'a1', expires_in: 900, assurance: 1 } },
    })
    const page = await opened('pages/identity/identity')
    await happen(page, '.phone', 'getphonenumber', { errMsg: 'fail user deny' })
    expect(words(page)).toContain('没有收到手机号，您可以再试一次。')
    await happen(page, '.phone', 'getphonenumber', { code: 'phone-code' })
    await page.instance.onShow()
    expect(words(page)).toMatch(/已确认手机号.*去实名/)
    expect(session.assurance()).toBe(1)
  })

  test('the others have pages of their own', async () => {
    const page = await opened('pages/identity/identity')
    page.instance.onStep({ currentTarget: { dataset: { level: 3 } } })
    expect(phone.went).toEqual(['to /pages/identity/face'])
  })
})

describe('the real name', () => {
  async function form(answer, assurance = 1) {
    phone.city = cityOf({ 'GET /api/v1/me': at(assurance), [REAL_NAME]: answer })
    const page = await opened('pages/identity/real_name')
    page.instance.onName({ detail: { value: ' 林悦 ' } })
    page.instance.onNumber({ detail: { value: NUMBER } })
    return page
  }

  test('is compared, raises the level, and leads back', async () => {
    const page = await form(RAISED)
    expect(words(page)).toContain('请填写您本人的信息')
    await page.instance.onSubmit()
    expect(phone.requests.at(-1).body).toEqual({ name: '林悦', id_number: NUMBER })
    expect(session.assurance()).toBe(2)
    expect(phone.went).toEqual(['back'])
  })

  test('what cannot be right is said before an attempt is spent', async () => {
    const page = await form(RAISED)
    page.instance.onName({ detail: { value: '  ' } })
    page.instance.onNumber({ detail: { value: '520100199203150025' } })
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/请填写姓名.*号码与标准不符，请对照证件核对。没有计入核对次数。/)
    expect(phone.sent).not.toContain(REAL_NAME)
  })

  test.each([
    ['identity.real_name.mismatch', 422, { attempts_left: 3 }, {}, '今天还可核对 3 次。', false],
    ['identity.real_name.locked', 429, {}, { 'Retry-After': '50400' }, '携带身份证原件到任一政务大厅', true],
    ['identity.real_name.already_confirmed', 409, {}, {}, '一个账号只能对应一位本人', false],
    ['identity.real_name.invalid_name', 422, {}, {}, '请按证件上的姓名填写。没有计入核对次数。', false],
  ])('%s is explained, with what can be done', async (code, status, facts, headers, said, isFinal) => {
    const page = await form(refused(status, code, facts, headers))
    await page.instance.onSubmit()
    expect(words(page)).toContain(said)
    expect(Boolean(page.instance.data.outcome?.isFinal)).toBe(isFinal)
    expect(page.instance.data.name).toBe(' 林悦 ')
    expect(phone.went).toEqual([])
  })

  test('an authority that is away is waited for, and costs nothing', async () => {
    const page = await form([refused(503, 'identity.authority_unavailable', {}, { 'Retry-After': '10' }), RAISED])
    await page.instance.onSubmit()
    expect(words(page)).toMatch(/人口库暂时没有回应 没有计入核对次数.*10 秒后可重试/)
    await page.instance.onSubmit()
    expect(phone.sent.filter((line) => line === REAL_NAME)).toHaveLength(1)
    page.instance.onUnload()
  })

  test('without a phone number, that is asked for first', async () => {
    const page = await form([refused(401, 'identity.step_up_needed', { acr_values: '1', max_age: null }), RAISED], 0)
    const ask = jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
    await page.instance.onSubmit()
    expect(ask).toHaveBeenCalledTimes(1)
    expect(phone.went).toEqual(['back'])
  })

  test('who did it long ago does it anew, or shows the face instead', async () => {
    const page = await form(RAISED, 2)
    expect(words(page)).toMatch(/请再次确认是您本人.*当前实名：林\*.*改用人脸确认/)
    page.instance.onFace()
    expect(phone.went).toEqual(['instead /pages/identity/face'])
  })

  test('no network is said, and what was entered stays', async () => {
    const page = await form('timeout')
    await page.instance.onSubmit()
    expect(words(page)).toContain('网络有些慢')
    expect(page.instance.data.number).toBe(NUMBER)
  })
})
