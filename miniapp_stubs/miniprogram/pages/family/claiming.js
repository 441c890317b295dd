// From the page that asked for the real name to the one where the account is taken over: who it is, and which ways are
// open. In memory, as it holds a name and a number.

let claiming = null

/** @param {{name: string, number: string}} typed @param {('face'|'code')[]} ways */
function begin(typed, ways) {
  claiming = { typed, ways }
  wx.navigateTo({ url: '/pages/family/claim' })
}

function taken() {
  const found = claiming
  claiming = null
  return found
}

module.exports = { begin, taken }
