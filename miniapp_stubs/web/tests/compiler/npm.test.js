import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setUp } from '../../compiler/npm.mjs'
import { miniprogram } from '../support/folders.js'

const USING = (...names) => ({
  'pages/home/home.json': {
    usingComponents: Object.fromEntries(names.map((name) => [`t-${name}`, `tdesign-miniprogram/${name}/${name}`])),
  },
})

test('of a package what is used is copied, with all that it needs', async () => {
  const root = miniprogram(USING('button'))
  const files = await setUp(root)
  const folders = new Set(files.map((file) => file.split('/')[2]))
  for (const needed of ['button', 'icon', 'loading', 'common', 'miniprogram_npm']) expect(folders).toContain(needed)
  for (const other of ['calendar', 'upload', 'chat-list', 'qrcode']) expect(folders).not.toContain(other)
  expect(files.every((file) => existsSync(path.join(root, file)))).toBe(true)
})

test('what is no longer used is gone', async () => {
  const root = miniprogram(USING('cell'))
  await setUp(root)
  expect(existsSync(path.join(root, 'miniprogram_npm/tdesign-miniprogram/cell'))).toBe(true)
  await setUp(miniprogramOver(root))
  expect(existsSync(path.join(root, 'miniprogram_npm'))).toBe(false)
})

function miniprogramOver(root) {
  require('node:fs').writeFileSync(path.join(root, 'pages/home/home.json'), '{}')
  return root
}

test('icons are drawn: those that are named, and nothing is loaded from elsewhere', async () => {
  const root = miniprogram({ ...USING('icon'), 'pages/home/home.wxml': '<t-icon name="wallet"/>' })
  await setUp(root)
  const sheet = readFileSync(path.join(root, 'miniprogram_npm/tdesign-miniprogram/icon/icon.wxss'), 'utf8')
  expect(sheet).toMatch(/\.t-icon-wallet\{--t-icon:url\("data:image\/svg\+xml,/)
  expect(sheet).not.toContain('.t-icon-zoom-in{')
  expect(sheet).not.toMatch(/https?:(?!\/\/www\.w3\.org)/)
})

test('a mini-program that uses no package has no miniprogram_npm', async () => {
  const root = miniprogram()
  expect(await setUp(root)).toEqual([])
  expect(existsSync(path.join(root, 'miniprogram_npm'))).toBe(false)
})
