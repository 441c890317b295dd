/** The two ends of what a page and the page it opens say to each other. */
export class EventChannel {
  /** Two channels; what one emits, the other hears. `events` are listeners of the first. */
  static pair(events) {
    const near = new EventChannel()
    const far = new EventChannel()
    near.other = far
    far.other = near
    for (const [name, listener] of Object.entries(events)) near.on(name, listener)
    return [near, far]
  }

  constructor() {
    this.listeners = new Map()
  }

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) || []), listener])
  }

  once(name, listener) {
    const heard = (...given) => {
      this.off(name, heard)
      listener(...given)
    }
    this.on(name, heard)
  }

  off(name, listener) {
    const left = listener ? (this.listeners.get(name) || []).filter((one) => one !== listener) : []
    this.listeners.set(name, left)
  }

  emit(name, ...given) {
    for (const listener of this.other.listeners.get(name) || []) listener(...given)
  }
}
