/** @jest-environment jsdom */
import { Router } from '../../host/router.js'

const PAGES = ['home', 'tab', 'one', 'two']

/** A router over pages that note what happens to them. */
function routed() {
  const log = []
  const note = (key) => ({
    key,
    show: () => log.push(`show ${key}`),
    hide: () => log.push(`hide ${key}`),
    close: () => log.push(`close ${key}`),
  })
  const router = new Router({
    pages: PAGES,
    tabs: ['home', 'tab'],
    entryPage: 'home',
    load: async () => {},
    notLoaded: () => log.push('not loaded'),
    create: ({ key }) => {
      log.push(`create ${key}`)
      return note(key)
    },
    changed: () => {},
  })
  return { router, taken: () => log.splice(0), keys: () => router.stack.map(({ url }) => url) }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 50))

beforeEach(() => history.replaceState(null, '', '/'))

test('what is left is hidden before what comes is made', async () => {
  const { router, taken } = routed()
  await router.start()
  await router.navigateTo('/one')
  expect(taken()).toEqual(['create home', 'show home', 'hide home', 'create one', 'show one'])
  await router.navigateBack()
  expect(taken()).toEqual(['close one', 'show home'])
})

test('another place in the history is another stack, however one came there', async () => {
  const { router, keys } = routed()
  await router.start()
  await router.navigateTo('/one')
  await router.navigateTo('/two?a=1')
  history.go(-2)
  await settled()
  expect(keys()).toEqual(['home'])
  history.go(2)
  await settled()
  expect(keys()).toEqual(['home', 'one', 'two?a=1'])
})

test('a stack that is found again is made from the top', async () => {
  const first = routed()
  await first.router.start()
  await first.router.navigateTo('/one')
  await first.router.navigateTo('/two')
  const again = routed()
  await again.router.start()
  expect(again.keys()).toEqual(['home', 'one', 'two'])
  expect(again.taken()).toEqual(['create two', 'show two'])
  await again.router.navigateBack()
  expect(again.taken()).toEqual(['close two', 'create one', 'show one'])
})

test('a stack with pages that are no more is what is left of it', async () => {
  history.replaceState(
    {
      stack: [
        { id: 'a', url: 'gone' },
        { id: 'b', url: 'one' },
      ],
    },
    '',
    '#/one',
  )
  const { router, keys } = routed()
  await router.start()
  expect(keys()).toEqual(['one'])
})

test('a page whose code cannot be brought changes nothing', async () => {
  const { router, keys, taken } = routed()
  await router.start()
  taken()
  router.load = async () => {
    throw new Error('no network')
  }
  await expect(router.navigateTo('/one')).rejects.toThrow('no network')
  expect(keys()).toEqual(['home'])
  expect(taken()).toEqual(['not loaded'])
})

test('reLaunch leaves everything, switchTab what is no tab', async () => {
  const { router, taken, keys } = routed()
  await router.start()
  await router.switchTab('/tab')
  await router.navigateTo('/one')
  taken()
  await router.switchTab('/home')
  expect(taken()).toEqual(['close one', 'show home'])
  await router.reLaunch('/two')
  expect(keys()).toEqual(['two'])
  expect(
    taken()
      .filter((line) => line.startsWith('close'))
      .sort(),
  ).toEqual(['close home', 'close tab'])
})
