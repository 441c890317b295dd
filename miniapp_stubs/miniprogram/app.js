const network = require('./utils/network')

App({
  globalData: {},
  onLaunch() {
    network.watch()
  },
})
