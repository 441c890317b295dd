// The stack of pages, and the browser's history beside it: each entry of the history holds the whole stack, so that a
// reload finds it again, and going back or forward, by whatever means, is a comparison of two stacks.

import { fragment, ofFragment, parsed } from './address.js'

const MOST_PAGES = 10

/**
 * @typedef {{id: string, url: string, page: Page | null}} Entry one place in the stack; its page is made when it is
 * shown
 */

export class Router {
  /**
   * @param {object} given
   * @param {(key: string) => Promise<void>} given.load brings a page's code
   * @param {() => void} given.notLoaded called when that failed
   * @param {(address: object) => Page} given.create makes a page whose code is there
   * @param {string[]} given.pages keys of all pages
   * @param {string[]} given.tabs keys of those on the tab bar
   * @param {string} given.entryPage
   * @param {() => void} given.changed called when another page is on top
   */
  constructor({ load, notLoaded, create, pages, tabs, entryPage, changed }) {
    Object.assign(this, { load, notLoaded, create, tabs, entryPage, changed })
    this.known = new Set(pages)
    this.stack = []
    this.tabPages = new Map()
    this.tail = Promise.resolve()
    this.onPageNotFound = () => {}
    this.gone = null
    window.addEventListener('popstate', ({ state }) => this.#moved(state))
  }

  get top() {
    return this.stack.at(-1)?.page
  }

  /**
   * The stack of the history entry that we are at: what a reload finds. Otherwise the page of the address, or the
   * first.
   */
  start() {
    const kept = history.state?.stack?.filter(({ url }) => this.known.has(parsed(url).key)) || []
    const url = this.#orEntryPage(ofFragment(location.hash))
    return this.#queue(() => this.#become(kept.length ? kept : [entry(url)], 'replace'))
  }

  #orEntryPage(url) {
    if (!url) return this.entryPage
    const { key, query } = parsed(url)
    if (this.known.has(key)) return url
    this.onPageNotFound({ path: key, query, isEntryPage: true })
    return this.entryPage
  }

  /** `opener` is the channel to the page that opens it, if there is one. */
  navigateTo(url, opener = null) {
    return this.#queue(async () => {
      const address = this.#existing(url)
      if (this.tabs.includes(address.key)) throw new Error('can not navigateTo a tabbar page')
      if (this.stack.length >= MOST_PAGES) throw new Error(`webview count limit exceed: ${MOST_PAGES}`)
      await this.#become([...this.stack, entry(address.url)], 'push', opener)
    })
  }

  redirectTo(url) {
    return this.#queue(async () => {
      const address = this.#existing(url)
      if (this.tabs.includes(address.key)) throw new Error('can not redirectTo a tabbar page')
      await this.#become([...this.stack.slice(0, -1), entry(address.url)], 'replace')
    })
  }

  navigateBack(delta = 1) {
    return this.#queue(async () => {
      if (this.stack.length < 2) throw new Error('cannot navigate back at first page')
      await this.#goBack(Math.min(Math.max(1, delta), this.stack.length - 1))
    })
  }

  switchTab(url) {
    return this.#queue(async () => {
      const { key } = this.#existing(url)
      if (!this.tabs.includes(key)) throw new Error('can not switch to no-tabBar page')
      if (this.top?.key === key && this.stack.length === 1) return
      await this.#bottom([entry(key)])
    })
  }

  reLaunch(url) {
    return this.#queue(async () => {
      const address = this.#existing(url)
      const unseen = [...this.tabPages.values()].filter((page) => !this.stack.some((one) => one.page === page))
      this.tabPages.clear()
      await this.#bottom([entry(address.url)])
      for (const page of unseen) page.close()
    })
  }

  #existing(url) {
    const address = parsed(url, this.top?.key)
    if (!this.known.has(address.key)) throw new Error(`page "${address.key}" is not found`)
    return address
  }

  /** Operations happen one after another: each begins with the stack that the one before left. */
  #queue(operation) {
    const done = this.tail.then(operation)
    this.tail = done.catch(() => {})
    return done
  }

  /** Makes `stack` the whole of it, at the place in the history where ours began. */
  async #bottom(stack) {
    if (this.stack.length > 1) await this.#travel(1 - this.stack.length)
    await this.#become(stack, 'replace')
  }

  async #goBack(delta) {
    await this.#travel(-delta)
    await this.#become(this.stack.slice(0, -delta), null)
  }

  #travel(distance) {
    const arrived = new Promise((resolve) => {
      this.gone = resolve
    })
    history.go(distance)
    return arrived
  }

  /**
   * The browser went somewhere: because we asked for it, or because somebody pressed its buttons or changed the
   * address.
   */
  #moved(state) {
    if (this.gone) {
      this.gone()
      this.gone = null
      return
    }
    // Read now: a page that is still being opened writes its own address over this one.
    const address = location.hash
    this.#queue(async () => {
      if (state?.stack) await this.#become(state.stack, null)
      else await this.#become([entry(this.#orEntryPage(ofFragment(address)))], 'replace')
    })
  }

  /** From the stack that is to the one that is wanted. What both have below stays as it is. */
  async #become(wanted, record, opener = null) {
    const common = sameBelow(this.stack, wanted)
    const stack = [
      ...this.stack.slice(0, common),
      ...wanted.slice(common).map(({ id, url }) => ({ id, url, page: null })),
    ]
    const address = parsed(stack.at(-1).url)
    await this.#bring(address.key)
    const before = this.top
    const leaving = this.stack.slice(common).map(({ page }) => page)
    this.stack = stack
    this.#record(record)
    const kept = stack.at(-1).page || this.tabPages.get(address.key)
    if (before && before !== kept && !this.#closes(before, leaving)) before.hide()
    for (const page of leaving.reverse()) if (page && page !== kept && this.#closes(page, leaving)) page.close()
    const page = kept || this.#create({ ...address, opener })
    stack.at(-1).page = page
    if (before !== page) page.show()
    this.changed()
  }

  async #bring(key) {
    try {
      await this.load(key)
    } catch (error) {
      this.notLoaded()
      throw error
    }
  }

  #create(address) {
    const page = this.create(address)
    if (this.tabs.includes(address.key)) this.tabPages.set(address.key, page)
    return page
  }

  /** Pages of the tab bar stay, unseen, until everything is left with reLaunch. */
  #closes(page, leaving) {
    return leaving.includes(page) && this.tabPages.get(page.key) !== page
  }

  #record(how) {
    const state = { stack: this.stack.map(({ id, url }) => ({ id, url })) }
    if (how === 'push') history.pushState(state, '', fragment(this.stack.at(-1).url))
    if (how === 'replace') history.replaceState(state, '', fragment(this.stack.at(-1).url))
  }
}

const entry = (url) => ({ id: Math.random().toString(36).slice(2), url })

function sameBelow(one, other) {
  let count = 0
  while (count < one.length && count < other.length && one[count].id === other[count].id) count += 1
  return count
}
