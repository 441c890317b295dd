// Where the city's server is. In WeChat: one address for each kind of build, https and on the mini-program's list of
// request domains for all but `develop`. A host that knows better (the browser's, or the ext.json of a third-party
// platform) says it in its ext config.

const SERVERS = {
  develop: 'http://127.0.0.1:8080',
  trial: 'https://city.example.gov.cn',
  release: 'https://city.example.gov.cn',
}

function server() {
  const said = typeof wx.getExtConfigSync === 'function' ? wx.getExtConfigSync() : {}
  if (said && typeof said.server === 'string') return said.server
  return SERVERS[wx.getAccountInfoSync().miniProgram.envVersion]
}

module.exports = { server }
