// Starts the mini-program: the framework, the first page, and whatever of WeChat the browser can be.

import 'host:wxs'
import settings from 'app:settings'
import { startApp } from 'app:pages'
import { ofFragment, parsed } from './address.js'
import { Bars } from './bars.js'
import { builtIns } from './builtins/index.js'
import { Cameras } from './builtins/camera.js'
import { demoOf } from './demo/index.js'
import { byId, element } from './elements.js'
import { Framework } from './framework.js'
import { watchGestures } from './gestures.js'
import { Life } from './life.js'
import { Page } from './page.js'
import { bringTheRest, keys, partOf } from './pages.js'
import { pullToRefresh } from './refresher.js'
import { Router } from './router.js'
import { language, word } from './words.js'
import { Files } from './wx/files.js'
import { createWx } from './wx/index.js'
import { dismissDialogs } from './wx/interaction.js'

async function start() {
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en'
  const stage = byId('stage')
  const demo = demoOf()
  const host = { settings, demo, files: new Files(), cameras: new Cameras(), life: new Life(), launch: launchOptions() }
  const framework = new Framework(stage, builtIns(host))
  framework.onError((error) => host.life.tell('Error', error?.stack || String(error)))
  host.router = makeRouter(framework, stage, host)
  host.bars = new Bars(settings, actions(host.router))
  host.wx = createWx(host)
  Object.assign(window, { wx: host.wx, ...framework.globals(), ...host.life.globals(host.router) })
  startApp()
  host.life.tell('Launch', host.launch)
  host.life.tell('AppShow', host.launch)
  host.life.watch(host.router, host.launch)
  watchGestures(stage)
  watchSize(host)
  demo?.show(host)
  await host.router.start()
  bringTheRest()
}

function launchOptions() {
  const { key, query } = parsed(ofFragment(location.hash) || settings.entryPage)
  return { path: key, query, scene: 1001, shareTicket: '', referrerInfo: {}, apiCategory: 'default' }
}

function makeRouter(framework, stage, host) {
  const router = new Router({
    pages: keys,
    tabs: (settings.app.tabBar?.list || []).map(({ pagePath }) => pagePath),
    entryPage: settings.entryPage,
    load: async (key) => framework.register(await partOf(key)),
    notLoaded: () => host.wx.showToast({ title: word('notLoaded'), icon: 'none' }),
    create: (address) => makePage(framework, stage, address),
    changed: () => {
      dismissDialogs()
      host.bars.show(router.top, router.stack.length)
    },
  })
  router.onPageNotFound = (details) => host.life.tell('PageNotFound', details)
  return router
}

function makePage(framework, stage, address) {
  const windowSettings = { ...settings.app.window, ...settings.windows[address.key] }
  const page = new Page(framework, stage, address, windowSettings)
  page.refresher = pullToRefresh(
    page.frame,
    () => page.window.enablePullDownRefresh,
    () => page.call('onPullDownRefresh'),
  )
  return page
}

const actions = (router) => ({
  back: () => router.navigateBack(),
  home: () => router.reLaunch(`/${settings.entryPage}`),
  tab: (key) => router.switchTab(`/${key}`),
})

function watchSize({ router, wx }) {
  wx.onWindowResize(({ size }) => router.top?.resize(size))
}

start().catch((error) => {
  console.error(error)
  byId('stage').replaceChildren(
    element(
      'div',
      { className: 'failed', role: 'alert' },
      element('p', { textContent: word('failed') }),
      element('button', { type: 'button', textContent: word('retry'), onclick: () => location.reload() }),
    ),
  )
})
