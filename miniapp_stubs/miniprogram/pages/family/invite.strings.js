module.exports = {
  zh: {
    title: '请人为我代办',
    head: '选择范围和期限，生成代办码给您信任的成年人。对方办理的每件事都会记录在您的“谁看过我的数据”中，您可以随时结束。',
    limits: '需要刷脸的事项仍须您本人办理；提供个人信息仍须您本人授权。',
    limitsFirst: '请选择可以办理什么',
    make: '生成代办码',
    codeHead: '请当面出示，不要转发',
    codeText: '对方在“家人与代办 - 输入代办码”中输入或扫描。谁用了这个码，谁就能在所选范围内为您办理。',
    scope: '范围和期限',
    days: '{limits}；{n} 天',
    done: '完成',
  },
  en: {
    title: 'Have somebody act for me',
    head:
      'Say for what and how long, and show the code to an adult you trust. All they do is noted under “Who saw my data”, and you can end it at any time.',
    limits: 'What needs a face still needs yours, and only you agree to share your data.',
    limitsFirst: 'Please choose what it covers',
    make: 'Make a code',
    codeHead: 'Show it in person; do not send it on',
    codeText:
      'They enter or scan it under “Family and helpers”, “Enter a code”. Whoever uses it may act for you as far as you have said.',
    scope: 'For what and how long',
    days: '{limits}; {n} days',
    done: 'Done',
  },
}
