const { newPhone } = require('./phone')

newPhone()
