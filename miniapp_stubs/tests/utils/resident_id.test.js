// ID numbers, as the server checks them.

const { normalised, isResidentId } = require('../../miniprogram/utils/resident_id')

test.each(['11010519491231002X', '520100199203150024', '830000198807190062'])('%s can be one', (number) => {
  expect(isResidentId(number)).toBe(true)
})

test.each(['', '11010519491231002', '110105194912310020', '11010519490229002X', '1101051949123100 2X', '11010519491331002X', 'x'.repeat(18), '110105000012310023'])(
  '%s cannot',
  (number) => {
    expect(isResidentId(number)).toBe(false)
  },
)

test('what was typed with blanks, small or full-width signs is the same number', () => {
  expect(normalised(' 110105 19491231 002x ')).toBe('11010519491231002X')
  expect(normalised('１１０１０５１９４９１２３１００２ｘ')).toBe('11010519491231002X')
})
