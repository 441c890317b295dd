// What stays on the phone. Secrets (tokens, unfinished forms) go through WeChat's encrypted storage.

function get(key, fallback) {
  const kept = wx.getStorageSync(key)
  return kept === '' || kept === undefined ? fallback : kept
}

/** A phone whose storage is full loses conveniences, not the page it is on. */
function set(key, value) {
  try {
    wx.setStorageSync(key, value)
  } catch {
    // Nothing that is owed to anybody is kept here.
  }
}

const remove = (key) => wx.removeStorageSync(key)

/** @returns {Promise<unknown>} null when there is none, or when it cannot be opened any more */
function getSecret(key) {
  return new Promise((resolve) => {
    wx.getStorage({ key, encrypt: true, success: ({ data }) => resolve(data), fail: () => resolve(null) })
  })
}

function setSecret(key, data) {
  return new Promise((resolve) => {
    wx.setStorage({ key, data, encrypt: true, success: () => resolve(true), fail: () => resolve(false) })
  })
}

module.exports = { get, set, remove, getSecret, setSecret }
