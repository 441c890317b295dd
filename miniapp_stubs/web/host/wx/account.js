// WeChat's sign-in, and its face verification. A browser has no WeChat: in the demo the sandbox's persona plays the
// citizen's phone, elsewhere it fails; wx.canIUse says so for the face.

import { asynchronousAll, Failure } from './convention.js'

export function account(demo) {
  return {
    getAccountInfoSync: () => ({
      miniProgram: { appId: 'browser', envVersion: demo ? 'develop' : 'release', version: '' },
      plugin: {},
    }),
    ...asynchronousAll({
      login: async () => ({ code: await codeOf(demo, 'wechat_code') }),
      checkSession: () => {
        if (!demo) throw new Failure('session time out')
      },
      ...(demo ? { requestFacialVerify: ({ verifyId }) => facialVerify(demo, verifyId) } : {}),
    }),
  }
}

/** The persona shows the sandbox's WeChat their face. What came of it, WeChat tells the city alone. */
async function facialVerify(demo, verifyId) {
  const { errCode } = await demo.facialVerify(verifyId)
  if (errCode) throw new Failure('the citizen or the phone ended it', { errCode })
  return { errCode }
}

/** A code that WeChat would give the mini-program for `wechat_code` or `phone_code`. @throws {Failure} */
export async function codeOf(demo, kind) {
  if (!demo) throw new Failure('not available in a browser: please open the city in WeChat')
  return demo.code(kind)
}
