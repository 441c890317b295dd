module.exports = {
  zh: {
    title: '授权提供个人信息',
    text: '使用“{card}”前，需要您同意把以下信息提供给部门。',
    department: '接收部门',
    fields: '提供的信息',
    purpose: '用途',
    names: { name: '姓名', id_number: '身份证号码', phone: '手机号' },
    rights: '每次提供都会记录在“我的”中，您可以随时查看，也可以随时撤回授权。不同意不影响使用其他服务。',
    agree: '同意并继续',
    decline: '暂不同意',
  },
  en: {
    title: 'Share personal data',
    text: 'To use “{card}”, the department needs this of you.',
    department: 'Who receives it',
    fields: 'What is shared',
    purpose: 'What for',
    names: { name: 'Your name', id_number: 'Your ID number', phone: 'Your phone number' },
    rights:
      'Each time is noted under “Me”, where you can look at any time and withdraw. Other services do not depend on it.',
    agree: 'Agree and continue',
    decline: 'Not now',
  },
}
