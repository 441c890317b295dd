// What the host itself says. WeChat says such things in its own language, the client's; so does this, in the browser's.

const WORDS = {
  zh: {
    confirm: '确定',
    cancel: '取消',
    back: '返回',
    home: '返回首页',
    loading: '正在加载',
    done: '完成',
    choose: '请选择',
    openElsewhere: '在新窗口打开',
    leaving: '此页面不属于本应用',
    failed: '页面打开失败',
    notLoaded: '页面没有加载成功，请检查网络',
    retry: '重试',
    refreshing: '正在刷新',
  },
  en: {
    confirm: 'OK',
    cancel: 'Cancel',
    back: 'Back',
    home: 'Home',
    loading: 'Loading',
    done: 'Done',
    choose: 'Choose',
    openElsewhere: 'Open in a new window',
    leaving: 'This page is not part of the app',
    failed: 'The page could not be opened',
    notLoaded: 'The page could not be loaded, please check the network',
    retry: 'Try again',
    refreshing: 'Refreshing',
  },
}

/** `zh` or `en`: what the browser prefers. */
export const language = () => (/^zh/i.test(navigator.language) ? 'zh' : 'en')

export const word = (name) => WORDS[language()][name]
