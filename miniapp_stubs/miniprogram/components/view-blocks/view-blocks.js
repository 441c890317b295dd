// What a department answered, as blocks from top to bottom: summary, fields, table, timeline, notice, qr, action. Their
// shapes are those of service_registry/views.py. `operation` is told when an action is tapped.

const { fill, words } = require('../../utils/i18n')
const { laidOut } = require('./layout')
const strings = require('./strings')

const NOTICE_ICONS = { info: 'info-circle-filled', success: 'check-circle-filled', warning: 'error-circle-filled' }

Component({
  properties: {
    blocks: { type: Array, value: [] },
    textScale: { type: Number, value: 1 },
  },
  data: { shown: [], t: {}, icons: NOTICE_ICONS },
  observers: {
    'blocks, textScale': function () {
      this.opened = {}
      this.layOut()
    },
  },
  methods: {
    layOut() {
      const { windowWidth } = wx.getWindowInfo()
      const { blocks, textScale } = this.data
      const shown = laidOut(blocks, { screenWidth: windowWidth, textScale, opened: this.opened })
      const t = words(strings)
      this.setData({ t, shown: shown.map((block) => (block.more ? { ...block, moreWords: fill(t.more, { n: block.more }) } : block)) })
    },
    onMore(event) {
      this.opened[event.currentTarget.dataset.key] = true
      this.layOut()
    },
    onAction(event) {
      this.triggerEvent('operation', { operation: event.currentTarget.dataset.operation })
    },
  },
})
