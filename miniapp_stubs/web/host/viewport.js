// Coordinates: the mini-program's viewport begins below the navigation bar, the browser's above it.

/** The corner of the mini-program's viewport in the browser's. */
export function origin() {
  const { left, top } = Element.prototype.getBoundingClientRect.call(document.getElementById('stage'))
  return { left, top }
}

export function touchesOf(event) {
  const from = origin()
  const list = (touches) => Array.from(touches || [], (touch) => point(touch, from))
  return { touches: list(event.touches), changedTouches: list(event.changedTouches) }
}

export function point({ identifier = 0, clientX, clientY }, { left, top } = origin()) {
  const x = clientX - left
  const y = clientY - top
  return { identifier, clientX: x, clientY: y, pageX: x, pageY: y }
}
