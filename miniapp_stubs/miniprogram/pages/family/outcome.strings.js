module.exports = {
  zh: {
    'identity.family.not_confirmed': {
      title: '没有核对成功',
      text: '请对照证件检查姓名和号码。今天还可核对 {attempts_left} 次。信息无误仍不成功的，可带证明材料到政务大厅办理。',
    },
    'identity.family.locked': {
      title: '今天的添加次数已用完',
      text: '{when} 可以再试。着急办理的话，可带证件到任一政务大厅。',
    },
    'identity.family.age': {
      title: '这个年龄要用另一种方式添加',
      text: '未满 18 岁的由监护人“添加孩子”；成年人用“添加没有手机的长辈”，或由本人发出代办码。没有计入次数。',
    },
    'identity.family.person_has_account': {
      title: '对方已经有自己的账号',
      text: '请对方在自己的手机上打开“家人与代办”，生成代办码给您。',
    },
    'identity.acting.not_of_age': { title: '须年满 18 周岁', text: '代办人、经办人和授权的人都要是成年人。' },
    'identity.acting.oneself': { title: '这是您自己', text: '为本人办理不需要代办授权。' },
    'identity.acting.too_many': {
      title: '代办关系已达上限（{most}）',
      text: '请先结束一个不再需要的，再试一次。码在有效期内仍可使用。',
    },
    'identity.acting.code_invalid': {
      title: '这个码不能使用',
      text: '可能输错了、已经用过，或超过了十分钟。请对方重新生成一个。',
    },
    'identity.acting.codes_locked': { title: '今天输入的次数已用完', text: '{when} 可以再试。' },
    'identity.authority_unavailable': { title: '人口库暂时没有回应', text: '没有计入次数，已填写的内容都还在。' },
    'identity.real_name.mismatch': {
      title: '姓名与身份证号码未能核对一致',
      text: '请对照证件检查。今天还可核对 {attempts_left} 次。',
    },
    'identity.real_name.locked': { title: '今天的核对次数已用完', text: '{when} 可以再试。' },
    'identity.family.not_taken_over': {
      title: '没有可接管的账号',
      text: '可能家人没有建立过账号，或需要换一种方式。请用“实名认证”确认您的身份。',
    },
    'identity.enterprise.not_confirmed': {
      title: '没有核对成功',
      text: '登记库没有确认您是这家企业的法定代表人，或企业不是正常经营状态。今天还可核对 {attempts_left} 次。',
    },
    'identity.enterprise.locked': { title: '今天的绑定次数已用完', text: '{when} 可以再试。' },
    'identity.enterprise.registry_unavailable': {
      title: '登记库暂时没有回应',
      text: '没有计入次数，已填写的内容都还在。',
    },
  },
  en: {
    'identity.family.not_confirmed': {
      title: 'This could not be confirmed',
      text:
        'Please compare name and number with the card. Attempts left today: {attempts_left}. If both are right, a service hall can help.',
    },
    'identity.family.locked': {
      title: 'No more attempts today',
      text: 'You can try again: {when}. If it is urgent, bring the papers to any service hall.',
    },
    'identity.family.age': {
      title: 'Somebody of this age is added in another way',
      text:
        'A guardian adds whoever is under 18. Adults are added as an elder without a phone, or show you a code of theirs. No attempt was counted.',
    },
    'identity.family.person_has_account': {
      title: 'They have an account of their own',
      text: 'Ask them to open Family and helpers on their own phone, and to show you a code.',
    },
    'identity.acting.not_of_age': {
      title: 'This needs somebody of age',
      text: 'Helpers, agents and whoever names them are 18 or older.',
    },
    'identity.acting.oneself': { title: 'This is yourself', text: 'Nobody needs a permission to act for themself.' },
    'identity.acting.too_many': {
      title: 'There are as many as the city allows ({most})',
      text: 'End one that is no longer needed, then try again. The code stays valid until its time is over.',
    },
    'identity.acting.code_invalid': {
      title: 'This code cannot be used',
      text: 'It may be mistyped, used, or older than ten minutes. Ask for another one.',
    },
    'identity.acting.codes_locked': { title: 'No more codes today', text: 'You can try again: {when}.' },
    'identity.authority_unavailable': {
      title: 'The population authority is not answering',
      text: 'No attempt was counted, and what you entered is kept.',
    },
    'identity.real_name.mismatch': {
      title: 'This name and number could not be confirmed together',
      text: 'Please compare both with the card. Attempts left today: {attempts_left}.',
    },
    'identity.real_name.locked': { title: 'No more attempts today', text: 'You can try again: {when}.' },
    'identity.family.not_taken_over': {
      title: 'There is no account to take over',
      text: 'Your family may keep none, or it takes another way. Please confirm your real name as usual.',
    },
    'identity.enterprise.not_confirmed': {
      title: 'This could not be confirmed',
      text:
        'The register does not have you as the legal representative, or does not list it as operating. Attempts left today: {attempts_left}.',
    },
    'identity.enterprise.locked': { title: 'No more attempts today', text: 'You can try again: {when}.' },
    'identity.enterprise.registry_unavailable': {
      title: 'The register is not answering',
      text: 'No attempt was counted, and what you entered is kept.',
    },
  },
}
