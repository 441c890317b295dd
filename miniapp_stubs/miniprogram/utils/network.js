// Whether the phone has a network, as WeChat last said.

let connected = true
const listeners = new Set()

function watch() {
  wx.getNetworkType({ success: ({ networkType }) => tell(networkType !== 'none'), fail: () => {} })
  wx.onNetworkStatusChange(({ isConnected }) => tell(isConnected))
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

module.exports = { watch, onChange, isConnected: () => connected }
