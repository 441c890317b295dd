// What must be true of the source as a whole: two languages throughout, and text that everybody can read.

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '../miniprogram')
const files = fs
  .readdirSync(ROOT, { recursive: true })
  .filter((file) => !file.startsWith('miniprogram_npm') && fs.statSync(path.join(ROOT, file)).isFile())
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8')

/** Every text in a tree of words, by its place in it. */
function leaves(tree, place = '') {
  if (typeof tree === 'string') return [[place, tree]]
  return Object.entries(tree).flatMap(([name, inside]) => leaves(inside, `${place}.${name}`))
}

/** Words that are the same in both languages, or speak to whoever reads the other one. */
const IN_BOTH = new Set(['EN', '中文', 'EN, switch to English', '切换到中文'])
const chinese = /[\u3400-\u9fff]/

describe.each(files.filter((file) => /(^|[./])strings\.js$/.test(file)))('%s', (file) => {
  const { zh, en } = require(path.join(ROOT, file))

  test('has the same words in both languages', () => {
    expect(leaves(en).map(([place]) => place)).toEqual(leaves(zh).map(([place]) => place))
  })

  test('is Chinese in Chinese and English in English', () => {
    const strays = [
      ...leaves(zh).filter(([, text]) => !chinese.test(text) && /[A-Za-z]{2}/.test(text.replace(/\{\w+\}/g, ''))),
      ...leaves(en).filter(([, text]) => chinese.test(text)),
    ].filter(([, text]) => !IN_BOTH.has(text))
    expect(strays).toEqual([])
  })

  test('fills in the same values in both', () => {
    const values = (words) => leaves(words).map(([place, text]) => [place, [...text.matchAll(/\{\w+\}/g)].map(String).sort()])
    expect(values(en)).toEqual(values(zh))
  })
})

test('no page holds words of its own', () => {
  const strays = files.filter((file) => file.endsWith('.wxml') && chinese.test(read(file).replace(/<!--[\s\S]*?-->/g, '').replace(/'，'/g, '')))
  expect(strays).toEqual([])
})

test('no text is cut off', () => {
  const cutting = files.filter((file) => file.endsWith('.wxss') && /text-overflow|line-clamp/.test(read(file)))
  expect(cutting).toEqual([])
})

describe('colours', () => {
  const tokens = Object.fromEntries([...read('styles/tokens.wxss').matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))

  function luminance(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }

  function contrast(one, other) {
    const [light, dark] = [luminance(tokens[one] || one), luminance(tokens[other] || other)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }

  test.each([
    ['ink', 'paper'], ['ink', 'ground'], ['ink-soft', 'paper'], ['ink-soft', 'ground'], ['ink-faint', 'paper'], ['ink-faint', 'ground'],
    ['brand', 'paper'], ['brand', 'ground'], ['brand', 'brand-soft'], ['brand-strong', 'brand-soft'], ['#ffffff', 'brand'], ['#ffffff', 'brand-strong'],
    ['good', 'paper'], ['good', 'good-soft'], ['care', 'paper'], ['care', 'care-soft'], ['bad', 'paper'], ['bad', 'bad-soft'],
    ['#ffffff', 'td-brand-color-disabled'],
  ])('%s can be read on %s (WCAG AA)', (text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5)
  })

  test.each([['line-strong', 'paper']])('%s is seen on %s (of what can be entered into)', (line, ground) => {
    expect(contrast(line, ground)).toBeGreaterThanOrEqual(3)
  })
})
