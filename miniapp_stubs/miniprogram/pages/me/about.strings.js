module.exports = {
  zh: {
    title: '关于',
    name: '城市通',
    line: '一个入口，办城市的事',
    facts: { version: '版本', city: '城市', time: '城市时间', profile: '运行环境' },
    profiles: { demo: '演示环境，所有人物和数据均为虚构', production: '正式环境' },
    licence: '开源许可',
    licenceText:
      '城市通是开放源代码的软件，以 MIT 许可证发布：任何人可以使用、修改和分发，需保留版权与许可声明。软件按“原样”提供，不作任何担保。',
    parts: '使用的开源软件',
    partsText: [
      { name: 'TDesign 小程序组件', text: 'MIT · 腾讯 TDesign' },
      { name: 'TDesign 图标', text: 'MIT · 腾讯 TDesign' },
      { name: '二维码生成 qrcodegen', text: 'MIT 许可 · Project Nayuki' },
    ],
    privacy: '您的信息',
    privacyText: '个人信息加密保存，平时只显示一部分；提供给部门前先征得您同意，每次都有记录，可随时撤回。',
  },
  en: {
    title: 'About',
    name: 'Chengshitong',
    line: "One door to the city's services",
    facts: { version: 'Version', city: 'City', time: 'City time', profile: 'Environment' },
    profiles: { demo: 'Demo: all people and data are made up', production: 'Production' },
    licence: 'Licence',
    licenceText:
      'Chengshitong is open-source software under the MIT licence: anybody may use, change and pass it on, ' +
      'keeping the copyright and licence notice. It comes as it is, without warranty.',
    parts: 'Open-source software in it',
    partsText: [
      { name: 'TDesign components', text: 'MIT · Tencent TDesign' },
      { name: 'TDesign icons', text: 'MIT · Tencent TDesign' },
      { name: 'qrcodegen', text: 'MIT · Project Nayuki' },
    ],
    privacy: 'Your data',
    privacyText:
      'Personal data is kept encrypted and shown in part. Departments receive it with your consent only; each ' +
      'time is noted, and you can withdraw.',
  },
}
