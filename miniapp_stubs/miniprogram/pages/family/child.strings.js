module.exports = {
  zh: {
    title: '添加孩子',
    head: '您是孩子的监护人',
    text: '孩子未满 18 岁。信息与人口库核对，并由主管部门确认您是监护人；提交时需要您本人刷脸。',
    consentHead: '处理儿童个人信息的单独同意',
    consent:
      '我是该未成年人的监护人，同意本市为代其办理服务而处理其姓名和身份证号码（未满十四周岁的，依《个人信息保护法》第三十一条取得我的同意）。信息加密保存，可随时结束。',
    checked: '已勾选',
    unchecked: '未勾选',
    agreeFirst: '请先阅读并勾选同意',
    submit: '添加',
    sending: '正在核对',
    added: '已添加 {name}',
    unnamed: '孩子',
  },
  en: {
    title: 'Add a child',
    head: 'You are the guardian',
    text:
      'The child is under 18. The population authority compares the data and confirms that you are a guardian; you show your own face when you send it.',
    consentHead: "Separate consent to the use of a child's data",
    consent:
      "I am this minor's guardian, and agree that the city processes their name and ID number to act for them (under 14, this is the consent of article 31 of the Personal Information Protection Law). Both are kept encrypted; I can end it at any time.",
    checked: 'ticked',
    unchecked: 'not ticked',
    agreeFirst: 'Please read and tick your consent first',
    submit: 'Add',
    sending: 'Comparing',
    added: '{name} was added',
    unnamed: 'The child',
  },
}
