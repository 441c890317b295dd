// The receipt of a consent: what the city has signed, to read and to keep.

const { page } = require('../../utils/page')
const { text } = require('../../utils/i18n')
const api = require('../../utils/api')
const strings = require('./receipt.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, lines: [], canShare: false, busy: false },
    onLoad({ id }) {
      this.id = id
      this.setData({ canShare: wx.canIUse('shareFileMessage') })
      return this.load()
    },
    onLanguage() {
      if (this.receipt) this.show()
    },
    async load() {
      this.setData({ loading: true, problem: null })
      try {
        this.receipt = await api.get(`/api/v1/consents/${encodeURIComponent(this.id)}/receipt`)
        this.setData({ loading: false })
        this.show()
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show() {
      const [, ...lines] = text(this.receipt.text).split('\n')
      this.setData({
        lines: lines.map((line) => {
          const [, name, value] = /^(.+?)(?:：|: )(.*)$/.exec(line) || [null, line, '']
          return { name, value }
        }),
      })
    },
    /** One file with the words and the signature: it goes to a chat of the citizen's choice, such as 文件传输助手. */
    onSave() {
      const { t, busy } = this.data
      if (busy) return
      this.setData({ busy: true })
      const filePath = `${wx.env.USER_DATA_PATH}/consent-${this.id}.json`
      const done = () => this.setData({ busy: false })
      const failed = ({ errMsg }) => {
        done()
        if (!/cancel/.test(errMsg || '')) wx.showToast({ title: t.notSaved, icon: 'none' })
      }
      wx.getFileSystemManager().writeFile({
        filePath,
        data: JSON.stringify(this.receipt, null, 2),
        encoding: 'utf8',
        success: () =>
          wx.shareFileMessage({ filePath, fileName: `${t.file}-${this.id}.json`, success: done, fail: failed }),
        fail: failed,
      })
    },
    onCopy() {
      const { t } = this.data
      wx.setClipboardData({
        data: `${text(this.receipt.text)}\n\n${this.receipt.receipt}`,
        success: () => wx.showToast({ title: t.copied, icon: 'none' }),
      })
    },
  }),
)
