// Addresses of pages: `/pages/card/card?id=gy.housing_fund`, from another page also `../search/search`.

/** The page's key and query. As in WeChat, values stay as they were encoded: whoever encoded them decodes them. */
export function parsed(url, from = '') {
  const [given, search = ''] = url.split(/\?(.*)/s)
  const key = new URL(given, `mini:///${from}`).pathname.replace(/^\//, '')
  return { key, query: queryOf(search), url: search ? `${key}?${search}` : key }
}

function queryOf(search) {
  const pairs = search
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split(/=(.*)/s))
  return Object.fromEntries(pairs.map(([name, value = '']) => [decodeURIComponent(name), value]))
}

/** What stands behind # in the browser. */
export const fragment = (url) => `#/${url}`

/** The address behind #, "" for none. */
export const ofFragment = (hash) => hash.replace(/^#\/?/, '')
