module.exports = {
  zh: {
    title: '还差一步，确认您是谁',
    titleMany: '还差 {n} 步，确认您是谁',
    text: '这样别人就无法冒用您的名义办理。完成后会自动回到这里继续，不需要重新填写。',
    levels: {
      1: { name: '手机号', text: '由微信确认，一键完成', button: '使用微信手机号' },
      2: { name: '实名', text: '填写姓名和身份证号码，由权威部门核对', button: '去实名' },
      3: { name: '人脸', text: '对着镜头做两三个动作，约 20 秒', button: '去刷脸' },
    },
    stale: '为了您的安全，需要再确认一次',
    done: '已完成',
    later: '暂不办理',
    noPhone: '没有收到手机号。您可以再试一次。',
  },
  en: {
    title: 'One step to confirm who you are',
    titleMany: '{n} steps to confirm who you are',
    text: 'So that nobody else can act in your name. You come back here afterwards, and nothing has to be entered again.',
    levels: {
      1: { name: 'Phone number', text: 'Confirmed by WeChat with one tap', button: 'Use my WeChat phone number' },
      2: { name: 'Real name', text: 'Name and ID number, compared by the authority', button: 'Confirm my name' },
      3: { name: 'Face', text: 'Two or three movements in front of the camera, some 20 seconds', button: 'Show my face' },
    },
    stale: 'For your safety, please confirm once more',
    done: 'done',
    later: 'Not now',
    noPhone: 'No phone number came. You can try once more.',
  },
}
