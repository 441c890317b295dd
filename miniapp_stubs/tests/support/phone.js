// A phone with WeChat on it, as far as the mini-program can tell: storage, a network, pages. What the city answers is
// said by the test: `phone.city = ({method, path, query, body, headers}) => ({status, data, headers})`, or an error
// message of wx.request's, such as 'timeout', for an answer that does not come.

class Phone {
  constructor() {
    this.storage = new Map()
    this.requests = []
    this.went = []
    this.title = ''
    this.toasts = []
    this.city = () => ({ status: 404, data: { code: 'request.not_found', title: '没有' } })
    this.code = () => 'login-code'
    this.isConnected = true
    this.networkListeners = []
    this.pages = []
    this.fontSize = 16
  }

  /** The requests that were sent, as `POST /api/v1/sessions`. */
  get sent() {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  connect(isConnected) {
    this.isConnected = isConnected
    this.networkListeners.forEach((listener) => listener({ isConnected }))
  }

  get wx() {
    return {
      ...this.identity(),
      ...this.storing(),
      ...this.network(),
      ...this.moving(),
      showToast: ({ title }) => this.toasts.push(title),
      nextTick: (run) => Promise.resolve().then(run),
    }
  }

  identity() {
    return {
      getExtConfigSync: () => ({ server: 'https://city.example' }),
      getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }),
      getAppBaseInfo: () => ({ fontSizeSetting: this.fontSize, SDKVersion: '3.8.0' }),
      getWindowInfo: () => ({ windowWidth: 390, statusBarHeight: 20 }),
      getSystemInfoSync: () => ({ windowWidth: 390, SDKVersion: '3.8.0', platform: 'ios', system: 'iOS 17' }),
      getDeviceInfo: () => ({ brand: 'Phone', model: '1', platform: 'ios', system: 'iOS 17' }),
      getRandomValues: ({ length, success }) => success({ randomValues: new Uint8Array(length).fill(7).buffer }),
      login: ({ success, fail }) => (this.code() ? success({ code: this.code() }) : fail({ errMsg: 'login:fail' })),
    }
  }

  storing() {
    const { storage } = this
    const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
    return {
      getStorageSync: (key) => (storage.has(key) ? copy(storage.get(key)) : ''),
      setStorageSync: (key, value) => storage.set(key, copy(value)),
      removeStorageSync: (key) => storage.delete(key),
      getStorage: ({ key, success, fail }) => (storage.has(key) ? success({ data: copy(storage.get(key)) }) : fail({ errMsg: 'no data' })),
      setStorage: ({ key, data, success }) => success(void storage.set(key, copy(data))),
    }
  }

  network() {
    return {
      getNetworkType: ({ success, complete }) => (success({ networkType: this.isConnected ? 'wifi' : 'none' }), complete()),
      onNetworkStatusChange: (listener) => this.networkListeners.push(listener),
      request: (options) => void this.answer(options),
    }
  }

  async answer({ method, url, data, header, success, fail }) {
    const { pathname, searchParams } = new URL(url)
    const request = { method, path: pathname, query: Object.fromEntries(searchParams), body: data ? JSON.parse(data) : undefined, headers: header }
    this.requests.push(request)
    await Promise.resolve()
    const answer = this.isConnected ? await this.city(request) : 'interrupted'
    if (typeof answer === 'string') fail({ errMsg: `request:fail ${answer}` })
    else success({ statusCode: answer.status || 200, data: answer.data, header: answer.headers || {} })
  }

  moving() {
    const go = (how) => ({ url, complete }) => {
      this.went.push(`${how} ${url}`)
      if (complete) complete()
    }
    return {
      navigateTo: go('to'),
      redirectTo: go('instead'),
      switchTab: go('tab'),
      reLaunch: go('anew'),
      navigateBack: () => this.went.push('back'),
      setNavigationBarTitle: ({ title }) => {
        this.title = title
      },
      setTabBarItem: () => {},
      pageScrollTo: () => {},
      stopPullDownRefresh: () => {},
      setClipboardData: ({ data, success }) => success(void (this.clipboard = data)),
      navigateToMiniProgram: ({ appId, fail }) => (this.went.push(`program ${appId}`), this.noPrograms && fail({ errMsg: 'fail' })),
    }
  }
}

/** A new phone in everybody's hands. */
function newPhone() {
  const phone = new Phone()
  global.wx = phone.wx
  global.getCurrentPages = () => phone.pages
  global.getApp = () => ({ globalData: {} })
  return phone
}

/** Until everything that is under way has happened. */
const settled = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds))

module.exports = { newPhone, settled }
