// What the phone remembers for its owner: language, size of text, favourites, what was used, what was searched for.
// It stays on the phone.

const storage = require('./storage')

const MOST_RECENT = 8
const MOST_SEARCHES = 10
const MOST_FAVOURITES = 60

/** How much larger than the designer's size text is set; `1` is 16px for running text. */
const TEXT_SCALES = [1, 1.35, 1.7, 2]

const listeners = new Set()

/** Calls `listener()` whenever language, size of text or 长辈版 change, until the returned function is called. */
function onChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function keep(key, value) {
  storage.set(key, value)
  listeners.forEach((listener) => listener())
}

/** @returns {'zh'|'en'} */
const language = () => (storage.get('language', 'zh') === 'en' ? 'en' : 'zh')
const setLanguage = (chosen) => keep('language', chosen)

/** 长辈版: large text and a simple home. */
const isElder = () => storage.get('elder', false) === true

function setElder(isOn) {
  storage.set('text_scale', isOn ? TEXT_SCALES[1] : TEXT_SCALES[0])
  keep('elder', isOn)
}

/** The citizen's choice, or what WeChat's own setting of the font asks for when that is more. */
function textScale() {
  const chosen = Number(storage.get('text_scale', 1)) || 1
  const wechat = (wx.getAppBaseInfo().fontSizeSetting || 16) / 16
  return Math.min(2, Math.max(chosen, wechat))
}

const setTextScale = (scale) => keep('text_scale', scale)

/** Cards as they were when they were last seen: enough to draw a tile without asking. */
const recent = () => storage.get('recent', [])
const favourites = () => storage.get('favourites', [])
const isFavourite = (cardId) => favourites().some((card) => card.id === cardId)

function used(card) {
  storage.set('recent', [tile(card), ...recent().filter(({ id }) => id !== card.id)].slice(0, MOST_RECENT))
}

/** @returns {boolean} whether it is one now */
function toggleFavourite(card) {
  const others = favourites().filter(({ id }) => id !== card.id)
  const wasOne = others.length < favourites().length
  storage.set('favourites', wasOne ? others : [tile(card), ...others].slice(0, MOST_FAVOURITES))
  return !wasOne
}

/** Brings what is remembered of these cards up to date. */
function refresh(cards) {
  const fresh = new Map(cards.map((card) => [card.id, tile(card)]))
  for (const key of ['recent', 'favourites']) {
    storage.set(key, storage.get(key, []).map((card) => fresh.get(card.id) || card))
  }
}

/** The card is not offered any more. */
function forgetCard(cardId) {
  for (const key of ['recent', 'favourites']) storage.set(key, storage.get(key, []).filter(({ id }) => id !== cardId))
}

function tile({ id, kind, name, summary, icon, department }) {
  return { id, kind, name, summary, icon, department }
}

const searches = () => storage.get('searches', [])
const forgetSearches = () => storage.remove('searches')

function searched(text) {
  storage.set('searches', [text, ...searches().filter((earlier) => earlier !== text)].slice(0, MOST_SEARCHES))
}

module.exports = {
  TEXT_SCALES,
  onChange,
  language,
  setLanguage,
  isElder,
  setElder,
  textScale,
  setTextScale,
  recent,
  used,
  favourites,
  isFavourite,
  toggleFavourite,
  refresh,
  forgetCard,
  searches,
  searched,
  forgetSearches,
}
