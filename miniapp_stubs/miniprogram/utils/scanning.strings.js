module.exports = {
  zh: { other: '这不是部门网站的登录二维码', impossible: '这里打不开扫码，请用微信“扫一扫”' },
  en: {
    other: "This is no sign-in code of a department's site",
    impossible: 'Scanning is not possible here; use Scan in WeChat',
  },
}
