module.exports = {
  zh: {
    title: '交给孩子自己的手机',
    head: '孩子有自己的手机了',
    text: '生成移交码，孩子在自己的手机上输入，账号就由孩子自己使用。预约、授权和记录都保留；您仍然是监护人，仍可为孩子办理。生成前需要您本人刷脸。',
    make: '生成移交码',
    codeHead: '请孩子在自己的手机上输入',
    codeText: '孩子先确认手机号，再打开“我的 - 身份认证 - 实名”，填写姓名和号码后，选择“我有移交码”。',
    done: '完成',
  },
  en: {
    title: 'Hand over to the child’s phone',
    head: 'The child has a phone now',
    text:
      'Make a code, and have the child enter it on their own phone: the account is theirs to use then, with its bookings, consents and record. You stay the guardian and can still act. You show your face first.',
    make: 'Make a code',
    codeHead: 'To be entered on the child’s phone',
    codeText:
      'There: confirm the phone number, then open Me, identity, real name; enter name and number, and choose “I have a code”.',
    done: 'Done',
  },
}
