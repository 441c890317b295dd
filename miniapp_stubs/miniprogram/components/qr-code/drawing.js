// A QR code as a picture made on the phone: nothing is asked for, nothing leaves it.

const { Ecc, QrCode } = require('tdesign-miniprogram/common/shared/qrcode/qrcodegen')

/** Modules left white around a code (ISO/IEC 18004). */
const QUIET = 4
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** @returns {string} a `data:` URI, one unit for each module. Throws RangeError for more than a code can hold. */
function drawing(text) {
  const code = QrCode.encodeText(text, Ecc.LOW)
  const side = code.size + 2 * QUIET
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${bars(code)}"/></svg>`
  return `data:image/svg+xml;base64,${base64(svg)}`
}

/** Each row's black modules, neighbours as one bar. */
function bars(code) {
  const path = []
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (!code.getModule(x, y)) continue
      const start = x
      while (code.getModule(x + 1, y)) x += 1
      path.push(`M${start + QUIET} ${y + QUIET}h${x + 1 - start}v1H${start + QUIET}z`)
    }
  }
  return path.join('')
}

/** Of a text in ASCII. */
function base64(text) {
  let written = ''
  for (let place = 0; place < text.length; place += 3) {
    const bytes = [0, 1, 2].map((offset) => text.charCodeAt(place + offset) || 0)
    const bits = (bytes[0] << 16) | (bytes[1] << 8) | bytes[2]
    written += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63] + BASE64[(bits >> 6) & 63] + BASE64[bits & 63]
  }
  const padding = (3 - (text.length % 3)) % 3
  return written.slice(0, written.length - padding) + '='.repeat(padding)
}

module.exports = { drawing }
