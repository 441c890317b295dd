// The names of the tabs, in the citizen's language. WeChat takes them only while a tab's page is shown.

const { words } = require('./i18n')

const NAMES = { zh: ['首页', '预约', '我的'], en: ['Home', 'Bookings', 'Me'] }

function relabel() {
  words(NAMES).forEach((text, index) => wx.setTabBarItem({ index, text, fail: () => {} }))
}

module.exports = { relabel }
