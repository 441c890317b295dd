module.exports = {
  zh: {
    title: '消息',
    new: '新',
    none: '还没有消息',
    noneText: '账号有重要变化时，会在这里告诉您。',
    more: '更早的消息',
  },
  en: {
    title: 'Messages',
    new: 'New',
    none: 'There are no messages yet',
    noneText: 'When something important happens to your account, it is told here.',
    more: 'Earlier ones',
  },
}
