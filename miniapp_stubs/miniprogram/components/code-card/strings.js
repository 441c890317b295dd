module.exports = {
  zh: {
    label: '二维码，内容是上面的代办码',
    left: '{time} 后失效',
    over: '这个码已经失效',
    overText: '每个码只在十分钟内有效，用过一次也会失效。',
    again: '重新生成',
    spoken: '代办码：{code}',
  },
  en: {
    label: 'QR code of the code above',
    left: 'Valid for {time}',
    over: 'This code is not valid any more',
    overText: 'Each lives for ten minutes, and works once.',
    again: 'Make another one',
    spoken: 'Code: {code}',
  },
}
