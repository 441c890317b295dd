// What a citizen does, in WeChat's words: a click, however it came about, is a tap; a pointer that stays is a long
// press; a mouse that drags is a finger.

import { trigger } from './backend.js'
import { point } from './viewport.js'

const LONG_PRESS_MS = 350
const STILL_PX = 10
const HOVER_START_MS = 50
const HOVER_STAY_MS = 400
const PRESSED_BY_KEY = new Set(['Enter', ' '])

export function watchGestures(stage) {
  watchTaps(stage)
  watchKeys(stage)
  watchMouse(stage)
  watchHover(stage)
}

function watchTaps(stage) {
  let pressed = null
  let isSpent = false
  stage.addEventListener('pointerdown', (event) => {
    isSpent = false
    if (event.isPrimary)
      pressed = { x: event.clientX, y: event.clientY, timer: setTimeout(() => held(event), LONG_PRESS_MS) }
  })
  const letGo = () => {
    clearTimeout(pressed?.timer)
    pressed = null
  }
  const held = (event) => {
    if (!listensToLongPress(event.target, stage)) return
    isSpent = true
    for (const type of ['longpress', 'longtap']) trigger(event.target, type, at(event), touched(event))
  }
  stage.addEventListener('pointermove', (event) => {
    if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STILL_PX) letGo()
  })
  for (const type of ['pointerup', 'pointercancel', 'dragstart']) stage.addEventListener(type, letGo)
  stage.addEventListener('click', (event) => {
    if (isSpent || event.target.closest('wx-button[disabled]')) return
    trigger(event.target, 'tap', at(event), touched(event))
  })
}

function at(event) {
  const { clientX, clientY } = point(event)
  return { x: clientX, y: clientY }
}

function touched(event) {
  const touches = [point(event)]
  return { bubbles: true, composed: true, originalEvent: event, extraFields: { touches, changedTouches: touches } }
}

function listensToLongPress(element, stage) {
  for (let each = element; each && each !== stage; each = each.parentElement) if (each.hasLongPress) return true
  return false
}

function watchKeys(stage) {
  stage.addEventListener('keydown', (event) => {
    const { target } = event
    if (
      !PRESSED_BY_KEY.has(event.key) ||
      event.isComposing ||
      !target.hasAttribute('tabindex') ||
      !target.hasAttribute('role')
    )
      return
    event.preventDefault()
    if (!event.repeat) target.click()
  })
}

/** Pickers, sliders and rows that are swiped listen to fingers only. */
function watchMouse(stage) {
  let target = null
  const send = (type, event) => {
    const finger = { identifier: 0, clientX: event.clientX, clientY: event.clientY }
    const made = new Event(type, { bubbles: true, cancelable: true })
    Object.assign(made, { touches: type === 'touchend' ? [] : [finger], changedTouches: [finger] })
    target.dispatchEvent(made)
  }
  stage.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return
    target = event.target
    send('touchstart', event)
  })
  window.addEventListener('pointermove', (event) => target && event.pointerType === 'mouse' && send('touchmove', event))
  window.addEventListener('pointerup', (event) => {
    if (!target || event.pointerType !== 'mouse') return
    send('touchend', event)
    target = null
  })
}

/** `hover-class`: what is under the finger shows it. */
function watchHover(stage) {
  let hovered = []
  let timer = null
  stage.addEventListener('pointerdown', (event) => {
    hovered = hoverable(event.target, stage)
    const start = Math.max(0, ...hovered.map(({ hover }) => Number(hover.start ?? HOVER_START_MS)))
    timer = setTimeout(() => hovered.forEach((element) => show(element, true)), start)
  })
  const leave = () => {
    clearTimeout(timer)
    for (const element of hovered) setTimeout(() => show(element, false), Number(element.hover.stay ?? HOVER_STAY_MS))
    hovered = []
  }
  for (const type of ['pointerup', 'pointercancel', 'pointerleave']) stage.addEventListener(type, leave)
  stage.addEventListener('scroll', leave, { capture: true, passive: true })
}

const show = (element, isOn) => element.__wxElement?.toggleNodeClass(element.hover.name, isOn)

function hoverable(element, stage) {
  const found = []
  for (let each = element; each && each !== stage; each = each.parentElement) {
    const name = each.hover?.name
    if (!name || name === 'none' || each.hasAttribute('disabled')) continue
    found.push(each)
    if (each.hover.alone) break
  }
  return found
}
