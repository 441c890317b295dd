const { shown, words, tap } = require('../support/screen')

const CARD = {
  id: 'xx.test',
  name: { zh: '测试服务', en: 'A test' },
  summary: { zh: '用一句话说明', en: 'In a sentence' },
  icon: null,
}

test('a tile says what the card is called, and its letter stands in for an icon', async () => {
  const tile = await shown('components/card-tile/card-tile', { card: CARD, layout: 'row' })
  expect(words(tile)).toBe('测 测试服务 用一句话说明')
})

test('a tapped tile tells which card it is', async () => {
  const tile = await shown('components/card-tile/card-tile', { card: CARD })
  const opened = jest.fn()
  tile.addEventListener('open', ({ detail }) => opened(detail.card.id))
  await tap(tile, '.tile')
  expect(opened).toHaveBeenCalledWith('xx.test')
})
