// The face check: consent before the camera, a picture a step, and every way in which it can end.

const { newPhone, settled } = require('../support/phone')
const { cityOf, refused, standStill, NOW } = require('../support/park')
const { opened, words, tap, happen } = require('../support/screen')
const city = require('../../miniprogram/utils/city')
const session = require('../../miniprogram/utils/session')
const strings = require('../../miniprogram/pages/identity/face.strings')
const { frameOf } = require('../../miniprogram/pages/identity/photo')

const CHALLENGES = 'POST /api/v1/identity/face/challenges'
const VERIFICATIONS = 'POST /api/v1/identity/face/verifications'
const action = (name) => ({ action: name, instruction: { zh: name, en: name } })
const challenge = (seconds = 60) => ({
  status: 201,
  data: {
    id: 'c1',
    nonce: 'n1',
    actions: [action('turn_left'), action('blink')],
    expires_at: new Date(Date.parse(NOW) + seconds * 1000).toISOString(),
  },
})
const RAISED = { data: { access_token: 'a3', expires_in: 900, assurance: 3 } }

let phone
let page
let taken

beforeAll(standStill)

beforeEach(() => {
  phone = newPhone()
  phone.pages = [{}, {}]
  taken = 0
  Object.assign(global.wx, {
    setKeepScreenOn: () => {},
    vibrateShort: () => {},
    createCameraContext: () => ({
      takePhoto: (options) => (
        (phone.photo = options),
        (taken += 1),
        options.success({ tempImagePath: `tmp_${taken}.jpg` })
      ),
    }),
    getImageInfo: async () => ({ width: 640, height: 480, type: 'jpeg' }),
    getFileSystemManager: () => ({ readFile: ({ filePath, success }) => success({ data: `base64 of ${filePath}` }) }),
  })
})

afterEach(() => page?.instance.onUnload())

async function agreed(answers = {}) {
  phone.city = cityOf({ [CHALLENGES]: challenge(), [VERIFICATIONS]: RAISED, ...answers })
  page = await opened('pages/identity/face')
  await tap(page, '.agree')
  page.instance.onOpen()
  page.instance.onCameraReady()
}

/** Until promises that lead to promises have led to the last. */
async function quiet() {
  for (let turn = 0; turn < 6; turn += 1) await settled()
}

/** As after the two seconds of holding still. */
async function shoot() {
  page.instance.takePhoto()
  await settled()
  await settled()
}

async function filmed(answers) {
  await agreed(answers)
  await page.instance.onBegin()
  for (let step = 0; step < 3 && page.instance.data.stage === 'steps'; step += 1) await shoot()
  await quiet()
}

test('no camera before a consent of its own: what for, how long, and that there is another way', async () => {
  phone.city = cityOf()
  page = await opened('pages/identity/face')
  expect(words(page)).toMatch(/单独同意.*用途.*方式.*保存.*不保存、不提供给任何部门.*政务大厅当面核验/)
  page.instance.onOpen()
  expect(page.instance.data.stage).toBe('consent')
  expect(phone.toasts).toEqual(['请先阅读并勾选同意'])
  expect(phone.sent).not.toContain(CHALLENGES)
})

test('each step says what to do, how far it is, how long there is; pictures are not mirrored', async () => {
  await agreed()
  expect(words(page)).toContain('把脸放进圆圈，准备好后点“开始”')
  await page.instance.onBegin()
  expect(phone.requests.at(-1).body).toEqual({ consent: true })
  expect(words(page)).toMatch(/第 1 步，共 3 步 剩余 60 秒 请正对镜头 .* 拍摄/)
  await shoot()
  expect(phone.photo.selfieMirror).toBe(false)
  expect(words(page)).toMatch(/第 2 步，共 3 步.*请向左转头/)
  await shoot()
  expect(words(page)).toMatch(/第 3 步，共 3 步.*请闭眼.*感到震动再睁开/)
})

test('a tap holds still for two seconds and takes one picture, however often it is tapped', async () => {
  await agreed()
  await page.instance.onBegin()
  const every = jest.spyOn(global, 'setInterval')
  page.instance.onShoot()
  page.instance.onShoot()
  expect(words(page)).toContain('请保持 2')
  expect(every).toHaveBeenCalledTimes(1)
  const [tick] = every.mock.calls[0]
  tick()
  expect(words(page)).toContain('请保持 1')
  tick()
  await settled()
  expect(taken).toBe(1)
  every.mockRestore()
})

test('what was filmed is sent once, in order; the session is raised, and it leads back', async () => {
  await filmed()
  const sent = phone.requests.filter(({ path }) => path.endsWith('/verifications'))
  expect(sent.map(({ body }) => body)).toEqual([
    { challenge_id: 'c1', nonce: 'n1', frames: ['base64 of tmp_1.jpg', 'base64 of tmp_2.jpg', 'base64 of tmp_3.jpg'] },
  ])
  expect(session.assurance()).toBe(3)
  expect(phone.went).toEqual(['back'])
  expect(page.instance.frames).toEqual([])
})

const frameFaults = ['no_face', 'many_faces', 'too_small', 'blurred', 'too_dark', 'too_bright']

test.each(frameFaults)('%s says in which step, and what helps', async (name) => {
  await filmed({ [VERIFICATIONS]: refused(422, `identity.face.${name}`, { frame: 1 }) })
  const told = strings.zh.outcomes[`identity.face.${name}`]
  expect(words(page)).toContain(told.title.replace('{step}', '（第 2 步：请向左转头）'))
  expect(words(page)).toContain(told.text)
  expect(words(page)).toContain('重新开始')
})

test.each([
  ['challenge_expired', 409, {}, {}, /这一轮时间到了.*没有计入次数。.*重新开始/],
  ['too_many_challenges', 429, {}, { 'Retry-After': '1200' }, /20 分钟后 可以再试/],
  ['frame_count', 422, { expected: 3 }, {}, /照片数量与动作不一致.*没有计入次数。/],
  ['image_invalid', 422, { frame: null, reason: 'truncated' }, {}, /有一张照片没能读取 重新开始/],
  ['not_frontal', 422, { frame: 0 }, {}, /第一张需要正对镜头/],
  [
    'not_alive',
    422,
    { missing: ['turn_left', 'blink'], attempts_left: 3 },
    {},
    /有动作没有看清：请向左转头、请闭眼.*今天还可核验 3 次。/,
  ],
  ['frames_differ', 422, { attempts_left: 2 }, {}, /看起来不是同一个人.*今天还可核验 2 次。/],
  ['retry', 422, { attempts_left: 1 }, {}, /还不能确认.*政务大厅可当面核验.*重新开始/],
  ['not_matched', 422, { attempts_left: 4 }, {}, /与登记照片没有比对上.*今天还可核验 4 次。.*政务大厅可当面核验/],
])('%s is explained without blame', async (name, status, facts, headers, said) => {
  await filmed({ [VERIFICATIONS]: refused(status, `identity.face.${name}`, facts, headers) })
  expect(words(page)).toMatch(said)
})

test.each([
  ['reference_unusable', 409, {}, {}],
  ['locked', 429, {}, { 'Retry-After': '50000' }],
  ['not_matched', 422, { attempts_left: 0 }, {}],
])('after %s there is the hall, and nothing to try in vain', async (name, status, facts, headers) => {
  await filmed({ [VERIFICATIONS]: refused(status, `identity.face.${name}`, facts, headers) })
  expect(words(page)).toContain('政务大厅可当面核验')
  expect(words(page)).not.toContain('重新开始')
})

test('every code of the server has words of its own', () => {
  const written = require('node:fs').readFileSync(
    require('node:path').join(__dirname, '../../../docs/errors.md'),
    'utf8',
  )
  const codes = [...written.matchAll(/^### `(identity\.face\.[a-z_]+)`/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(15)
  expect(Object.keys(strings.zh.outcomes).sort()).toEqual(codes.sort())
})

test('no sentence blames anybody', () => {
  const texts = (tree) => (typeof tree === 'object' ? Object.values(tree).flatMap(texts) : [String(tree)])
  expect(texts(strings).join('\n')).not.toMatch(
    /您没有|您错|失败|错误|非法|违规|must not|you failed|wrong|invalid|your fault/i,
  )
})

test('no capacity: the same pictures are sent again when it is time, while the challenge lives', async () => {
  const busy = refused(503, 'identity.face.busy', { examined: false }, { 'Retry-After': '1' })
  const every = jest.spyOn(global, 'setInterval')
  await filmed({ [VERIFICATIONS]: [busy, RAISED] })
  expect(words(page)).toContain('核验的人较多，1 秒后自动再试')
  every.mock.calls.at(-1)[0]()
  every.mockRestore()
  await quiet()
  expect(
    phone.requests.filter(({ path }) => path.endsWith('/verifications')).map(({ body }) => body.frames.length),
  ).toEqual([3, 3])
  expect(phone.went).toEqual(['back'])
})

test('an answer that was lost: the session is asked whether it was raised', async () => {
  await session.raise({ access_token: 'a2', expires_in: 900, assurance: 2 })
  await filmed({
    [VERIFICATIONS]: 'timeout',
    'POST /api/v1/sessions': { data: { access_token: 'a9', refresh_token: 'r', expires_in: 900, assurance: 3 } },
    'POST /api/v1/sessions/refresh': {
      data: { access_token: 'a9', refresh_token: 'r', expires_in: 900, assurance: 3 },
    },
  })
  expect(session.assurance()).toBe(3)
  expect(phone.went).toEqual(['back'])
})

test('a minute that is over ends the round, not the citizen', async () => {
  await agreed({ [CHALLENGES]: challenge(-1) })
  await page.instance.onBegin()
  expect(words(page)).toMatch(/这一轮时间到了 每一轮有一分钟。准备好后重新开始即可，不用着急。没有计入次数。/)
  phone.city = cityOf({ [CHALLENGES]: challenge() })
  page.instance.onRestart()
  expect(page.instance.data.stage).toBe('camera')
})

test('a camera not allowed leads to the settings, a missing one to the hall; photos in the demo alone', async () => {
  await agreed()
  await happen(page, '.camera', 'error', { errMsg: 'insertCamera:fail auth deny' }).catch(() =>
    page.instance.onCameraError({ detail: { errMsg: 'auth deny' } }),
  )
  expect(words(page)).toMatch(/相机没有打开.*打开设置.*再试一次.*用照片代替（仅演示环境）/)
  page.instance.onCameraError({ detail: { errMsg: 'not found' } })
  expect(words(page)).toMatch(/这台设备的相机暂时用不了.*政务大厅/)
  page.instance.setData({ isDemo: false })
  expect(words(page)).not.toContain('用照片代替')
})

test('in the demo, a photo can be chosen for each step', async () => {
  global.wx.chooseMedia = ({ success }) => success({ tempFiles: [{ tempFilePath: 'chosen.jpg' }] })
  await agreed()
  page.instance.onPhotos()
  await page.instance.onBegin()
  for (let step = 0; step < 3; step += 1) {
    page.instance.onShoot()
    await settled()
    await settled()
  }
  await quiet()
  expect(phone.requests.find(({ path }) => path.endsWith('/verifications')).body.frames).toEqual(
    Array(3).fill('base64 of chosen.jpg'),
  )
})

describe('where the city has WeChat look at faces', () => {
  const START = 'POST /api/v1/identity/face/wechat'
  const RESULT = 'POST /api/v1/identity/face/wechat/result'
  const OPENED = { status: 201, data: { attempt_id: 'w1', verify_id: 'v1', expires_at: NOW } }
  const unfinished = refused(409, 'identity.face.unfinished', {}, { 'Retry-After': '2' })
  const about = (provider) => ({ data: { now: NOW, profile: 'production', face_provider: provider } })
  let verified

  beforeEach(() => {
    verified = []
    global.wx.canIUse = () => true
    global.wx.requestFacialVerify = ({ verifyId, success }) => (verified.push(verifyId), success({ errCode: 0 }))
  })

  async function toWeChat(answers = {}) {
    phone.city = cityOf({ [START]: OPENED, [RESULT]: RAISED, 'GET /api/v1/city': about('wechat'), ...answers })
    await city.about({ again: true })
    page = await opened('pages/identity/face')
    await tap(page, '.agree')
  }

  async function verifiedByWeChat(answers) {
    await toWeChat(answers)
    await page.instance.onOpen()
    await quiet()
  }

  afterAll(() => city.about({ again: true }))

  test('the consent says that name and number go to WeChat, and no camera of ours opens', async () => {
    await toWeChat()
    expect(words(page)).toMatch(/单独同意.*姓名和身份证号码会提供给微信.*本平台不接触画面.*政务大厅当面核验/)
    expect(words(page)).toContain('同意并打开微信人脸核身')
    page.instance.onAgree()
    page.instance.onOpen()
    expect(phone.toasts).toEqual(['请先阅读并勾选同意'])
    expect(phone.sent).not.toContain(START)
  })

  test('WeChat is shown the face, the city asks how it ended, the session is raised', async () => {
    await verifiedByWeChat()
    expect(verified).toEqual(['v1'])
    const bodies = phone.requests.filter(({ path }) => path.includes('/face/wechat')).map(({ body }) => body)
    expect(bodies).toEqual([{ consent: true }, { attempt_id: 'w1', verify_id: 'v1' }])
    expect(session.assurance()).toBe(3)
    expect(phone.went).toEqual(['back'])
  })

  test('what the phone says of it counts for nothing', async () => {
    await verifiedByWeChat({ [RESULT]: refused(422, 'identity.face.not_matched', { attempts_left: 2 }) })
    expect(words(page)).toMatch(/与登记照片没有比对上.*今天还可核验 2 次。.*政务大厅可当面核验/)
    global.wx.requestFacialVerify = ({ fail }) => fail({ errMsg: 'requestFacialVerify:fail', errCode: 90004 })
    await verifiedByWeChat()
    expect(phone.went).toEqual(['back'])
  })

  test('one that was left is over; nothing is asked again and again', async () => {
    global.wx.requestFacialVerify = ({ fail }) => fail({ errMsg: 'requestFacialVerify:fail', errCode: 90004 })
    await verifiedByWeChat({ [RESULT]: unfinished })
    expect(words(page)).toMatch(/核验没有继续 准备好后可以重新开始。 重新开始/)
    expect(phone.sent.filter((one) => one === RESULT)).toHaveLength(1)
  })

  test('a result that takes its time is asked for again, when it is time', async () => {
    const later = jest.spyOn(global, 'setTimeout')
    await toWeChat({ [RESULT]: [unfinished, RAISED] })
    const ending = page.instance.onOpen()
    await quiet()
    const [again] = later.mock.calls.find(([, wait]) => wait === 2000)
    later.mockRestore()
    again()
    await ending
    expect(phone.sent.filter((one) => one === RESULT)).toHaveLength(2)
    expect(phone.went).toEqual(['back'])
  })

  test.each([
    ['device', /这台手机暂时不能用微信核身.*政务大厅可当面核验/],
    ['permission', /微信需要使用相机和麦克风.*没有计入次数。/],
    ['network', /网络有些慢/],
    ['capture', /没有拍摄完成.*没有计入次数。/],
  ])('what stood in the way (%s) is told with what helps', async (reason, said) => {
    await verifiedByWeChat({ [RESULT]: refused(422, 'identity.face.not_filmed', { reason }) })
    expect(words(page)).toMatch(said)
  })

  test('a WeChat that cannot do it spends no attempt', async () => {
    global.wx.canIUse = (name) => name !== 'requestFacialVerify'
    await verifiedByWeChat()
    expect(words(page)).toMatch(/这台手机暂时不能用微信核身/)
    expect(phone.sent).not.toContain(START)
  })

  test('for a document that WeChat does not know there is the hall', async () => {
    await verifiedByWeChat({ [START]: refused(409, 'identity.face.not_eligible') })
    expect(words(page)).toMatch(/这类证件暂时不能用微信核身.*没有计入次数。.*政务大厅可当面核验/)
    expect(words(page)).not.toContain('重新开始')
  })

  test('a lost answer: the session is asked whether it was raised', async () => {
    await session.raise({ access_token: 'a2', expires_in: 900, assurance: 2 })
    await verifiedByWeChat({
      [RESULT]: 'timeout',
      'POST /api/v1/sessions': { data: { access_token: 'a9', refresh_token: 'r', expires_in: 900, assurance: 3 } },
      'POST /api/v1/sessions/refresh': {
        data: { access_token: 'a9', refresh_token: 'r', expires_in: 900, assurance: 3 },
      },
    })
    expect(phone.went).toEqual(['back'])
  })

  test('a city that has changed its way is agreed to anew', async () => {
    await toWeChat({
      [START]: refused(409, 'identity.face.other_provider', { provider: 'built_in' }),
      'GET /api/v1/city': about('built_in'),
    })
    page.instance.setData({ isWeChat: true })
    await page.instance.onOpen()
    await quiet()
    expect(words(page)).toMatch(/核验方式刚刚有了变化/)
    page.instance.onRestart()
    expect(page.instance.data).toMatchObject({ stage: 'consent', agreed: false, isWeChat: false })
    expect(words(page)).toContain('同意并打开相机')
  })
})

test('before the real name, that is asked for where one is', async () => {
  await agreed({
    [CHALLENGES]: [refused(401, 'identity.step_up_needed', { acr_values: '2', max_age: null }), challenge()],
  })
  jest.spyOn(page.instance.selectComponent('#step-up'), 'ask').mockResolvedValue(true)
  await page.instance.onBegin()
  expect(page.instance.data.stage).toBe('steps')
})

describe('a photo', () => {
  const canvas = {
    createImage: () => ({
      set src(path) {
        setTimeout(() => this.onload(path))
      },
    }),
    getContext: () => ({ drawImage() {} }),
    toDataURL: (type, quality) => `data:${type};base64,developed at ${quality}`,
  }
  const darkroom = async () => canvas

  test('that is a small JPEG is sent as it is', async () => {
    expect(await frameOf('a.jpg', darkroom)).toBe('base64 of a.jpg')
  })

  test.each([
    ['a PNG, as iPhones take it', { width: 720, height: 1280, type: 'png' }, [720, 1280]],
    ['larger than it may be', { width: 3000, height: 4000, type: 'jpeg' }, [960, 1280]],
  ])('that is %s is developed anew', async (_, info, size) => {
    global.wx.getImageInfo = async () => info
    expect(await frameOf('a.png', darkroom)).toBe('developed at 0.85')
    expect([canvas.width, canvas.height]).toEqual(size)
  })

  test('of too many bytes is developed anew', async () => {
    global.wx.getFileSystemManager = () => ({ readFile: ({ success }) => success({ data: 'x'.repeat(1_400_000) }) })
    expect(await frameOf('a.jpg', darkroom)).toBe('developed at 0.85')
  })
})

describe('a face that is shown for something else', () => {
  const faces = require('../../miniprogram/pages/identity/face_of_others')
  const ELDERS = 'POST /api/v1/family/elders'
  const shownFor = async (answers) => {
    phone.city = cityOf({ [CHALLENGES]: challenge(), [VERIFICATIONS]: RAISED, ...answers })
    const answer = faces.shown({
      kind: 'elder',
      challenges: '/api/v1/identity/face/challenges',
      proof: '/api/v1/family/elders',
      body: { name: '吴秀兰', days: 7 },
    })
    answer.catch(() => {})
    page = await opened('pages/identity/face', { kind: 'elder' })
    expect(words(page)).toContain('请把手机交给长辈本人')
    await tap(page, '.agree')
    page.instance.onOpen()
    page.instance.onCameraReady()
    await page.instance.onBegin()
    page.instance.frames = ['a', 'b', 'c']
    await page.instance.send()
    return answer
  }

  test('goes with what it is for, raises nobody, and the page that asked goes on', async () => {
    const answer = await (async () => {
      const waiting = shownFor({ [ELDERS]: { status: 201, data: { id: 'r1' } } })
      await settled(50)
      page.instance.onUnload()
      return waiting
    })()
    expect(answer).toEqual({ id: 'r1' })
    const sent = phone.requests.find(({ path }) => path === '/api/v1/family/elders')
    expect(sent.body).toEqual({ name: '吴秀兰', days: 7, challenge_id: 'c1', nonce: 'n1', frames: ['a', 'b', 'c'] })
    expect(phone.sent).not.toContain(VERIFICATIONS)
    expect(phone.went).toContain('back')
  })

  test('what is no face’s matter is told where it was asked', async () => {
    const waiting = shownFor({ [ELDERS]: refused(409, 'identity.family.person_has_account') })
    await settled(50)
    page.instance.onUnload()
    await expect(waiting).rejects.toMatchObject({ code: 'identity.family.person_has_account' })
  })

  test('a face that was not seen is tried again here; leaving means nothing came of it', async () => {
    const waiting = shownFor({ [ELDERS]: refused(422, 'identity.face.no_face', { frame: 1 }) })
    await settled(50)
    expect(words(page)).toContain('没有看到人脸')
    page.instance.onBack()
    page.instance.onUnload()
    expect(await waiting).toBeNull()
  })
})
