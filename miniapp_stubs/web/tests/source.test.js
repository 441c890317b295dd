// What WeChat's review and WeChat itself ask of the mini-program's source; and what the first screen in a browser may
// weigh.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from '@babel/parser'
import traverse from '@babel/traverse'
import postcss from 'postcss'
import { build } from '../compiler/build.mjs'
import { setUp } from '../compiler/npm.mjs'
import { Paths, SOURCE } from '../compiler/paths.mjs'
import { readProject } from '../compiler/project.mjs'
import { compileTemplates } from '../compiler/templates.mjs'
import { folder } from './support/folders.js'

const KIBIBYTE = 1024
const PACKAGE_LIMIT = 2048 * KIBIBYTE
const TAB_ICON_LIMIT = 40 * KIBIBYTE
const FIRST_SCREEN_LIMIT = 200 * KIBIBYTE

/** What JavaScript itself has, in WeChat's engines. */
const OF_JAVASCRIPT = new Set(
  `Array ArrayBuffer Boolean DataView Date Error Float32Array Infinity Int32Array JSON Map Math NaN Number
Object Promise Proxy Reflect RegExp Set String Symbol TypeError RangeError Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap
WeakSet decodeURIComponent encodeURIComponent decodeURI encodeURI isNaN isFinite parseFloat parseInt undefined arguments`.split(
    /\s+/,
  ),
)
const OF_WECHAT = new Set(
  `App Behavior Component Page getApp getCurrentPages wx require module exports console setTimeout clearTimeout
setInterval clearInterval`.split(/\s+/),
)

let project
beforeAll(async () => {
  await setUp(SOURCE)
  project = readProject(new Paths(SOURCE))
})

const files = (root = SOURCE) =>
  readdirSync(root, { recursive: true }).filter((file) => statSync(path.join(root, file)).isFile())
const own = (extension) => files().filter((file) => file.endsWith(extension) && !file.startsWith('miniprogram_npm'))
const read = (file) => readFileSync(path.join(SOURCE, file), 'utf8')

test('all pages and components are there', () => {
  expect(project.problems).toEqual([])
  expect(project.pages.length).toBeGreaterThan(0)
})

test('WXML compiles without a warning, that of no page, too', () => {
  const paths = new Paths(SOURCE)
  const parts = own('.wxml')
    .map((file) => path.join(SOURCE, file.replace(/\.wxml$/, '')))
    .map((base) => ({ key: paths.key(base), base }))
  const { warnings } = compileTemplates({ paths, parts: new Map(parts.map((part) => [part.key, part])) })
  expect(parts.length).toBeGreaterThan(0)
  expect(warnings.filter((warning) => !warning.startsWith('miniprogram_npm/'))).toEqual([])
})

/** Names that a script uses and does not declare. */
function foreignNames(file) {
  const found = []
  traverse(parse(read(file), { sourceType: 'unambiguous' }), {
    Program: ({ scope }) => void found.push(...Object.keys(scope.globals)),
  })
  return found.filter((name) => !OF_JAVASCRIPT.has(name) && !OF_WECHAT.has(name))
}

test('scripts use nothing that WeChat has not: no window, no document', () => {
  const scripts = own('.js')
  expect(scripts.length).toBeGreaterThan(0)
  expect(scripts.flatMap((file) => foreignNames(file).map((name) => `${file}: ${name}`))).toEqual([])
})

test('everything that scripts call of wx, the browser host knows', () => {
  const host = readdirSync(path.join(__dirname, '../host/wx'))
    .map((file) => readFileSync(path.join(__dirname, '../host/wx', file), 'utf8'))
    .join('\n')
  const called = new Set(
    own('.js').flatMap((file) => [...read(file).matchAll(/\bwx\.([a-zA-Z]+)/g)].map(([, name]) => name)),
  )
  const events = [...host.matchAll(/const EVENTS = \[(.*)\]/g)]
    .flatMap(([, list]) => list.match(/\w+/g))
    .flatMap((name) => [`on${name}`, `off${name}`])
  expect([...called].filter((name) => !new RegExp(`\\b${name}\\b`).test(host) && !events.includes(name))).toEqual([])
})

test('styles load nothing: no fonts, no pictures but those in the style itself', () => {
  const loaded = []
  for (const file of files().filter((name) => name.endsWith('.wxss'))) {
    postcss.parse(read(file)).walkDecls(({ value }) => {
      for (const [, address] of value.matchAll(/url\(\s*['"]?([^'")]{0,80})/g))
        if (!address.startsWith('data:')) loaded.push(`${file}: ${address}`)
    })
  }
  expect(loaded).toEqual([])
})

test('tabs have their icons, and these are small', () => {
  const icons = project.app.tabBar.list.flatMap(({ iconPath, selectedIconPath }) =>
    [iconPath, selectedIconPath].filter(Boolean),
  )
  for (const icon of icons) {
    expect(existsSync(path.join(SOURCE, icon))).toBe(true)
    expect(statSync(path.join(SOURCE, icon)).size).toBeLessThan(TAB_ICON_LIMIT)
  }
})

test('the package is within the two megabytes that WeChat allows', () => {
  const bytes = files().reduce((sum, file) => sum + statSync(path.join(SOURCE, file)).size, 0)
  console.info(`the mini-program's package: ${Math.round(bytes / KIBIBYTE)} KiB of ${PACKAGE_LIMIT / KIBIBYTE}`)
  expect(bytes).toBeLessThan(PACKAGE_LIMIT)
})

test("the first screen's scripts are under 200 KiB, packed", async () => {
  const output = path.join(folder(), 'dist')
  const { early, chunks, entryPage, warnings } = await build(SOURCE, output)
  const bytes = [...early, ...chunks[entryPage]].reduce(
    (sum, name) => sum + gzipSync(readFileSync(path.join(output, 'app', name)), { level: 9 }).length,
    0,
  )
  console.info(
    `scripts of the first screen: ${Math.round(bytes / KIBIBYTE)} KiB packed, of ${FIRST_SCREEN_LIMIT / KIBIBYTE}`,
  )
  expect(bytes).toBeLessThan(FIRST_SCREEN_LIMIT)
  expect(warnings).toEqual([])
})

test('nothing of the built app comes from elsewhere', async () => {
  const output = path.join(folder(), 'dist')
  await build(SOURCE, output)
  const [style] = readdirSync(path.join(output, 'app')).filter((name) => name.endsWith('.css'))
  const css = readFileSync(path.join(output, 'app', style), 'utf8')
  expect([...css.matchAll(/url\(\s*(?!['"]?data:)([^)]{0,80})/g)].map(([, address]) => address)).toEqual([])
  expect(css).not.toMatch(/@import/)
})
