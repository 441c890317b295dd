module.exports = {
  zh: {
    doing: '正在为 {name} 办理',
    back: '切换回本人',
    ended: '为 {name} 的代办已经结束，现在是您本人。',
    read: '知道了',
  },
  en: {
    doing: 'You act for {name}',
    back: 'Back to myself',
    ended: 'Acting for {name} has ended; you are yourself again.',
    read: 'OK',
  },
}
