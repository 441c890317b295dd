module.exports = {
  zh: { more: '显示其余 {n} 条', truncated: '仅显示前 200 条。', qr: '二维码', noQr: '暂时没有可以出示的码' },
  en: { more: 'Show {n} more', truncated: 'The first 200 are shown.', qr: 'QR code', noQr: 'There is no code to show at present' },
}
