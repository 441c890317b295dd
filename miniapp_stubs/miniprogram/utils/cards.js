// The city's cards: asked for, remembered for a moment, opened.

const acting = require('./acting')
const api = require('./api')

const REMEMBERED_MS = 60000
const details = new Map()

/**
 * A page of GET /api/v1/cards: `{items, total, after}`; while acting for somebody, those for persons or enterprises.
 * @param {{q?, theme?, kind?, audience?, limit?, after?}} query
 */
const list = (query) => api.get('/api/v1/cards', { query: { audience: acting.audience(), ...query }, open: true })

/** GET /api/v1/themes */
const themes = () => api.get('/api/v1/themes', { open: true })

/** A card with all that is shown and asked; at most a minute old, `again` asks anew. @throws {Problem} */
function detail(cardId, { again = false } = {}) {
  const kept = details.get(cardId)
  if (kept && !again && Date.now() - kept.at < REMEMBERED_MS) return kept.promise
  const promise = api.get(`/api/v1/cards/${encodeURIComponent(cardId)}`, { open: true })
  details.set(cardId, { promise, at: Date.now() })
  promise.catch(() => details.delete(cardId))
  return promise
}

const open = (cardId) => wx.navigateTo({ url: `/pages/card/card?card_id=${encodeURIComponent(cardId)}` })

function use(cardId, operation, { inPlace = false } = {}) {
  const query = `card_id=${encodeURIComponent(cardId)}&operation=${encodeURIComponent(operation)}`
  return (inPlace ? wx.redirectTo : wx.navigateTo)({ url: `/pages/card/use?${query}` })
}

/** When something was last submitted with a card: figures that were fetched before are old. */
const changes = new Map()
const changed = (cardId) => changes.set(cardId, Date.now())
const changedAt = (cardId) => changes.get(cardId) || 0

module.exports = { list, themes, detail, open, use, changed, changedAt }
