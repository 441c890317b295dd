// WeChat's own face verification: WeChat films and compares; what it found, the city asks WeChat itself.

const api = require('../../utils/api')
const problem = require('../../utils/problem')

const VERIFICATION = '/api/v1/identity/face/wechat'
const SECOND = 1000
/** How often WeChat's result is asked for before the citizen is told that it takes its time. */
const QUESTIONS = 10

/** Whether this phone's WeChat can do it: base library 3.8.12 and later. */
const canVerify = () => wx.canIUse('requestFacialVerify')

const opened = () => api.post(VERIFICATION, { consent: true })

/** Shows the face to WeChat. Resolves when that is over; false when the phone says that it came to nothing. */
function shown(verifyId) {
  return new Promise((resolve) =>
    wx.requestFacialVerify({ verifyId, success: () => resolve(true), fail: () => resolve(false) }),
  )
}

/**
 * What became of it, whatever the phone was told: the raised session.
 * @throws {Problem}
 */
async function resultOf({ attempt_id, verify_id }, wasShown) {
  for (let question = 1; ; question += 1) {
    try {
      return await api.post(`${VERIFICATION}/result`, { attempt_id, verify_id })
    } catch (found) {
      if (found.code !== 'identity.face.unfinished') throw found
      if (!wasShown) throw cancelled()
      if (question === QUESTIONS) throw found
      await pause(found.retryAfter || 2)
    }
  }
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * SECOND))

const cancelled = () => new problem.Problem({ code: 'identity.face.cancelled', title: '' })

const noDevice = () =>
  new problem.Problem({ code: 'identity.face.not_filmed', title: '', facts: { reason: 'device' } })

module.exports = { canVerify, noDevice, opened, shown, resultOf }
