// The navigation bar above the page and the tab bar below it.

import { fragment } from './address.js'
import { byId, element } from './elements.js'
import { word } from './words.js'

export class Bars {
  /** `settings` are those of compiler/build.mjs; `actions` are back(), home(), tab(key). */
  constructor(settings, actions) {
    this.settings = settings
    this.actions = actions
    this.tabs = settings.app.tabBar?.list || []
    this.badges = new Map()
    this.isTabBarHidden = false
    this.isLoading = false
    this.isHomeHidden = false
  }

  /** Shows what belongs to `page`, the top of a stack of `depth` pages. */
  show(page, depth) {
    this.page = page
    this.depth = depth
    this.#navigation()
    this.#tabBar()
  }

  refresh() {
    if (this.page) this.show(this.page, this.depth)
  }

  /** Changes how the bars are, such as `isTabBarHidden`. */
  change(state) {
    Object.assign(this, state)
    this.refresh()
  }

  #navigation() {
    const {
      navigationBarTitleText: title = '',
      navigationBarBackgroundColor: background,
      navigationBarTextStyle: style,
      navigationStyle,
    } = this.page.window
    const bar = byId('navigation')
    bar.hidden = navigationStyle === 'custom'
    bar.style.backgroundColor = background || '#000'
    bar.style.color = style === 'black' ? '#000' : '#fff'
    document.title = title
    bar.replaceChildren(...this.#buttons(), element('h1', { textContent: title }))
    if (this.isLoading)
      bar.append(element('span', { className: 'spinner', role: 'status', 'aria-label': word('loading') }))
  }

  #buttons() {
    if (this.depth > 1) return [button('back', '‹', this.actions.back)]
    const isAtHome =
      this.page.key === this.settings.entryPage || this.tabs.some((tab) => tab.pagePath === this.page.key)
    return isAtHome || this.isHomeHidden ? [] : [button('home', '⌂', this.actions.home)]
  }

  #tabBar() {
    const bar = byId('tabs')
    const isShown = this.tabs.some((tab) => tab.pagePath === this.page.key) && !this.isTabBarHidden
    bar.hidden = !isShown
    if (!isShown) return
    const { backgroundColor, borderStyle } = this.settings.app.tabBar
    bar.style.backgroundColor = backgroundColor || '#fff'
    bar.dataset.border = borderStyle || 'black'
    bar.replaceChildren(...this.tabs.map((tab, index) => this.#tab(tab, index)))
  }

  #tab(tab, index) {
    const { color, selectedColor } = this.settings.app.tabBar
    const isHere = tab.pagePath === this.page.key
    const icon = isHere ? tab.selectedIconPath : tab.iconPath
    const link = element('a', { href: fragment(tab.pagePath), 'aria-current': isHere ? 'page' : undefined })
    link.style.color = isHere ? selectedColor : color
    if (icon) link.append(element('img', { src: this.settings.images[icon.replace(/^\//, '')] || icon, alt: '' }))
    link.append(element('span', { textContent: tab.text }))
    const badge = this.badges.get(index)
    if (badge !== undefined) link.append(element('span', { className: badge ? 'badge' : 'dot', textContent: badge }))
    link.addEventListener('click', (event) => {
      event.preventDefault()
      this.page.call('onTabItemTap', { index, pagePath: tab.pagePath, text: tab.text })
      if (!isHere) this.actions.tab(tab.pagePath)
    })
    return link
  }
}

const button = (name, sign, act) =>
  element('button', { className: name, type: 'button', textContent: sign, 'aria-label': word(name), onclick: act })
