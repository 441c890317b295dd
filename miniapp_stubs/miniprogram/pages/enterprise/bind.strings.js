module.exports = {
  zh: {
    title: '绑定企业',
    head: '您是企业的法定代表人',
    text: '登记库会核对您是否为法定代表人；提交时需要您本人刷脸。绑定后可以为企业办理，也可以指定经办人。',
    label: '统一社会信用代码',
    hint: '营业执照上的 18 位代码',
    missing: '请填写统一社会信用代码',
    wrong: '代码与标准不符，请对照营业执照核对。没有计入次数。',
    submit: '绑定',
    sending: '正在核对',
    bound: '已绑定 {name}',
  },
  en: {
    title: 'Bind an enterprise',
    head: 'You are its legal representative',
    text:
      'The register says whether you are; you show your face when you send it. Then you can act for it, and name agents.',
    label: 'Unified social credit code',
    hint: 'The 18 characters on the business licence',
    missing: 'Please enter the credit code',
    wrong: 'This is not a valid code; please compare it with the licence. No attempt was counted.',
    submit: 'Bind it',
    sending: 'Comparing',
    bound: '{name} is bound',
  },
}
