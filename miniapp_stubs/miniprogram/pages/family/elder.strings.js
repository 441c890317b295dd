module.exports = {
  zh: {
    title: '添加没有手机的长辈',
    head: '请长辈在您身边',
    text: '长辈本人用您的手机刷脸，表示同意由您代办。您自己也要先刷脸确认。之后长辈可以随时到政务大厅、或用自己的手机收回。',
    consentHead: '请读给长辈听，由长辈同意',
    consent:
      '长辈本人同意：本市把其人脸与人口库登记的照片比对一次，并处理其姓名和身份证号码；由本手机的使用者在所选范围和期限内代办。画面不保存。',
    checked: '已勾选',
    unchecked: '未勾选',
    agreeFirst: '请先阅读并勾选同意',
    limitsFirst: '请选择可以办理什么',
    submit: '下一步，长辈刷脸',
    sending: '正在准备',
    added: '已添加 {name}',
    unnamed: '长辈',
  },
  en: {
    title: 'Add an elder without a phone',
    head: 'They have to be with you',
    text:
      'They show their face to your phone, which is their agreement that you act for them; you show yours first. They can take it back in a service hall, or with a phone of their own.',
    consentHead: 'Please read this to them; they agree',
    consent:
      "The person agrees that their face is compared once with the authority's photo, that their name and ID number are processed, and that the owner of this phone acts for them as far and as long as chosen. No picture is kept.",
    checked: 'ticked',
    unchecked: 'not ticked',
    agreeFirst: 'Please read and tick the consent first',
    limitsFirst: 'Please choose what it covers',
    submit: 'Next: they show their face',
    sending: 'One moment',
    added: '{name} was added',
    unnamed: 'The person',
  },
}
