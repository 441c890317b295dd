// A copy of everything the city holds: made when it is asked for, taken out of the app with a second tap.

const { page } = require('../../utils/page')
const download = require('../../utils/download')
const stepup = require('../../utils/stepup')
const strings = require('./export.strings')

const PATH = '/api/v1/me/export'
const NAME = 'my-data.zip'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { making: false, file: '', kept: false, keepWords: '', keepNote: '', outcome: null, failure: null },
    onLoad() {
      this.say()
    },
    onLanguage() {
      this.say()
    },
    say() {
      const { t } = this.data
      const onDisk = download.hasDisk()
      this.setData({ keepWords: onDisk ? t.save : t.send, keepNote: onDisk ? t.saveNote : t.sendNote })
    },
    async onMake() {
      if (this.data.making) return
      this.setData({ making: true, outcome: null, failure: null, kept: false })
      try {
        this.setData({ file: await stepup.attempt(this, () => download.file(PATH)) })
      } catch (found) {
        this.show(found)
      }
      this.setData({ making: false })
    },
    show(found) {
      const { t } = this.data
      // Whoever would rather not prove it again needs no sentence about it.
      if (found.code === 'identity.step_up_needed') return
      if (found.code === 'identity.privacy.export_limit') this.setData({ outcome: { title: t.limit, text: t.limitText } })
      else this.setData({ failure: found })
    },
    async onKeep() {
      if (await download.keep(this.data.file, NAME)) this.setData({ kept: true })
    },
  }),
)
