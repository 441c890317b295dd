// A QR code that a reader reads.

const jsQR = require('jsqr')
const { drawing } = require('../../miniprogram/components/qr-code/drawing')
const { newPhone } = require('../support/phone')
const { shown } = require('../support/screen')

const TOKEN = `eyJhbGciOiJFZERTQSJ9.${'eyJzdWIiOiIwMU0'.repeat(20)}.${'Zm9v'.repeat(20)}`
const UNIT = 4

/** The picture as a camera would see it: the bars of its one path, painted. */
function read(source) {
  const svg = Buffer.from(source.split(',')[1], 'base64').toString()
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]) * UNIT
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    for (let row = y * UNIT; row < (Number(y) + 1) * UNIT; row += 1) {
      for (let column = x * UNIT; column < (Number(x) + Number(width)) * UNIT; column += 1) pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3)
    }
  }
  return jsQR(pixels, side, side)?.data
}

test.each(['x', '贵阳', TOKEN])('says what it was made of: %.20s', (text) => {
  expect(read(drawing(text))).toBe(text)
})

test('is drawn for a text and gone without one', async () => {
  newPhone()
  const component = await shown('components/qr-code/qr-code', { text: TOKEN, label: '预约二维码' })
  expect(read(component.instance.data.source)).toBe(TOKEN)
  component.setData({ text: '' })
  expect(component.instance.data.source).toBe('')
})
