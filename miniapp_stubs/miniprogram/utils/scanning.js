// Codes of department sites: found in what a camera has read, or in the address that WeChat opened the mini-program with.

const { words } = require('./i18n')
const strings = require('./scanning.strings')

const PAGE = '/pages/identity/scan'
const SCAN = /[?&]scan=([^&#]+)/

/** The code in an address such as `https://city.example/#/pages/identity/scan?scan=…`; "" for any other text. */
function codeIn(text) {
  const [, code = ''] = SCAN.exec(text || '') || []
  try {
    return decodeURIComponent(code)
  } catch {
    return code
  }
}

/**
 * What a page was opened with: `scan` by a link of the city's own, `q` by WeChat, which puts the whole address of an
 * ordinary QR code there.
 */
const codeOf = ({ scan = '', q = '' }) => scan || codeIn(q)

/**
 * Has the citizen scan a code with the camera, never a picture that somebody sent, and opens what it is for. Says so when
 * it is for nothing here. @param {{inPlace?: boolean}} [how] instead of the page that asks
 */
async function scan({ inPlace = false } = {}) {
  const { result, errMsg = '' } = await read()
  const code = codeIn(result)
  if (code) return (inPlace ? wx.redirectTo : wx.navigateTo)({ url: `${PAGE}?scan=${encodeURIComponent(code)}` })
  if (/cancel/.test(errMsg)) return undefined
  const { other, impossible } = words(strings)
  const title = typeof result === 'string' ? other : impossible
  return wx.showToast({ title, icon: 'none', duration: 3000 })
}

const read = () =>
  new Promise((resolve) => {
    wx.scanCode({ onlyFromCamera: true, scanType: ['qrCode'], success: resolve, fail: resolve })
  })

module.exports = { codeIn, codeOf, scan }
