// What every page has: words in the citizen's language, the size of text, and a title.
//
//     Page(page({ strings, title: (t) => t.title, data: {…}, onLoad(query) {…} }))
//
// puts `t` (the words), `language`, `textScale`, `elder` and `acting` (for whom: utils/acting.js) into the page's data and
// keeps them up to date. A page with `onLanguage()` is told when the language has changed, so that it asks anew for what
// came in the other one; `tab: true` is for the pages of the tab bar. The page's outermost view is
// <view class="page" style="--text-scale: {{textScale}}">, and its first content <acting-bar />.

const acting = require('./acting')
const i18n = require('./i18n')
const store = require('./store')
const tabs = require('./tabs')

function shared(strings) {
  return {
    t: i18n.words(strings),
    language: i18n.language(),
    textScale: store.textScale(),
    elder: store.isElder(),
    acting: acting.shown(),
  }
}

/**
 * @param {object} definition as for Page(), with `strings` ({zh, en}) and perhaps `title` (a function of the words)
 * @returns {object} for Page()
 */
function page({ strings, title, tab = false, onLoad, onShow, onLanguage, ...definition }) {
  return {
    ...definition,
    data: { ...shared(strings), ...definition.data },
    onLoad(query) {
      this.setData(shared(strings))
      return onLoad ? onLoad.call(this, decoded(query)) : undefined
    },
    onShow() {
      this.refreshShared()
      return onShow ? onShow.call(this) : undefined
    },
    /** Also for the page that changes language or size of text itself. */
    refreshShared() {
      const before = this.data.language
      this.setData(shared(strings))
      if (title) wx.setNavigationBarTitle({ title: title(this.data.t) })
      if (tab) tabs.relabel()
      if (onLanguage && before !== this.data.language) onLanguage.call(this)
    },
  }
}

/** WeChat hands over what stands in the address, the browser what it means. */
function decoded(query = {}) {
  const meant = {}
  for (const name of Object.keys(query)) {
    try {
      meant[name] = decodeURIComponent(query[name])
    } catch {
      meant[name] = query[name]
    }
  }
  return meant
}

module.exports = { page }
