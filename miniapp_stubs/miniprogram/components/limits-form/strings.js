module.exports = {
  zh: {
    what: '可以办理什么',
    scopes: {
      everything: { name: '全部服务', text: '包括以后新增的服务' },
      themes: { name: '选择类别', text: '所选类别里的全部服务' },
      cards: { name: '选择服务', text: '只限勾选的服务' },
    },
    long: '有效期',
    days: {
      7: '7 天',
      30: '30 天',
      90: '90 天',
      365: '1 年',
    },
    most: '最多选 50 项',
  },
  en: {
    what: 'What it covers',
    scopes: {
      everything: { name: 'All services', text: 'Those that are yet to come, too' },
      themes: { name: 'Some themes', text: 'All services of the themes you tick' },
      cards: { name: 'Some services', text: 'Those you tick, and no others' },
    },
    long: 'How long',
    days: {
      7: '7 days',
      30: '30 days',
      90: '90 days',
      365: '1 year',
    },
    most: 'At most 50',
  },
}
