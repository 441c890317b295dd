module.exports = {
  zh: {
    name: '姓名',
    nameHint: '与证件上一致',
    number: '身份证号码',
    numberHint: '18 位居民身份证或居住证号码',
    nameMissing: '请填写姓名',
    nameWrong: '请按证件上的姓名填写',
    numberMissing: '请填写身份证号码',
    numberWrong: '号码与标准不符，请对照证件核对',
  },
  en: {
    name: 'Name',
    nameHint: 'As on the ID card',
    number: 'ID number',
    numberHint: '18 characters, resident ID or residence permit',
    nameMissing: 'Please enter the name',
    nameWrong: 'Please write the name as it stands on the card',
    numberMissing: 'Please enter the ID number',
    numberWrong: 'This is not a valid number; please compare it with the card',
  },
}
