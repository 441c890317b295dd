// Codes in addresses, and days on papers.

const { newPhone } = require('../support/phone')
const { standStill } = require('../support/park')
const format = require('../../miniprogram/utils/format')
const scanning = require('../../miniprogram/utils/scanning')
const store = require('../../miniprogram/utils/store')

beforeAll(standStill)
beforeEach(newPhone)

test.each([
  ['https://city.example/#/pages/identity/scan?scan=a.b-c_1', 'a.b-c_1'],
  ['https://city.example/s?x=1&scan=a%2Bb&y=2', 'a+b'],
  ['https://city.example/s?scan=%E0%A4%A', '%E0%A4%A'],
  ['https://city.example/?scanned=a', ''],
  ['', ''],
  [undefined, ''],
])('the code in %s', (address, code) => {
  expect(scanning.codeIn(address)).toBe(code)
})

test('a link of the city’s own comes before what WeChat hands over', () => {
  expect(scanning.codeOf({ scan: 'own', q: 'https://x/?scan=other' })).toBe('own')
  expect(scanning.codeOf({ q: 'https://x/?scan=other' })).toBe('other')
  expect(scanning.codeOf({})).toBe('')
})

test('papers count through their last day, and say its year', () => {
  expect(format.lastDay('2027-03-01T00:00:00+08:00')).toBe('2027年2月28日')
  expect(format.lastDay('2027-03-01T12:00:00+08:00')).toBe('2027年3月1日')
  store.setLanguage('en')
  expect(format.fullDate('2026-11-22')).toBe('22 Nov 2026')
})
