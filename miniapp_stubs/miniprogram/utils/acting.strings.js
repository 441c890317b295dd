module.exports = {
  zh: {
    unnamed: '尚未实名的人',
    capacities: { guardian: '监护人', helper: '代办人', legal_representative: '法定代表人', agent: '经办人' },
  },
  en: {
    unnamed: 'somebody without a confirmed name',
    capacities: {
      guardian: 'guardian',
      helper: 'helper',
      legal_representative: 'legal representative',
      agent: 'agent',
    },
  },
}
