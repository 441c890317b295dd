// Level 3: the citizen agrees, separately; then the camera opens, and they do what the challenge asks for, a picture a
// step. Pictures are in memory until they are sent, and nowhere else. Where the city has WeChat look at faces, WeChat's
// own page opens instead, and no picture comes here.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const city = require('../../utils/city')
const problem = require('../../utils/problem')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const others = require('./face_of_others')
const { frameOf } = require('./photo')
const { outcomeOf } = require('./outcome')
const wechat = require('./wechat_face')
const strings = require('./face.strings')

const FACE = 3
/** What the citizen agreed to is not what holds now. */
const ANEW = ['identity.face.other_provider', 'identity.face.consent_needed']
/** Between the tap and the picture: enough to get into the pose, and for the phone to be still. */
const HOLD_SECONDS = 2
const SEND_TIMEOUT_MS = 30000
const SECOND = 1000

const START = {
  stage: 'consent',
  cameraReady: false,
  cameraFault: '',
  steps: [],
  step: 0,
  hold: 0,
  busy: false,
  outcome: null,
  failure: null,
}

Page(
  page({
    strings,
    title: (t) => t.title,
    data: {
      ...START,
      kind: '',
      agreed: false,
      isDemo: false,
      isWeChat: false,
      usePhotos: false,
      current: null,
      stepWords: '',
      holdWords: '',
      left: '',
      isHurried: false,
      waitWords: '',
    },
    async onLoad({ kind = '' }) {
      this.frames = []
      this.task = others.taken(kind)
      this.setData({ kind: this.task ? kind : '' })
      await this.learn(false)
    },
    async learn(again) {
      const about = await city.about({ again }).catch(() => null)
      if (!about) return
      this.setData({ isDemo: about.profile === 'demo', isWeChat: !this.task && about.face_provider === 'wechat' })
    },
    onHide() {
      this.stopHolding()
    },
    onUnload() {
      this.isGone = true
      this.stop()
      wx.setKeepScreenOn({ keepScreenOn: false, fail() {} })
      if (this.task) others.over(this.task)
    },
    onAgree() {
      this.setData({ agreed: !this.data.agreed })
    },
    /** The camera opens after the consent and never before. */
    onOpen() {
      if (!this.data.agreed) return wx.showToast({ title: this.data.t.agreeFirst, icon: 'none' })
      return this.data.isWeChat ? this.openWeChat() : this.openCamera()
    },
    async openWeChat() {
      if (this.data.busy) return
      if (!wechat.canVerify()) return this.ended(wechat.noDevice())
      this.setData({ ...START, stage: 'wechat', busy: true })
      let token = ''
      try {
        const opened = await stepup.attempt(this, wechat.opened)
        if (this.isGone) return
        const wasShown = await wechat.shown(opened.verify_id)
        token = await session.accessToken().catch(() => '')
        await session.raise(await wechat.resultOf(opened, wasShown))
        await this.passed()
      } catch (found) {
        if (token && found.isUnanswered && (await this.wasRaised(token))) return this.passed()
        await this.ended(found)
      }
    },
    openCamera() {
      this.stop()
      this.setData({ ...START, stage: 'camera' })
      wx.setKeepScreenOn({ keepScreenOn: true, fail() {} })
    },
    onCameraReady() {
      this.setData({ cameraReady: true })
    },
    onCameraError({ detail }) {
      const isDenied = /auth|deny|denied|permission/i.test((detail && detail.errMsg) || '')
      this.stop()
      this.setData({ stage: 'no_camera', cameraReady: false, cameraFault: isDenied ? 'denied' : 'missing' })
    },
    /** Taken away while it was looked at: by a call, or by the page being hidden. */
    onCameraStop() {
      if (this.data.stage === 'steps') this.expired()
    },
    onPhotos() {
      this.stop()
      this.setData({ ...START, stage: 'camera', usePhotos: true, cameraReady: true })
    },
    async onBegin() {
      if (this.data.busy) return
      this.setData({ busy: true })
      try {
        const address = this.task ? this.task.challenges : '/api/v1/identity/face/challenges'
      const ask = () => api.post(address, { consent: true })
        const challenge = await stepup.attempt(this, ask)
        if (!this.isGone) this.begin(challenge)
      } catch (found) {
        this.ended(found)
      }
      this.setData({ busy: false })
    },
    begin(challenge) {
      const { t } = this.data
      const neutral = { action: 'neutral', name: t.neutral, tip: t.tips.neutral }
      const asked = challenge.actions.map(({ action }) => ({
        action,
        name: t.instructions[action],
        tip: t.tips[action],
      }))
      const steps = [neutral, ...asked]
      this.challenge = challenge
      this.frames = []
      this.setData({ stage: 'steps', steps })
      this.toStep(0)
      this.clock = setInterval(() => this.tick(), SECOND / 2)
      this.tick()
    },
    toStep(step) {
      const { t, steps } = this.data
      this.setData({ step, current: steps[step], hold: 0, stepWords: fill(t.step, { n: step + 1, of: steps.length }) })
    },
    tick() {
      const seconds = Math.ceil((Date.parse(this.challenge.expires_at) - city.now()) / SECOND)
      this.setData({ left: fill(this.data.t.left, { n: Math.max(0, seconds) }), isHurried: seconds <= 15 })
      if (seconds <= 0) this.expired()
    },
    expired() {
      this.ended(new problem.Problem({ code: 'identity.face.challenge_expired', title: '' }))
    },
    onShoot() {
      if (this.data.busy || this.data.hold) return
      if (this.data.usePhotos) return this.choosePhoto()
      this.setData({ hold: HOLD_SECONDS, holdWords: fill(this.data.t.hold, { n: HOLD_SECONDS }) })
      this.holding = setInterval(() => {
        const hold = this.data.hold - 1
        this.setData({ hold, holdWords: fill(this.data.t.hold, { n: hold }) })
        if (hold > 0) return
        this.stopHolding()
        this.takePhoto()
      }, SECOND)
    },
    stopHolding() {
      clearInterval(this.holding)
      this.setData({ hold: 0 })
    },
    takePhoto() {
      this.setData({ busy: true })
      wx.createCameraContext().takePhoto({
        quality: 'normal',
        selfieMirror: false, // left and right are the citizen's own
        success: ({ tempImagePath }) => this.taken(tempImagePath),
        fail: () => this.onCameraError({ detail: {} }),
      })
    },
    choosePhoto() {
      this.setData({ busy: true })
      wx.chooseMedia({
        count: 1,
        mediaType: ['image'],
        sourceType: ['album'],
        success: ({ tempFiles }) => this.taken(tempFiles[0].tempFilePath),
        fail: () => this.setData({ busy: false }),
      })
    },
    async taken(path) {
      const { challenge } = this
      let frame
      try {
        frame = await frameOf(path, () => this.darkroom())
      } catch {
        frame = null
      }
      if (this.data.stage !== 'steps' || challenge !== this.challenge) return
      this.setData({ busy: false })
      if (!frame)
        return this.ended(
          new problem.Problem({ code: 'identity.face.image_invalid', title: '', facts: { frame: this.frames.length } }),
        )
      wx.vibrateShort({ type: 'heavy', fail() {} })
      this.frames.push(frame)
      if (this.frames.length < this.data.steps.length) return this.toStep(this.frames.length)
      return this.send()
    },
    darkroom() {
      return new Promise((resolve, reject) => {
        wx.createSelectorQuery()
          .select('#darkroom')
          .fields({ node: true, size: true })
          .exec(([found]) => (found && found.node ? resolve(found.node) : reject(new Error('no canvas'))))
      })
    },
    async send() {
      clearInterval(this.clock)
      this.setData({ stage: 'sending', waitWords: '' })
      const { id, nonce } = this.challenge
      const body = { challenge_id: id, nonce, frames: this.frames }
      if (this.task) return this.sendForTask(body)
      const token = await session.accessToken().catch(() => '')
      try {
        await session.raise(await api.post('/api/v1/identity/face/verifications', body, { timeout: SEND_TIMEOUT_MS }))
        await this.passed()
      } catch (found) {
        await this.notPassed(found, token)
      }
    },
    /** What is no face's matter is told on the page that asked. */
    async sendForTask(body) {
      const { task } = this
      try {
        task.answer = await api.post(task.proof, { ...task.body, ...body }, { timeout: SEND_TIMEOUT_MS })
      } catch (found) {
        if (found.isUnanswered || outcomeOf(found, this.data.steps, this.data.t)) return this.notPassed(found, '')
        task.problem = found
      }
      return this.leave()
    },
    leave() {
      this.stop()
      return this.isGone ? undefined : wx.navigateBack()
    },
    /** No capacity and not looked at: the same pictures are sent once more while their challenge lives. */
    async notPassed(found, token) {
      const pause = found.retryAfter || 1
      const lives = Date.parse(this.challenge.expires_at) - city.now() > pause * SECOND
      if (found.code === 'identity.face.busy' && !found.facts.examined && lives) return this.sendIn(pause)
      if (found.isUnanswered && token && (await this.wasRaised(token))) return this.passed()
      return this.ended(found)
    },
    sendIn(seconds) {
      let wait = seconds
      const say = () => this.setData({ waitWords: fill(this.data.t.again, { n: wait }) })
      say()
      this.clock = setInterval(() => {
        wait -= 1
        if (wait > 0) return say()
        clearInterval(this.clock)
        return this.send()
      }, SECOND)
    },
    /** The answer was lost: whether the session has the level all the same. */
    async wasRaised(token) {
      try {
        const { access_token, assurance, expires_at: expires } = await session.renewed(token)
        if (assurance < FACE) return false
        await session.raise({ access_token, assurance, expires_in: (expires - Date.now()) / SECOND })
        return true
      } catch {
        return false
      }
    },
    async passed() {
      this.stop()
      if (this.isGone) return
      this.setData({ stage: 'done' })
      wx.showToast({ title: this.data.t.done, icon: 'success' })
      await stepup.goBack()
    },
    async ended(found) {
      this.stop()
      if (this.isGone) return
      if (found.code === 'identity.face.other_provider') await this.learn(true)
      if (ANEW.includes(found.code)) this.setData({ agreed: false })
      const outcome = outcomeOf(found, this.data.steps, this.data.t)
      this.setData({ stage: 'ended', outcome, failure: outcome ? null : found })
    },
    /** Nothing runs on and no picture is kept. */
    stop() {
      clearInterval(this.clock)
      clearInterval(this.holding)
      this.frames = []
    },
    onRestart() {
      if (!this.data.agreed) return this.setData({ ...START })
      if (this.data.isWeChat) return this.openWeChat()
      if (this.data.usePhotos) return this.onPhotos()
      return this.openCamera()
    },
    onBack() {
      if (this.task) return this.leave()
      return stepup.goBack()
    },
    onHallCode() {
      wx.redirectTo({ url: '/pages/identity/hall_code' })
    },
  }),
)
