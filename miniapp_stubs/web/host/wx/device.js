// The device, the window and the app as a mini-program sees them.

import { byId } from '../elements.js'
import { language } from '../words.js'
import { asynchronousAll, Failure } from './convention.js'

/** The base library whose behaviour is imitated. */
const SDK_VERSION = '3.8.0'
const FONT_PX = 16

export function device() {
  const all = () => ({ ...windowInfo(), ...deviceInfo(), ...appBaseInfo() })
  return {
    getWindowInfo: windowInfo,
    getDeviceInfo: deviceInfo,
    getAppBaseInfo: appBaseInfo,
    getSystemInfoSync: all,
    getSystemSetting: () => ({
      bluetoothEnabled: false,
      locationEnabled: false,
      wifiEnabled: navigator.onLine,
      deviceOrientation: 'portrait',
    }),
    getAppAuthorizeSetting: () => ({
      cameraAuthorized: 'not determined',
      albumAuthorized: 'authorized',
      notificationAuthorized: 'denied',
    }),
    getMenuButtonBoundingClientRect: menuButton,
    ...theme(),
    ...resizing(),
    ...asynchronousAll({
      getSystemInfo: all,
      getSystemInfoAsync: all,
      setClipboardData: ({ data }) => written(data),
      getClipboardData: async () => ({ data: await navigator.clipboard.readText() }),
      makePhoneCall: ({ phoneNumber }) => {
        location.href = `tel:${phoneNumber}`
      },
      vibrateShort: () => vibrated(15),
      vibrateLong: () => vibrated(400),
      getRandomValues: ({ length }) => ({ randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer }),
      hideKeyboard: () => document.activeElement?.blur(),
      setKeepScreenOn: async ({ keepScreenOn }) => keepScreenAwake(keepScreenOn),
    }),
  }
}

function windowInfo() {
  const { clientWidth: windowWidth, clientHeight: windowHeight } = byId('stage')
  const { clientWidth: screenWidth, clientHeight: screenHeight } = byId('phone')
  return {
    pixelRatio: devicePixelRatio,
    screenWidth,
    screenHeight,
    windowWidth,
    windowHeight,
    statusBarHeight: 0,
    screenTop: screenHeight - windowHeight,
    safeArea: { left: 0, right: screenWidth, top: 0, bottom: screenHeight, width: screenWidth, height: screenHeight },
  }
}

const BROWSERS = { Edg: 'Edge', Firefox: 'Firefox', Chrome: 'Chrome', Safari: 'Safari' }

/** A name that is the same in every language: it stands in the list of one's devices. */
const browserName = () => BROWSERS[Object.keys(BROWSERS).find((mark) => navigator.userAgent.includes(mark))] || 'Web'

/** `devtools` is WeChat's word for a mini-program that is not on a phone. */
const deviceInfo = () => ({
  brand: browserName(),
  model: navigator.userAgentData?.platform || '',
  system: 'browser',
  platform: 'devtools',
  benchmarkLevel: -1,
  abi: '',
  memorySize: '',
})

const appBaseInfo = () => ({
  SDKVersion: SDK_VERSION,
  version: '8.0.50',
  language: language() === 'zh' ? 'zh_CN' : 'en',
  theme: darkMode().matches ? 'dark' : 'light',
  enableDebug: false,
  host: { env: 'browser' },
  fontSizeSetting: parseFloat(getComputedStyle(document.documentElement).fontSize) || FONT_PX,
  fontSizeScaleFactor: (parseFloat(getComputedStyle(document.documentElement).fontSize) || FONT_PX) / FONT_PX,
})

/**
 * There is no capsule button; its place is where WeChat would have it, so that custom navigation bars keep clear of it.
 */
function menuButton() {
  const { screenWidth } = windowInfo()
  return { width: 0, height: 32, top: 6, bottom: 38, left: screenWidth, right: screenWidth }
}

const darkMode = () => matchMedia('(prefers-color-scheme: dark)')

function theme() {
  const listeners = new Set()
  darkMode().addEventListener?.('change', ({ matches }) =>
    listeners.forEach((listener) => listener({ theme: matches ? 'dark' : 'light' })),
  )
  return {
    onThemeChange: (listener) => listeners.add(listener),
    offThemeChange: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
  }
}

function resizing() {
  const listeners = new Set()
  window.addEventListener('resize', () => {
    const { windowWidth, windowHeight } = windowInfo()
    listeners.forEach((listener) => listener({ size: { windowWidth, windowHeight } }))
  })
  return {
    onWindowResize: (listener) => listeners.add(listener),
    offWindowResize: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
    onMenuButtonBoundingClientRectWeightChange() {},
    offMenuButtonBoundingClientRectWeightChange() {},
    onUserCaptureScreen() {}, // a browser does not hear of it
    offUserCaptureScreen() {},
  }
}

/** Browsers give the clipboard to pages of a secure address only; there is an older way for the others. */
async function written(data) {
  if (navigator.clipboard) return void (await navigator.clipboard.writeText(data))
  const field = document.createElement('textarea')
  field.value = data
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (!isCopied) throw new Failure('the browser does not allow it')
  return undefined
}

function vibrated(milliseconds) {
  if (!navigator.vibrate?.(milliseconds)) throw new Failure('this device does not vibrate')
}

let awake = null

async function keepScreenAwake(isOn) {
  if (!navigator.wakeLock) throw new Failure('not supported in this browser')
  if (isOn) awake ??= await navigator.wakeLock.request('screen')
  else {
    await awake?.release()
    awake = null
  }
}
