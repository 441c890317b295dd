module.exports = {
  zh: {
    title: '添加孩子',
    head: '为未满 18 岁的孩子办理',
    text: '由公安人口库核对您与孩子的监护关系。为了安全，提交时需要您本人刷脸。',
    name: '孩子的姓名',
    number: '孩子的身份证号码',
    nameHint: '与户口簿或身份证一致',
    numberHint: '18 位',
    nameMissing: '请填写姓名',
    numberMissing: '请填写身份证号码',
    numberWrong: '号码与标准不符，请对照证件核对',
    agree: '我是孩子的监护人，同意处理孩子的姓名和身份证号码，用于为其办理。未满 14 周岁的信息属于敏感信息，我单独同意。',
    ticked: '已勾选',
    notTicked: '未勾选',
    agreeFirst: '请先阅读并勾选同意',
    faceFirst: '还没有完成您本人的人脸核验，没有提交。',
    submit: '提交核对',
    sending: '正在核对',
    done: '已添加',
    outcomes: {
      'identity.family.not_confirmed': {
        title: '没有核对上监护关系',
        text: '请对照证件检查姓名和号码。今天还可尝试 {attempts_left} 次；也可携带户口簿到政务大厅办理。',
      },
      'identity.family.age': { title: '已满 18 岁', text: '成年人可以自己登录，并用代办码请您代办。' },
      'identity.family.locked': { title: '今天的添加次数已用完', text: '{when} 可以再试。' },
      'identity.acting.too_many': { title: '代办关系已达上限', text: '请先结束不再需要的，再添加。' },
      'identity.acting.oneself': { title: '这是您本人的号码', text: '请填写孩子的姓名和身份证号码。' },
    },
  },
  en: {
    title: 'Add a child',
    head: 'For somebody under 18',
    text: 'The population authority confirms that you are the guardian. For safety, you show your own face when you send it.',
    name: 'Name of the child',
    number: 'ID number of the child',
    nameHint: 'As in the household register or on the card',
    numberHint: '18 characters',
    nameMissing: 'Please enter the name',
    numberMissing: 'Please enter the ID number',
    numberWrong: 'This is not a valid number; please compare it with the card',
    agree:
      'I am the guardian and agree that the child’s name and ID number are used to act for it. Under 14 this is ' +
      'sensitive data, and I agree to it separately.',
    ticked: 'ticked',
    notTicked: 'not ticked',
    agreeFirst: 'Please read and tick your consent first',
    faceFirst: 'Your own face is still to be shown; nothing was sent.',
    submit: 'Have it confirmed',
    sending: 'Asking',
    done: 'Added',
    outcomes: {
      'identity.family.not_confirmed': {
        title: 'This could not be confirmed',
        text:
          'Please compare name and number with the card. Attempts left today: {attempts_left}. A service hall can ' +
          'help as well; bring the household register.',
      },
      'identity.family.age': {
        title: 'Of age already',
        text: 'Adults sign in themselves, and let you act for them with a code.',
      },
      'identity.family.locked': { title: 'No more attempts today', text: 'You can try again: {when}.' },
      'identity.acting.too_many': { title: 'There are as many as the city allows', text: 'End one that you no longer need.' },
      'identity.acting.oneself': { title: 'This is your own number', text: 'Please enter the child’s.' },
    },
  },
}
