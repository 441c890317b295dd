// What can be opened from 我的, group by group. A new screen is a row here, and its words in me.strings.js.

const MENU = [
  {
    id: 'information',
    rows: [
      { id: 'messages', icon: 'notification', url: '/pages/me/messages' },
      { id: 'data', icon: 'file', url: '/pages/me/data' },
      { id: 'access', icon: 'system-log', url: '/pages/me/access' },
      { id: 'consents', icon: 'secured', url: '/pages/me/consents' },
    ],
  },
  {
    id: 'often',
    rows: [
      { id: 'bookings', icon: 'ticket', url: '/pages/bookings/bookings', isTab: true },
      { id: 'credentials', icon: 'verify', url: '/pages/me/credentials' },
      { id: 'companions', icon: 'usergroup', url: '/pages/me/companions' },
    ],
  },
  {
    id: 'others',
    rows: [
      { id: 'acting', icon: 'user-checked', url: '/pages/family/acting' },
      { id: 'family', icon: 'usergroup', url: '/pages/family/family' },
      { id: 'enterprises', icon: 'building-1', url: '/pages/enterprise/enterprises' },
    ],
  },
  {
    id: 'account',
    rows: [
      { id: 'sessions', icon: 'mobile', url: '/pages/me/sessions' },
      { id: 'sites', icon: 'internet', url: '/pages/me/sites' },
      { id: 'settings', icon: 'translate', url: '/pages/me/settings' },
      { id: 'about', icon: 'info-circle', url: '/pages/me/about' },
    ],
  },
]

/** With the words of a language: `groups` and `rows` by id. */
function menu({ groups, rows }) {
  return MENU.map((group) => ({
    id: group.id,
    title: groups[group.id],
    rows: group.rows.map((row) => ({ ...row, ...rows[row.id] })),
  }))
}

module.exports = { menu }
