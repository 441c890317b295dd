// How blocks are laid out on this screen: which tables have room as tables, and which are better read row by row.

/** Rows that are shown at first; the others come by tap. */
const FIRST_ROWS = 20
/** Pixels: margins and paddings around a table, the space between columns, and the size of text in it. */
const AROUND = 64
const BETWEEN = 12
const CELL_TEXT = 15

/** Width of a text in em, near enough: Chinese characters and full-width signs are one, others half and a little. */
function widthOf(text) {
  let width = 0
  for (const sign of text) width += sign.codePointAt(0) > 0x2e7f ? 1 : 0.58
  return width
}

/**
 * @param {object} block a `table` as docs/gateway.md describes it
 * @returns {{template: string, isStacked: boolean}} the grid's template, or that there is no room for one
 */
function tableLayout(block, screenWidth, textScale) {
  const needed = block.columns.map((column, place) =>
    Math.max(widthOf(column.label), ...block.rows.map((row) => widthOf(row[place])), 2),
  )
  const widths = needed.map((width, place) => Math.ceil(width * CELL_TEXT * textScale) + (place < needed.length - 1 ? BETWEEN : 0))
  const pixels = widths.reduce((sum, width) => sum + width, 0)
  const template = widths.map((width) => `minmax(${width}px, ${width}fr)`).join(' ')
  return { template, isStacked: pixels > screenWidth - AROUND }
}

/** The blocks with what the template needs beside them. Kinds that are not known are left out. */
function laidOut(blocks, { screenWidth, textScale, opened }) {
  return blocks.map((block, place) => {
    const key = `${place}-${block.block}`
    if (block.block === 'table') {
      const rows = (opened[key] ? block.rows : block.rows.slice(0, FIRST_ROWS)).map((row, id) => cellsOf(block, row, id))
      return { ...block, ...tableLayout(block, screenWidth, textScale), key, rows, heads: block.columns.map(identified), more: block.rows.length - rows.length }
    }
    if (block.block === 'timeline') {
      const events = (opened[key] ? block.events : block.events.slice(0, FIRST_ROWS)).map(identified)
      return { ...block, key, events, more: block.events.length - events.length }
    }
    if (block.block === 'qr') return { ...block, key, value: fitsQr(block.value) ? block.value : '' }
    if (block.block === 'fields') return { ...block, key, items: block.items.map(identified) }
    if (block.block === 'action') return { ...block, key, theme: isFirstAction(blocks, place) ? 'primary' : 'light' }
    return { ...block, key }
  })
}

/** Lists are drawn by keys of their own: two fields, or two rows, may say the same. */
const identified = (one, id) => ({ ...one, id })

const cellsOf = ({ columns }, row, id) => ({ id, cells: row.map((text, place) => ({ id: place, text, ...columns[place] })) })

/** A code of the largest size holds 2,953 bytes. */
const fitsQr = (text) => Boolean(text) && encodeURIComponent(text).replace(/%../g, '.').length <= 2953

const isFirstAction = (blocks, place) => blocks.findIndex(({ block }) => block === 'action') === place

module.exports = { laidOut, tableLayout, widthOf, FIRST_ROWS }
