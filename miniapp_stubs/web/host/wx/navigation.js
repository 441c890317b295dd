// Going from page to page, and what stands in the bars.

import { asynchronousAll, Failure } from './convention.js'
import { EventChannel } from './event_channel.js'

export function navigation(router, bars) {
  return asynchronousAll({
    ...pages(router),
    ...bar(router, bars),
    ...tabBar(bars),
    pageScrollTo: (options) => scrollTo(router.top.frame, options),
    startPullDownRefresh: () => router.top.call('onPullDownRefresh'),
    stopPullDownRefresh: () => router.top.refresher?.stop(),
  })
}

function pages(router) {
  return {
    navigateTo: async ({ url, events = {} }) => {
      const [near, far] = EventChannel.pair(events)
      await router.navigateTo(url, far)
      return { eventChannel: near }
    },
    redirectTo: ({ url }) => router.redirectTo(url),
    reLaunch: ({ url }) => router.reLaunch(url),
    switchTab: ({ url }) => router.switchTab(url),
    navigateBack: ({ delta } = {}) => router.navigateBack(delta),
  }
}

function bar(router, bars) {
  const set = (settings) => {
    Object.assign(router.top.window, settings)
    bars.refresh()
  }
  return {
    setNavigationBarTitle: ({ title }) => set({ navigationBarTitleText: title }),
    setNavigationBarColor: ({ frontColor, backgroundColor }) =>
      set({
        navigationBarTextStyle: frontColor === '#000000' ? 'black' : 'white',
        navigationBarBackgroundColor: backgroundColor,
      }),
    setBackgroundColor: ({ backgroundColor }) => {
      if (backgroundColor) router.top.frame.style.backgroundColor = backgroundColor
    },
    setBackgroundTextStyle: () => {},
    showNavigationBarLoading: () => bars.change({ isLoading: true }),
    hideNavigationBarLoading: () => bars.change({ isLoading: false }),
    hideHomeButton: () => bars.change({ isHomeHidden: true }),
  }
}

function tabBar(bars) {
  const badge = (index, text) => {
    if (!bars.tabs[index]) throw new Failure('tabbar item not found')
    if (text === null) bars.badges.delete(index)
    else bars.badges.set(index, text)
    bars.refresh()
  }
  return {
    showTabBar: () => bars.change({ isTabBarHidden: false }),
    hideTabBar: () => bars.change({ isTabBarHidden: true }),
    setTabBarBadge: ({ index, text }) => badge(index, text),
    removeTabBarBadge: ({ index }) => badge(index, null),
    showTabBarRedDot: ({ index }) => badge(index, ''),
    hideTabBarRedDot: ({ index }) => badge(index, null),
    setTabBarItem: ({ index, ...given }) => {
      if (!bars.tabs[index]) throw new Failure('tabbar item not found')
      Object.assign(bars.tabs[index], given)
      bars.refresh()
    },
    setTabBarStyle: (given) => {
      Object.assign(bars.settings.app.tabBar, given)
      bars.refresh()
    },
  }
}

function scrollTo(frame, { scrollTop, selector, offsetTop = 0, duration = 300 }) {
  const behavior = duration > 0 && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'auto'
  let top = scrollTop
  if (selector) {
    const found = frame.querySelector(selector.replace(/#([\w-]+)/g, '[id$="--$1"]'))
    if (!found) throw new Failure(`selector "${selector}" is not found`)
    top = frame.scrollTop + found.getBoundingClientRect().top + offsetTop
  }
  frame.scrollTo({ top, behavior })
}
