import { fragment, ofFragment, parsed } from '../../host/address.js'
import { rpx } from '../../host/rpx.js'

test('addresses are those of pages, absolute or from where one is', () => {
  expect(parsed('/pages/a/b?x=1&y=2').key).toBe('pages/a/b')
  expect(parsed('../c/d', 'pages/a/b').key).toBe('pages/c/d')
  expect(parsed('d?e', 'pages/a/b').key).toBe('pages/a/d')
})

test('values stay as they were encoded, and may hold anything', () => {
  expect(parsed('/p?a=%E4%B8%AD&b=x=y?z&c&%64=1').query).toEqual({ a: '%E4%B8%AD', b: 'x=y?z', c: '', d: '1' })
  expect(parsed('/p').query).toEqual({})
})

test('an address survives the browser', () => {
  const { url } = parsed('/pages/a/b?x=%20&y')
  expect(ofFragment(fragment(url))).toBe(url)
  expect(ofFragment('')).toBe('')
  expect(ofFragment('#')).toBe('')
})

test('rpx of inline styles', () => {
  expect(rpx('width: 10rpx; top: -.5rpx')).toBe('width: calc(var(--rpx) * 10); top: calc(var(--rpx) * -.5)')
  expect(rpx(undefined)).toBe(undefined)
})
