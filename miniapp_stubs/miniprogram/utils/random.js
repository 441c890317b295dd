const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** A name nobody else has, for keys of requests; it is no secret. */
function unique() {
  let text = Date.now().toString(36)
  while (text.length < 32) text += ALPHABET[Math.floor(Math.random() * 64)]
  return text
}

/** 32 characters nobody can guess. @returns {Promise<string>} */
function secret() {
  return new Promise((resolve) => {
    if (typeof wx.getRandomValues !== 'function') return resolve(unique())
    return wx.getRandomValues({
      length: 32,
      success: ({ randomValues }) => resolve(Array.from(new Uint8Array(randomValues), (byte) => ALPHABET[byte & 63]).join('')),
      fail: () => resolve(unique()),
    })
  })
}

module.exports = { unique, secret }
