// Taking over the account in which family acted: with a guardian's code, or with one's own face.

const { page } = require('../../utils/page')
const api = require('../../utils/api')
const session = require('../../utils/session')
const stepup = require('../../utils/stepup')
const faces = require('../identity/face_of_others')
const claiming = require('./claiming')
const { shownOf } = require('./outcome')
const strings = require('./claim.strings')

const WAYS = ['face', 'code']
const CLAIMS = '/api/v1/identity/claims'
const HOME = '/pages/home/home'

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { typed: null, ways: WAYS, way: '', rows: [], code: '', busy: false, outcome: null, failure: null },
    onLoad() {
      const { typed = null, ways = WAYS } = claiming.taken() || {}
      this.setData({ typed, ways, way: ways[0] || '' })
      this.show()
    },
    onLanguage() {
      this.show()
    },
    show() {
      const { t, ways } = this.data
      this.setData({ rows: ways.map((id) => ({ id, ...t[id] })) })
    },
    onType({ detail }) {
      this.setData({ typed: detail, outcome: null, failure: null })
    },
    onWay({ currentTarget }) {
      this.setData({ way: currentTarget.dataset.id, outcome: null, failure: null })
    },
    onCode({ detail }) {
      this.setData({ code: detail.value, outcome: null, failure: null })
    },
    async onSubmit() {
      const { busy, way, code } = this.data
      const fields = this.selectComponent('#person')
      const person = fields.person()
      if (busy || !way || !person) return
      if (way === 'code' && !code.trim()) return wx.showToast({ title: this.data.t.missing, icon: 'none' })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const raised = way === 'code' ? await this.byCode(person, code.trim()) : await this.byFace(person)
        if (raised) await this.done(raised)
      } catch (found) {
        if (!fields.refused(found.code)) this.setData(shownOf(found))
        wx.pageScrollTo({ selector: '#outcome', duration: 200 })
      }
      this.setData({ busy: false })
    },
    byCode(person, code) {
      return stepup.attempt(this, () => api.post(CLAIMS, { ...person, code }))
    },
    byFace(person) {
      return faces.shown({ kind: 'claim', challenges: `${CLAIMS}/challenges`, proof: CLAIMS, body: person })
    },
    async done(raised) {
      await session.raise(raised)
      stepup.forget()
      wx.showToast({ title: this.data.t.done, icon: 'none', duration: 3000 })
      wx.reLaunch({ url: HOME })
    },
  }),
)
