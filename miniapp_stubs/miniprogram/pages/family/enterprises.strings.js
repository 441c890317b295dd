module.exports = {
  zh: {
    title: '为企业办理',
    mine: '我的单位',
    roles: { legal_representative: '法定代表人', agent: '经办人' },
    until: '有效期至 {day}',
    suspended: '登记状态异常，暂停办理',
    ended: '已结束',
    bind: '绑定单位',
    bindText: '由法定代表人本人绑定，登记机关核对。为了安全，提交时需要您本人刷脸。经办人请在“输入代办码”中接受。',
    code: '统一社会信用代码',
    hint: '18 位，见营业执照',
    missing: '请填写统一社会信用代码',
    wrong: '代码与标准不符，请对照营业执照核对',
    submit: '绑定',
    sending: '正在核对',
    bound: '已绑定 {name}',
    outcomes: {
      'identity.enterprise.not_confirmed': {
        title: '没有核对上',
        text: '请检查代码，并确认您是登记在册的法定代表人。今天还可尝试 {attempts_left} 次。',
      },
      'identity.enterprise.locked': { title: '今天的绑定次数已用完', text: '{when} 可以再试。' },
      'identity.enterprise.registry_unavailable': { title: '登记库暂时繁忙', text: '请稍后再试，没有计入次数。' },
      'identity.enterprise.suspended': { title: '登记状态异常', text: '登记机关恢复正常状态后即可办理。' },
    },
  },
  en: {
    title: 'For an enterprise',
    mine: 'My enterprises',
    roles: { legal_representative: 'legal representative', agent: 'agent' },
    until: 'Until {day}',
    suspended: 'Not listed as operating',
    ended: 'Ended',
    bind: 'Bind one',
    bindText:
      'Its legal representative binds it, and the register confirms that; you show your own face when you send it. ' +
      'Agents enter the code that they were given instead.',
    code: 'Unified social credit code',
    hint: '18 characters, on the licence',
    missing: 'Please enter the code',
    wrong: 'This is not a valid code; please compare it with the licence',
    submit: 'Bind it',
    sending: 'Asking',
    bound: 'Bound: {name}',
    outcomes: {
      'identity.enterprise.not_confirmed': {
        title: 'This could not be confirmed',
        text: 'Check the code, and that you are the registered representative. Attempts left today: {attempts_left}.',
      },
      'identity.enterprise.locked': { title: 'No more attempts today', text: 'You can try again: {when}.' },
      'identity.enterprise.registry_unavailable': { title: 'The register is busy', text: 'Please try again shortly.' },
      'identity.enterprise.suspended': {
        title: 'Not listed as operating',
        text: 'It can be used once the register lists it again.',
      },
    },
  },
}
