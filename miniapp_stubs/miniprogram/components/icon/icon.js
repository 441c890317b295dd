// An icon in the colour of the text around it, of those in icons.wxss. It says nothing to a screen reader: what it means
// stands beside it, or in the aria-label of what is tapped.

Component({
  properties: {
    name: String,
    /** At the normal size of text; it grows half as fast as text does. */
    size: { type: String, value: '20px' },
  },
  data: { length: '20px' },
  observers: {
    size(size) {
      this.setData({ length: `calc(${size} * (0.5 + 0.5 * var(--text-scale, 1)))` })
    },
  },
  lifetimes: {
    attached() {
      this.setData({ length: `calc(${this.data.size} * (0.5 + 0.5 * var(--text-scale, 1)))` })
    },
  },
})
