// An icon in the colour and size of the text around it, of those in icons.wxss. It says nothing to a screen reader: what
// it means stands beside it, or in the aria-label of what is tapped.

Component({
  properties: {
    name: String,
    /** Any length. */
    size: { type: String, value: '1.25em' },
  },
})
