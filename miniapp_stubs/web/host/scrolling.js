// `catchtouchmove` keeps the page behind a popup still, but not a scroll-view inside the popup.

/** Keeps what is around `element` from scrolling under a finger that began in it. */
export function preventScroll(element) {
  let start = null
  element.addEventListener(
    'touchstart',
    (event) => {
      start = event.touches[0] && { x: event.touches[0].clientX, y: event.touches[0].clientY }
    },
    { passive: true },
  )
  element.addEventListener(
    'touchmove',
    (event) => {
      const touch = event.touches[0]
      if (!touch || !start || !event.cancelable || event.touches.length > 1) return
      if (!scrolls(event.target, element, touch.clientX - start.x, touch.clientY - start.y)) event.preventDefault()
    },
    { passive: false },
  )
}

/** Whether something between `inner` and `outer` can still scroll the way a finger moves. */
export function scrolls(inner, outer, byX, byY) {
  for (let element = inner; element instanceof Element; element = element.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(element)
    const room = Math.abs(byY) >= Math.abs(byX) ? roomY(element, overflowY, byY) : roomX(element, overflowX, byX)
    if (room || element.localName === 'input' || element.localName === 'textarea') return true
    if (element === outer) return false
  }
  return false
}

function roomY({ scrollTop, scrollHeight, clientHeight }, overflow, by) {
  if (!/auto|scroll/.test(overflow)) return false
  return by > 0 ? scrollTop > 0 : Math.ceil(scrollTop + clientHeight) < scrollHeight
}

function roomX({ scrollLeft, scrollWidth, clientWidth }, overflow, by) {
  if (!/auto|scroll/.test(overflow)) return false
  return by > 0 ? scrollLeft > 0 : Math.ceil(scrollLeft + clientWidth) < scrollWidth
}
