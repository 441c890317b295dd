module.exports = {
  zh: {
    title: '注销账号',
    head: '申请后有 {days} 天时间反悔，之后永久删除',
    text: '期限内随时登录、点一下即可撤销。期满后，您的姓名、身份证号码、手机号等无法恢复，任何人都不能再解开。',
    lose: '您将失去',
    loseNothing: '没有未了结的事项',
    count: '{n} 项',
    keep: '依法保留的记录',
    keepText: '哪个部门何时获取过哪类信息、授权记录保留 3 年，登录日志保留 6 个月；其中不含您的姓名、号码，也不能再联系到您。',
    now: '申请后立即生效',
    nowText: '退出其他所有设备和部门网站；不能再办理新业务，已有的预约仍可使用或取消。',
    copy: '先导出我的数据',
    understood: '我已了解以上内容',
    tick: '请先确认您已了解以上内容',
    close: '申请注销账号',
    closeTitle: '确定注销账号？',
    closeText: '{days} 天内可以撤销，之后永久删除，无法恢复。',
    closeYes: '注销',
    closeNo: '再想想',
    closing: '账号正在注销',
    due: '{when} 起永久删除',
    mind: '撤销注销，保留账号',
    kept: '账号已保留',
    reasons: { managed_account: '您是孩子账号的唯一监护人。请先注销孩子的账号，或把账号交给孩子本人或另一位监护人。' },
  },
  en: {
    title: 'Close account',
    head: 'You have {days} days to change your mind; then it is erased for good',
    text:
      'Until then, sign in and take it back with one tap. After that nobody can bring back or open your name, ID ' +
      'number, phone number and the rest.',
    lose: 'What you lose',
    loseNothing: 'Nothing is left open',
    count: '{n}',
    keep: 'What the law keeps',
    keepText:
      'Which department received which kind of data when, and consents, for 3 years; the log of sign-ins for 6 ' +
      'months. Your name and numbers are not in them, and they lead to you no more.',
    now: 'At once',
    nowText:
      'You are signed out on all other devices and sites. Nothing new can be begun; bookings you have can still be ' +
      'used or cancelled.',
    copy: 'First take a copy of my data',
    understood: 'I have understood this',
    tick: 'First say that you have understood this',
    close: 'Close my account',
    closeTitle: 'Close your account?',
    closeText: 'You can take it back for {days} days. Then it is erased for good.',
    closeYes: 'Yes',
    closeNo: 'No',
    closing: 'Your account is being closed',
    due: 'Erased for good from {when}',
    mind: 'Take it back and keep my account',
    kept: 'Your account stays',
    reasons: {
      managed_account:
        'You are the only guardian of a child’s account. First close it, or hand it over to the child or to another ' +
        'guardian.',
    },
  },
}
