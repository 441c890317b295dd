// How far a permission to act goes, in words: all of it, all but some, or some and nothing else.

const { fill, text } = require('../../utils/i18n')
const cards = require('../../utils/cards')

const MOST = 100

/** What themes and cards are called, by id; those that are gone are called what they are stored as. */
async function names() {
  const [themes, list] = await Promise.all([cards.themes(), cards.list({ limit: MOST })])
  const byId = (items) => Object.fromEntries(items.map(({ id, name }) => [id, name]))
  return { themes: byId(themes.items), cards: byId(list.items), list: list.items, themeList: themes.items }
}

/** @param {{mode: 'only'|'all_but', themes: string[], cards: string[], operations: string[]}} limits */
function limitsInWords(limits, known, t) {
  const named = [
    ...limits.themes.map((id) => fill(t.theme, { name: text(known.themes[id]) || id })),
    ...limits.cards.map((id) => text(known.cards[id]) || id),
    ...[...new Set(limits.operations.map((one) => one.split('/')[0]))].map((id) =>
      fill(t.partly, { name: text(known.cards[id]) || id }),
    ),
  ]
  if (!named.length) return limits.mode === 'only' ? t.nothing : t.everything
  return fill(limits.mode === 'only' ? t.only : t.allBut, { names: named.join(t.and) })
}

module.exports = { names, limitsInWords }
