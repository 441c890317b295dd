const { page } = require('../../utils/page')

Page(page({ strings: { zh: {}, en: {} }, tab: true }))
