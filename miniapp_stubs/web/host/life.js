// The app itself: App(), its life, and who else wants to hear of it.

const EVENTS = ['AppShow', 'AppHide', 'Error', 'UnhandledRejection', 'PageNotFound']

export class Life {
  constructor() {
    this.app = null
    this.listeners = Object.fromEntries(EVENTS.map((name) => [name, new Set()]))
  }

  globals(router) {
    return {
      App: (definition) => {
        this.app = definition
      },
      getApp: () => (this.app ||= {}),
      getCurrentPages: () => router.stack.map(({ page, url }) => (page ? page.caller : notYet(url))),
    }
  }

  /** wx.onAppShow, wx.offAppShow, … */
  functions() {
    const functions = {}
    for (const name of EVENTS) {
      functions[`on${name}`] = (listener) => this.listeners[name].add(listener)
      functions[`off${name}`] = (listener) => this.listeners[name].delete(listener)
    }
    return functions
  }

  /** Calls the app's method, then whoever listens. */
  tell(name, ...given) {
    const method = name.replace(/^App/, '')
    for (const heard of [this.app?.[`on${method}`]?.bind(this.app), ...(this.listeners[name] || [])]) {
      try {
        heard?.(...given)
      } catch (error) {
        console.error(error)
      }
    }
  }

  /** Follows the browser's window: out of sight is in the background. */
  watch(router, launch) {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.tell('AppHide')
        router.top?.call('onHide')
      } else {
        this.tell('AppShow', launch)
        router.top?.call('onShow')
      }
    })
    window.addEventListener('error', ({ error, message }) => this.tell('Error', error?.stack || message))
    window.addEventListener('unhandledrejection', ({ reason }) =>
      this.tell('UnhandledRejection', { reason: String(reason?.errMsg || reason?.stack || reason) }),
    )
  }
}

/** A page further down a stack that was found again after a reload: it is made when somebody goes back to it. */
function notYet(url) {
  const [route] = url.split('?')
  return { route, __route__: route, options: {}, data: {} }
}
