// One page of the stack: its frame on the screen, its component, its life.

/** WeChat's limit on how far the end of a page is away when `onReachBottom` is called, in px. */
const REACH_BOTTOM_PX = 50

export class Page {
  /** Makes the page and loads it (`onLoad`). `stage` is where its frame goes; it stays hidden until `show`. */
  constructor(framework, stage, { key, query, url, opener }, windowSettings) {
    this.key = key
    this.url = url
    this.window = { ...windowSettings }
    this.isReady = false
    this.isClosed = false
    this.frame = makeFrame(key, this.window)
    const placeholder = document.createElement('div')
    this.frame.append(placeholder)
    stage.append(this.frame)
    this.root = framework.createPage(key)
    this.caller = this.root.get()
    Object.assign(this.caller, { route: key, __route__: key, options: query, getOpenerEventChannel: () => opener })
    this.root.attach(this.frame, placeholder)
    this.call('onLoad', query)
    this.#watchScrolling()
  }

  /** Calls a method of the page when it has it. What it throws is the page's error and stops nothing here. */
  call(name, ...given) {
    const method = this.caller[name]
    if (typeof method !== 'function') return undefined
    try {
      return method.apply(this.caller, given)
    } catch (error) {
      reportError(error)
      return undefined
    }
  }

  show() {
    this.frame.hidden = false
    this.#lifetime('show')
    this.call('onShow')
    if (this.isReady) return
    this.isReady = true
    requestAnimationFrame(() => this.call('onReady'))
  }

  hide() {
    this.#lifetime('hide')
    this.call('onHide')
    this.frame.hidden = true
  }

  resize(size) {
    this.#lifetime('resize', { size })
    this.call('onResize', { size })
  }

  close() {
    if (this.isClosed) return
    this.isClosed = true
    this.call('onUnload')
    this.root.release()
    this.frame.remove()
  }

  #lifetime(name, ...given) {
    this.root.getComponent().triggerPageLifetime(name, given)
  }

  #watchScrolling() {
    const distance = Number(this.window.onReachBottomDistance ?? REACH_BOTTOM_PX)
    let told = null
    this.frame.addEventListener(
      'scroll',
      () => {
        const { scrollTop, scrollHeight, clientHeight } = this.frame
        this.call('onPageScroll', { scrollTop })
        const end = scrollHeight - scrollTop - clientHeight <= distance ? scrollHeight : null
        if (end !== null && end !== told) this.call('onReachBottom') // once for each end: a list that grows has another
        told = end
      },
      { passive: true },
    )
  }
}

function makeFrame(key, { backgroundColor, disableScroll }) {
  const frame = document.createElement('main')
  frame.className = 'frame'
  frame.hidden = true
  frame.dataset.page = key
  frame.tabIndex = -1
  if (backgroundColor) frame.style.backgroundColor = backgroundColor
  if (disableScroll) frame.style.overflow = 'hidden'
  return frame
}
