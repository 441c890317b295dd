// Pulling down what is at its top: a strip that says so, and a call when it was pulled far enough.

import { element } from './elements.js'
import { word } from './words.js'

const FAR_ENOUGH_PX = 60
const LONGEST_PX = 90

/** Returns start() and stop() of the strip. `refresh` is called when somebody has pulled. */
export function pullToRefresh(scroller, isEnabled, refresh) {
  let from = null
  let pulled = 0
  const strip = element(
    'div',
    { className: 'refresher', role: 'status' },
    element('span', { className: 'spinner', 'aria-label': word('refreshing') }),
  )
  const height = (pixels) => {
    if (pixels && !strip.isConnected) scroller.prepend(strip)
    if (!pixels) strip.remove()
    strip.style.height = `${pixels}px`
  }
  const start = () => height(FAR_ENOUGH_PX)
  const stop = () => height(0)
  scroller.addEventListener(
    'touchstart',
    ({ touches: [touch] }) => {
      from = isEnabled() && scroller.scrollTop <= 0 && touch ? touch.clientY : null
      pulled = 0
    },
    { passive: true },
  )
  scroller.addEventListener(
    'touchmove',
    ({ touches: [touch] }) => {
      if (from === null || !touch) return
      pulled = Math.min(Math.max(0, (touch.clientY - from) / 2), LONGEST_PX)
      if (scroller.scrollTop <= 0 && pulled > 8) height(pulled)
    },
    { passive: true },
  )
  scroller.addEventListener('touchend', () => {
    if (from === null || !pulled) return
    from = null
    if (pulled < FAR_ENOUGH_PX) return stop()
    start()
    return refresh()
  })
  return { start, stop }
}
