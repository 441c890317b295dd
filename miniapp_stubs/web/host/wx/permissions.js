// What the citizen has allowed. The camera is the one thing here that a browser asks about.

import { asynchronousAll, Failure } from './convention.js'

const CAMERA = 'scope.camera'

export const permissions = () =>
  asynchronousAll({
    getSetting: async () => ({ authSetting: await cameraSetting(), subscriptionsSetting: { mainSwitch: false } }),
    openSetting: () => {
      throw new Failure('not supported in a browser: use its own settings of this page')
    },
    authorize: async ({ scope }) => {
      if (scope !== CAMERA || !navigator.mediaDevices) throw new Failure(`${scope} is not supported in a browser`)
      const stream = await navigator.mediaDevices.getUserMedia({ video: true }).catch(() => {
        throw new Failure('auth deny')
      })
      for (const track of stream.getTracks()) track.stop()
    },
    getPrivacySetting: () => ({ needAuthorization: false, privacyContractName: '' }),
    requirePrivacyAuthorize: () => {},
  })

/** As WeChat has it: nothing when nobody was asked yet, else whether it was allowed. */
async function cameraSetting() {
  const { state } = (await navigator.permissions?.query({ name: 'camera' }).catch(() => null)) || {}
  return state === 'granted' || state === 'denied' ? { [CAMERA]: state === 'granted' } : {}
}
