// A QR code of a text: <qr-code text="{{token}}" label="{{t.code}}" />. It is as wide as what it stands in.

const { drawing } = require('./drawing')

Component({
  options: { virtualHost: true },
  properties: {
    text: String,
    /** What a screen reader says. */
    label: String,
  },
  data: { source: '' },
  observers: {
    text(text) {
      this.setData({ source: text ? drawing(text) : '' })
    },
  },
})
