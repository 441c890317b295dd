// Whether the phone has a network, as WeChat last said.

let connected = true
const listeners = new Set()

function watch() {
  ask()
  wx.onNetworkStatusChange(({ isConnected }) => tell(isConnected))
}

/** Asks WeChat: a request can fail before it has told that the network is gone. @returns {Promise<boolean>} */
function ask() {
  return new Promise((resolve) => {
    wx.getNetworkType({
      success: ({ networkType }) => tell(networkType !== 'none'),
      complete: () => resolve(connected),
    })
  })
}

function tell(isConnected) {
  if (isConnected === connected) return
  connected = isConnected
  listeners.forEach((listener) => listener(connected))
}

/** Calls `listener(isConnected)` at each change, until the function that is returned is called. */
function onChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

module.exports = { watch, ask, onChange, isConnected: () => connected }
