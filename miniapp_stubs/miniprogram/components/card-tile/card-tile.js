// A card as something to tap: `grid` (icon over name), `wide` (two beside one another, with what it does) or `row`.

const { text } = require('../../utils/i18n')

Component({
  properties: {
    card: { type: Object, value: null },
    layout: { type: String, value: 'grid' },
    language: { type: String, value: 'zh' },
  },
  data: { name: '', summary: '', initial: '' },
  observers: {
    'card, language': function (card) {
      if (!card) return
      const name = text(card.name)
      this.setData({ name, summary: text(card.summary), initial: Array.from(name)[0] || '' })
    },
  },
  methods: {
    onTap() {
      this.triggerEvent('open', { card: this.data.card })
    },
  },
})
