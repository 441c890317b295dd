// The web page of a `link` card. In WeChat its domain has to be on the mini-program's list of business domains.

const { page } = require('../../utils/page')

Page(
  page({
    strings: { zh: {}, en: {} },
    data: { url: '' },
    onLoad({ url }) {
      if (/^https?:\/\//.test(url)) this.setData({ url })
    },
  }),
)
