module.exports = {
  zh: {
    everything: '全部事项',
    nothing: '没有事项',
    only: '仅限：{names}',
    allBut: '除 {names} 以外的全部事项',
    theme: '{name}类',
    partly: '{name}（部分）',
    and: '、',
  },
  en: {
    everything: 'Everything',
    nothing: 'Nothing',
    only: 'Only: {names}',
    allBut: 'Everything but {names}',
    theme: '{name} (all of it)',
    partly: '{name} (partly)',
    and: ', ',
  },
}
