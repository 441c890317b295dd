// What this is, of which city, under which licence.

const { page } = require('../../utils/page')
const { text } = require('../../utils/i18n')
const city = require('../../utils/city')
const format = require('../../utils/format')
const strings = require('./about.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { loading: true, problem: null, facts: [] },
    onLoad() {
      return this.load()
    },
    onLanguage() {
      if (this.about) this.show(this.about)
    },
    async load() {
      this.setData({ loading: true, problem: null })
      try {
        this.show(await city.about({ again: true }))
      } catch (found) {
        this.setData({ loading: false, problem: found })
      }
    },
    show(about) {
      this.about = about
      const { facts, profiles } = this.data.t
      this.setData({
        loading: false,
        facts: [
          { name: facts.city, text: text(about.name) },
          { name: facts.version, text: about.version },
          { name: facts.time, text: `${format.date(about.now)} ${format.time(about.now)}` },
          { name: facts.profile, text: profiles[about.profile] || about.profile },
        ],
      })
    },
  }),
)
