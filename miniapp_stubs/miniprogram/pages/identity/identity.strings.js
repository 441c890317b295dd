module.exports = {
  zh: {
    title: '身份认证',
    now: '当前等级',
    level: 'L{n}',
    names: ['仅微信登录', '已确认手机号', '已实名', '已人脸核验'],
    byHall: '已在窗口核验',
    why: '等级越高，可以办理的事项越多，也越不容易被他人冒用。每一步只需做一次，人脸核验在每次登录后单独有效。',
    steps: [
      {
        name: '手机号',
        text: '由微信确认，一键完成',
        todo: '使用微信手机号',
        again: '更换',
        opens: '可接收通知、使用基础服务',
      },
      {
        name: '实名',
        text: '填写姓名和身份证号码，由人口库核对',
        todo: '去实名',
        again: '',
        opens: '可查询社保、公积金，预约政务大厅和景区',
      },
      {
        name: '人脸',
        text: '对着镜头做两三个动作，约 20 秒',
        todo: '去刷脸',
        again: '重新刷脸',
        opens: '可提取公积金等需要确认本人的办理',
      },
    ],
    provedAt: '{when} 完成',
    locked: '先完成上一步',
    noPhone: '没有收到手机号，您可以再试一次。',
    phoneDone: '手机号已确认',
    hallCode: '不刷脸，使用窗口核验码',
    hall: '不方便在手机上认证？携带身份证原件到任一政务大厅，工作人员可当面核验。',
  },
  en: {
    title: 'Who you are',
    now: 'Your level',
    level: 'L{n}',
    names: ['Signed in with WeChat', 'Phone confirmed', 'Real name confirmed', 'Face confirmed'],
    byHall: 'Confirmed at a counter',
    why:
      'The higher the level, the more you can do, and the harder it is for others to act in your name. Each step ' +
      'is done once; a face counts for one sign-in.',
    steps: [
      {
        name: 'Phone number',
        text: 'Confirmed by WeChat with one tap',
        todo: 'Use my WeChat phone number',
        again: 'Change',
        opens: 'For notices and basic services',
      },
      {
        name: 'Real name',
        text: 'Name and ID number, compared by the authority',
        todo: 'Confirm my name',
        again: '',
        opens: 'For social security, housing fund, and bookings',
      },
      {
        name: 'Face',
        text: 'Two or three movements in front of the camera, some 20 seconds',
        todo: 'Show my face',
        again: 'Show again',
        opens: 'For what needs you in person, such as withdrawals',
      },
    ],
    provedAt: 'Done: {when}',
    locked: 'After the step before',
    noPhone: 'No phone number came. You can try once more.',
    phoneDone: 'Your phone number is confirmed',
    hallCode: 'Rather a code of a service hall',
    hall:
      'Would you rather not do this on a phone? Bring your ID card to any service hall; the staff can confirm ' +
      'you there.',
  },
}
