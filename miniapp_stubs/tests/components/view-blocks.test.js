// Every kind of block is shown, whatever card it comes from.

const { newPhone } = require('../support/phone')
const { shown, words, tap } = require('../support/screen')
const { tableLayout, widthOf } = require('../../miniprogram/components/view-blocks/layout')

beforeEach(() => newPhone())

const VIEW = 'components/view-blocks/view-blocks'
const blocks = (...list) => shown(VIEW, { blocks: list, textScale: 1 })

const TABLE = {
  block: 'table',
  title: '近期明细',
  columns: [{ label: '月份', align: 'start' }, { label: '金额', align: 'end' }],
  rows: [['2026年10月', '¥1,320.00'], ['2026年9月', '¥1,320.00']],
  empty: '暂无记录',
  truncated: false,
}

test('a summary is a figure with what it is, and its unit', async () => {
  expect(words(await blocks({ block: 'summary', title: '账户余额', value: '121,876.67', unit: '元' }))).toBe('账户余额 121,876.67 元')
  expect(words(await blocks({ block: 'summary', title: '状态', value: '正常', unit: null }))).toBe('状态 正常')
})

test('fields are labels and values, also when two say the same', async () => {
  const items = [{ label: '账号', value: '1' }, { label: '单位', value: '—' }, { label: '单位', value: '—' }]
  expect(words(await blocks({ block: 'fields', title: '账户', items }))).toBe('账户 账号 1 单位 — 单位 —')
})

test('a table has its heads and rows, and is one to a screen reader', async () => {
  const view = await blocks(TABLE)
  expect(words(view)).toBe('近期明细 月份 金额 2026年10月 ¥1,320.00 2026年9月 ¥1,320.00')
  expect(view.dom.innerHTML).toContain('cell--end')
})

test('a table without rows says so', async () => {
  expect(words(await blocks({ ...TABLE, title: null, rows: [] }))).toBe('暂无记录')
})

test('a table without room is read row by row', async () => {
  const wide = { ...TABLE, columns: Array(8).fill({ label: '缴费基数', align: 'end' }), rows: [Array(8).fill('¥10,000.00')] }
  const view = await blocks(wide)
  expect(view.querySelectorAll('.stack-line')).toHaveLength(7)
  expect(view.querySelectorAll('.head')).toHaveLength(0)
})

test('room for a table depends on what is in it, the screen and the size of text', () => {
  expect(tableLayout(TABLE, 390, 1).isStacked).toBe(false)
  expect(tableLayout(TABLE, 390, 2).isStacked).toBe(true)
  expect(tableLayout(TABLE, 220, 1).isStacked).toBe(true)
  expect(widthOf('贵阳')).toBeGreaterThan(widthOf('ab1'))
})

test('a long table begins with twenty rows; the others come by tap', async () => {
  const rows = Array.from({ length: 200 }, (_, row) => [`${row}月`, '¥1'])
  const view = await blocks({ ...TABLE, rows, truncated: true })
  expect(view.querySelectorAll('.row')).toHaveLength(21)
  expect(words(view)).toContain('显示其余 180 条')
  await tap(view, '.more')
  expect(view.querySelectorAll('.row')).toHaveLength(201)
  expect(words(view)).toContain('仅显示前 200 条')
})

test('a timeline tells events with their times', async () => {
  const events = [{ time: '11月24日 08:30', event: '已办结' }, { time: '11月23日 10:00', event: '已接件' }]
  const view = await blocks({ block: 'timeline', title: '进度', events, empty: '暂无', truncated: false })
  expect(words(view)).toBe('进度 已办结 11月24日 08:30 已接件 11月23日 10:00')
  expect(words(await blocks({ block: 'timeline', title: null, events: [], empty: '暂无进度', truncated: false }))).toBe('暂无进度')
})

test.each(['info', 'success', 'warning'])('a notice of the tone %s is set apart', async (tone) => {
  const view = await blocks({ block: 'notice', tone, text: '提取申请已提交' })
  expect(words(view)).toBe('提取申请已提交')
  expect(view.querySelector(`.notice--${tone}`)).toBeTruthy()
})

test('a code is a picture with a caption; without a value, and with more than a code can hold, it says so', async () => {
  const qr = (value) => blocks({ block: 'qr', title: '取件码', value, caption: '请向工作人员出示' })
  const view = await qr('a1b2')
  expect(view.dom.querySelectorAll('wx-image')).toHaveLength(1)
  expect(words(view)).toBe('取件码 请向工作人员出示')
  expect(words(await qr(null))).toContain('暂时没有可以出示的码')
  expect(words(await qr('码'.repeat(1000)))).toContain('暂时没有可以出示的码')
})

test('an action tells which operation it leads to', async () => {
  const view = await blocks({ block: 'action', title: '全部明细', operation: 'details' }, { block: 'action', title: '申请提取', operation: 'withdraw' })
  const asked = jest.fn()
  view.addEventListener('operation', ({ detail }) => asked(detail.operation))
  await tap(view, '.action', 1)
  expect(words(view)).toBe('全部明细 申请提取')
  expect(asked).toHaveBeenCalledWith('withdraw')
})

test('a block of a kind that is not known yet leaves the others as they are', async () => {
  expect(words(await blocks({ block: 'hologram' }, { block: 'notice', tone: 'info', text: '其余照常' }))).toBe('其余照常')
})
