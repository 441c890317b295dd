// How far a permission to act goes, in words: all services, all but some, or some and no others.

const cards = require('./cards')
const { fill, text, words } = require('./i18n')
const strings = require('./limits.strings')

const AT_ONCE = 100
const MOST_PAGES = 5

/** What can be named: themes and cards, for persons or enterprises. @param {'personal'|'enterprise'|''} [audience] */
async function nameable(audience = '') {
  const [{ items: themes }, found] = await Promise.all([cards.themes(), everyCard(audience)])
  const used = new Set(found.map(({ theme }) => theme))
  return { themes: themes.filter(({ id }) => used.has(id)), cards: found }
}

async function everyCard(audience) {
  const found = []
  let after = null
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const list = await cards.list({ audience, limit: AT_ONCE, after })
    found.push(...list.items)
    after = list.after
    if (!after) break
  }
  return found
}

/** What the ids in these limits are called: `{themes, cards, operations}` by id. @param {object[]} all limits */
async function names(all) {
  const found = await nameable()
  const byId = (items) => Object.fromEntries(items.map(({ id, name }) => [id, name]))
  return { themes: byId(found.themes), cards: byId(found.cards), operations: await titles(all) }
}

async function titles(all) {
  const ids = new Set(all.flatMap(({ operations = [] }) => operations).map((one) => one.split('/')[0]))
  const details = await Promise.all([...ids].map((id) => cards.detail(id).catch(() => null)))
  const found = {}
  for (const card of details.filter(Boolean))
    for (const { name, title } of card.operations) found[`${card.id}/${name}`] = title
  return found
}

/** Limits as a sentence. @param {{mode: string, themes: string[], cards: string[], operations: string[]}} limits */
function inWords({ mode, themes = [], cards: ids = [], operations = [] }, known) {
  const t = words(strings)
  const named = [
    ...themes.map((id) => fill(t.theme, { name: text(known.themes[id]) || t.gone })),
    ...ids.map((id) => text(known.cards[id]) || t.gone),
    ...operations.map((id) => operation(id, known, t)),
  ]
  if (!named.length) return t.everything
  return fill(mode === 'only' ? t.only : t.allBut, { names: named.join(t.and) })
}

function operation(id, known, t) {
  const [card, name] = id.split('/')
  const title = name === 'booking' ? t.booking : text(known.operations[id])
  return title ? fill(t.operation, { card: text(known.cards[card]) || t.gone, operation: title }) : t.gone
}

module.exports = { nameable, names, inWords }
