// A legal representative binds an enterprise by its credit code, with their own face.

const { page } = require('../../utils/page')
const { fill } = require('../../utils/i18n')
const api = require('../../utils/api')
const stepup = require('../../utils/stepup')
const { shownOf } = require('../family/outcome')
const strings = require('./bind.strings')

Page(
  page({
    strings,
    title: (t) => t.title,
    data: { code: '', fault: '', busy: false, outcome: null, failure: null },
    async onLoad() {
      const kept = await stepup.resumed(this)
      if (kept) this.setData({ code: kept.code })
    },
    pendingState() {
      return { code: this.data.code }
    },
    onType({ detail }) {
      this.setData({ code: detail.value, fault: '', outcome: null, failure: null })
    },
    async onSubmit() {
      const { t, code, busy } = this.data
      if (busy) return
      if (!code.trim()) return this.setData({ fault: t.missing })
      this.setData({ busy: true, outcome: null, failure: null })
      try {
        const body = { credit_code: code.trim() }
        const bound = await stepup.attempt(this, () => api.post('/api/v1/enterprises', body))
        wx.showToast({ title: fill(t.bound, bound), icon: 'none' })
        wx.redirectTo({ url: `/pages/enterprise/enterprise?id=${bound.id}` })
      } catch (found) {
        if (found.code === 'identity.enterprise.invalid_credit_code') this.setData({ fault: t.wrong })
        else this.setData(shownOf(found))
      }
      this.setData({ busy: false })
    },
  }),
)
