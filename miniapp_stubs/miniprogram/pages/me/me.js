// 我的: who one is to the city, and the ways to one's data, consents, sign-ins and settings (menu.js).

const { page } = require('../../utils/page')
const acting = require('../../utils/acting')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const format = require('../../utils/format')
const { isByHall } = require('../../utils/proofs')
const session = require('../../utils/session')
const { menu } = require('./menu')
const strings = require('./me.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    tab: true,
    data: {
      statusBar: 0,
      groups: [],
      loading: true,
      problem: null,
      signedOut: false,
      name: '',
      level: 0,
      levelWords: '',
      unread: 0,
      unreadWords: '',
      closing: '',
      keeping: false,
    },
    onLoad() {
      this.setData({ statusBar: wx.getWindowInfo().statusBarHeight || 0 })
    },
    onShow() {
      this.setData({ groups: menu(this.data.t) })
      return this.load()
    },
    onLanguage() {
      this.setData({ groups: menu(this.data.t) })
      if (this.me) this.show(this.me)
      if (acting.now()) this.showForWhom(acting.shown())
      this.showUnread(this.data.unread)
      if (this.found) this.showClosing(this.found)
    },
    onPullDownRefresh() {
      return this.load().finally(() => wx.stopPullDownRefresh())
    },
    async load() {
      if (session.isSignedOut()) return this.showSignedOut()
      if (acting.now()) return this.showForWhom(acting.shown())
      this.setData({ loading: !this.me, problem: null, signedOut: false })
      try {
        this.show(await api.get('/api/v1/me'))
      } catch (found) {
        if (found.code === 'client.signed_out') return this.showSignedOut()
        return this.setData({ loading: false, problem: this.me ? null : found })
      }
      return Promise.all([this.countUnread(), this.lookWhetherClosing()])
    },
    /** Whoever signs in while the account is being closed sees it here, and keeps it with one tap. */
    async lookWhetherClosing() {
      const found = await api.get('/api/v1/me/closing').catch(() => null)
      if (found && this.me) this.showClosing(found)
    },
    showClosing(found) {
      this.found = found
      const due = found.due_at
      this.setData({ closing: due ? fill(this.data.t.closing, { when: format.dateTime(due) }) : '' })
    },
    async onKeep() {
      const { t, keeping } = this.data
      if (keeping) return
      this.setData({ keeping: true })
      try {
        this.showClosing(await api.remove('/api/v1/me/closing'))
        wx.showToast({ title: t.kept, icon: 'none' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ keeping: false })
    },
    /** The page is of use without it. */
    async countUnread() {
      const found = await api.get('/api/v1/me/messages', { query: { limit: 1 } }).catch(() => null)
      if (found && this.me) this.showUnread(found.unread)
    },
    showUnread(unread) {
      this.setData({ unread, unreadWords: unread ? fill(this.data.t.unread, { n: unread }) : '' })
    },
    show(me) {
      this.me = me
      const { t } = this.data
      this.setData({
        loading: false,
        signedOut: false,
        name: me.name || t.guest,
        level: me.assurance,
        levelWords: isByHall(me) ? t.byHall : t.levels[me.assurance],
      })
    },
    showForWhom({ name, capacity }) {
      this.setData({ loading: false, problem: null, signedOut: false, name, level: 0, levelWords: capacity })
    },
    showSignedOut() {
      this.me = null
      this.showUnread(0)
      this.showClosing({ due_at: null })
      this.setData({ loading: false, problem: null, signedOut: true, name: '', level: 0 })
    },
    async onSignIn() {
      try {
        await session.signIn()
        await this.load()
      } catch (found) {
        this.setData({ signedOut: false, problem: found })
      }
    },
    onIdentity() {
      wx.navigateTo({ url: '/pages/identity/identity' })
    },
    onRow({ currentTarget }) {
      const { url, tab } = currentTarget.dataset
      return tab ? wx.switchTab({ url }) : wx.navigateTo({ url })
    },
  }),
)
