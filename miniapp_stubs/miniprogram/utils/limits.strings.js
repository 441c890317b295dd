module.exports = {
  zh: {
    everything: '全部服务',
    allBut: '全部服务，不包括：{names}',
    only: '只限：{names}',
    and: '、',
    theme: '“{name}”类',
    operation: '{card}（{operation}）',
    booking: '预约',
    gone: '已下线的服务',
  },
  en: {
    everything: 'All services',
    allBut: 'All services except: {names}',
    only: 'Only: {names}',
    and: ', ',
    theme: 'all about {name}',
    operation: '{card} ({operation})',
    booking: 'booking',
    gone: 'a service that has ended',
  },
}
