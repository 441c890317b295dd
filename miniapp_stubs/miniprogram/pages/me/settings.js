// Language, size of text, 长辈版, signing out here.

const { page } = require('../../utils/page')
const session = require('../../utils/session')
const store = require('../../utils/store')
const strings = require('./settings.strings')

/** Each by its own name, whatever the other words are in. */
const LANGUAGES = [
  { id: 'zh', name: '中文' },
  { id: 'en', name: 'English' },
]

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { languages: [], sizes: [], isSignedIn: true, signingOut: false },
    onShow() {
      this.show()
    },
    onLanguage() {
      this.show()
    },
    show() {
      const { t } = this.data
      const scale = store.textScale()
      this.setData({
        languages: LANGUAGES.map((one) => ({ ...one, isChosen: one.id === store.language() })),
        sizes: store.TEXT_SCALES.map((size, place) => ({ scale: size, name: t.sizes[place], isChosen: size === scale })),
        isSignedIn: !session.isSignedOut(),
      })
    },
    onChosenLanguage({ currentTarget }) {
      store.setLanguage(currentTarget.dataset.id)
      this.refreshShared()
    },
    onSize({ currentTarget }) {
      store.setTextScale(currentTarget.dataset.scale)
      this.refreshShared()
      this.show()
    },
    onElder() {
      store.setElder(!store.isElder())
      this.refreshShared()
      this.show()
    },
    async onSignOut() {
      const { t, signingOut } = this.data
      if (signingOut) return
      const { confirm } = await wx.showModal({
        title: t.signOutTitle,
        content: t.signOutText,
        confirmText: t.signOutYes,
        cancelText: t.signOutNo,
        confirmColor: '#b3261e',
      })
      if (!confirm) return
      this.setData({ signingOut: true })
      try {
        await session.signOut()
        wx.showToast({ title: t.signedOut, icon: 'none' })
        wx.switchTab({ url: '/pages/me/me' })
      } catch (found) {
        wx.showToast({ title: found.title, icon: 'none', duration: 3000 })
      }
      this.setData({ signingOut: false })
    },
  }),
)
