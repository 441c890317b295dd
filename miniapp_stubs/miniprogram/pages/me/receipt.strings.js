module.exports = {
  zh: {
    title: '授权凭证',
    intro: '由本市签名，可作为您授权的凭据。请妥善保存：撤回或到期之后，凭证仍可核验。',
    save: '保存凭证',
    copy: '复制文字和签名',
    copied: '已复制',
    notSaved: '暂时没有保存成功，可以先复制',
    file: '授权凭证',
    how: '保存时可发送给“文件传输助手”。需要核对真伪时，用本市公布的公钥验证签名即可。',
  },
  en: {
    title: 'Receipt of a consent',
    intro: 'Signed by the city: proof of what you agreed to. Keep it; it can be verified also after the consent has ended.',
    save: 'Keep the receipt',
    copy: 'Copy words and signature',
    copied: 'Copied',
    notSaved: 'It could not be kept this time; you can copy it',
    file: 'consent',
    how: 'Send it to the file helper to keep it. Whoever wants to can verify the signature with the city’s published keys.',
  },
}
