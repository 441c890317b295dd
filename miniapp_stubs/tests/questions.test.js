// Questions that WeChat puts before a page: its buttons take four signs, in any language, and refuse the rest.

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '../miniprogram')
const MOST_SIGNS = 4

const asking = fs
  .readdirSync(ROOT, { recursive: true })
  .filter((file) => file.endsWith('.js') && !file.startsWith('miniprogram_npm'))
  .filter((file) => fs.readFileSync(path.join(ROOT, file), 'utf8').includes('wx.showModal'))

/** The names of the words on its buttons, as they stand in the page's code. */
function buttons(file) {
  const code = fs.readFileSync(path.join(ROOT, file), 'utf8')
  return [...code.matchAll(/\bt\.(\w+(?:Yes|No))\b/g)].map(([, name]) => name)
}

test.each(asking)('%s', (file) => {
  const strings = require(path.join(ROOT, file.replace(/\.js$/, '.strings.js')))
  const names = buttons(file)
  expect(names.length).toBeGreaterThanOrEqual(2)
  const long = ['zh', 'en']
    .flatMap((language) => names.map((name) => strings[language][name]))
    .filter((text) => Array.from(text).length > MOST_SIGNS)
  expect(long).toEqual([])
})
