// Where glass-easel's elements become elements of the page, and its listeners those of the browser.

import { CurrentWindowBackendContext, triggerEvent } from 'glass-easel'
import { BUILT_IN_TAGS } from './tags.js'
import { play } from './wx/animation.js'
import { rpx } from './rpx.js'
import { preventScroll } from './scrolling.js'
import { origin, touchesOf } from './viewport.js'

/** glass-easel's MutLevel: whoever listens with `catch`. */
const FINAL = 2
const TOUCHES = new Set(['touchstart', 'touchmove', 'touchend', 'touchcancel'])
const MOTIONS = new Set(['transitionend', 'animationstart', 'animationiteration', 'animationend'])
const ROLES_IN_TAB_ORDER = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'option'])
/** ARIA that is true or false: the framework gives '' for true and takes the attribute away for false. */
const ARIA_STATES = new Set(
  `aria-atomic aria-busy aria-checked aria-disabled aria-expanded aria-hidden aria-modal aria-multiline
aria-multiselectable aria-pressed aria-readonly aria-required aria-selected`.split(/\s+/),
)
const HEADING_LEVEL = '2'
const HOVER = {
  'hover-class': 'name',
  'hover-start-time': 'start',
  'hover-stay-time': 'stay',
  'hover-stop-propagation': 'alone',
}

/**
 * The page behind glass-easel. `tap` and `longpress` are made by gestures.js, events of built-in components by
 * themselves.
 */
export class Backend extends CurrentWindowBackendContext {
  constructor(stage) {
    super()
    this.stage = stage
    this.dispatched = new WeakSet()
    this.document = {
      createElement: (tag) => createElement(tag),
      createTextNode: (text) => document.createTextNode(text),
      createDocumentFragment: () => document.createDocumentFragment(),
    }
  }

  getWindowWidth() {
    return this.stage.clientWidth
  }

  getWindowHeight() {
    return this.stage.clientHeight
  }

  onEvent() {}

  setListenerStats(element, type, capture, level) {
    if (type === 'longpress' || type === 'longtap') element.hasLongPress = true
    if (!TOUCHES.has(type) && !MOTIONS.has(type)) return
    const mark = `heard:${type}${level === FINAL ? ':final' : ''}`
    if (element[mark]) return
    element[mark] = true
    const heard = TOUCHES.has(type) ? (event) => this.#touched(event) : (event) => moved(event, element)
    element.addEventListener(type, heard, { passive: level !== FINAL })
    if (type === 'touchmove' && level === FINAL) preventScroll(element)
  }

  /** Each touch goes through glass-easel's tree once, from where it happened, however many of its elements listen. */
  #touched(event) {
    if (this.dispatched.has(event)) return
    this.dispatched.add(event)
    trigger(
      event.target,
      event.type,
      {},
      { bubbles: true, composed: true, originalEvent: event, extraFields: touchesOf(event) },
    )
  }

  createIntersectionObserver(target, relative, margin, thresholds, listener) {
    const root = relative || target.closest('.frame')
    const observer = new IntersectionObserver((entries) => entries.forEach((entry) => listener(status(entry))), {
      root,
      rootMargin: margin,
      threshold: thresholds,
    })
    observer.observe(target)
    return { disconnect: () => observer.disconnect() }
  }
}

const status = ({ intersectionRatio, boundingClientRect, intersectionRect, rootBounds, time }) => ({
  intersectionRatio,
  boundingClientRect,
  intersectionRect,
  relativeRect: rootBounds,
  time,
})

/** Sends an event of glass-easel's from the nearest of its elements. */
export function trigger(element, type, detail, options) {
  let target = element
  while (target && !target.__wxElement) target = target.parentNode
  if (target) triggerEvent(target.__wxElement, type, detail, { capturePhase: true, ...options })
}

function moved(event, element) {
  if (event.target === element)
    trigger(element, event.type, { elapsedTime: event.elapsedTime, propertyName: event.propertyName })
}

function createElement(tag) {
  const element = document.createElement(tag.includes('-') && !BUILT_IN_TAGS.has(tag) ? tag : `wx-${tag}`)
  const set = element.setAttribute.bind(element)
  const remove = element.removeAttribute.bind(element)
  element.setAttribute = (name, value) => attribute(element, set, name, value)
  element.removeAttribute = (name) => (ARIA_STATES.has(name) ? set(name, 'false') : remove(name))
  element.getBoundingClientRect = relativeRectangle
  return element
}

function attribute(element, set, name, value) {
  if (name === 'style') element.style.cssText = rpx(value)
  else if (name in HOVER) element.hover = { ...element.hover, [HOVER[name]]: value }
  else if (name === 'aria-role') setRole(element, set, value)
  else if (name === 'animation') play(element, element.__wxElement?.getAttribute(name))
  else if (ARIA_STATES.has(name)) set(name, value === '' ? isTrue(element, name) : value)
  else if (name === 'aria-label' && value === '') element.removeAttribute(name)
  else if (name === 'tabindex' && value === '')
    return // of TDesign's, where nobody gave one: its role says the place
  else set(name, value)
}

/** glass-easel writes true, null and undefined alike, without a value. */
const isTrue = (element, name) => String(element.__wxElement?.getAttribute(name) === true)

/** What has the role of something to press can be reached and pressed with the keyboard. */
export function setRole(element, set, role) {
  if (!role) {
    element.removeAttribute('role')
    return
  }
  set('role', role)
  if (role === 'heading' && !element.hasAttribute('aria-level')) set('aria-level', HEADING_LEVEL)
  if (ROLES_IN_TAB_ORDER.has(role) && !element.hasAttribute('tabindex')) set('tabindex', '0')
}

/** Where an element is in the mini-program's viewport, which ends below the navigation bar. */
function relativeRectangle() {
  const { x, y, width, height } = Element.prototype.getBoundingClientRect.call(this)
  const { left, top } = origin()
  return new DOMRect(x - left, y - top, width, height)
}
