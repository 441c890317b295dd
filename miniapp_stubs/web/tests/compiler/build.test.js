import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { build } from '../../compiler/build.mjs'
import { folder, miniprogram } from '../support/folders.js'

async function built(files, output = path.join(folder(), 'dist')) {
  const result = await build(miniprogram(files), output)
  const names = readdirSync(path.join(output, 'app'))
    .filter((name) => !name.endsWith('.gz'))
    .sort()
  return { ...result, output, names, page: readFileSync(path.join(output, 'index.html'), 'utf8') }
}

const MORE = {
  'app.json': { pages: ['pages/home/home', 'pages/more/more'], window: { navigationBarTitleText: 'City' } },
  'pages/more/more.json': {},
  'pages/more/more.js': "Page({ words: 'of the second page' })",
  'pages/more/more.wxml': '<view>more</view>',
}

test('everything that is loaded is named after what is in it, and packed', async () => {
  const { output, names, page } = await built({
    'images/a.svg': `<svg xmlns="http://www.w3.org/2000/svg">${' '.repeat(600)}</svg>`,
  })
  expect(names.every((name) => /-[0-9A-Za-z]{8}\.(js|css|svg)$/.test(name))).toBe(true)
  const style = names.find((name) => name.endsWith('.css'))
  expect(page).toContain(`href="app/${style}"`)
  expect(gunzipSync(readFileSync(path.join(output, 'app', `${style}.gz`)))).toEqual(
    readFileSync(path.join(output, 'app', style)),
  )
})

test('the same source is built into the same files', async () => {
  const [one, other] = [await built(MORE), await built(MORE)]
  expect(one.names).toEqual(other.names)
  expect(one.page).toBe(other.page)
})

test('a change changes the names of what it touches alone', async () => {
  const before = await built(MORE)
  const after = await built({ ...MORE, 'pages/more/more.js': "Page({ words: 'changed' })" })
  const kept = after.names.filter((name) => before.names.includes(name))
  expect(kept.filter((name) => name.startsWith('home-'))).toHaveLength(1)
  expect(kept.filter((name) => name.startsWith('more-'))).toHaveLength(0)
})

test('each page is a file of its own, and the first is asked for with the page', async () => {
  const { output, names, chunks, page } = await built(MORE)
  const more = names.find((name) => name.startsWith('more-'))
  expect(readFileSync(path.join(output, 'app', more), 'utf8')).toContain('of the second page')
  expect(chunks['pages/more/more']).toContain(more)
  expect(page).toContain(`<link rel="modulepreload" href="app/${names.find((name) => name.startsWith('home-'))}">`)
  expect(page).not.toContain(more)
  expect(page).toContain('<title>City</title>')
})

test('the page carries nothing that its security policy would refuse', async () => {
  const { page } = await built(MORE)
  expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\son[a-z]+=|\sstyle=|https?:/)
})

test('a new build takes the place of the old', async () => {
  const output = path.join(folder(), 'dist')
  await built(MORE, output)
  const { names } = await built({}, output)
  expect(names.some((name) => name.startsWith('more-'))).toBe(false)
  expect(readdirSync(path.dirname(output))).toEqual(['dist'])
})

test('what is missing is told, and what is there is built', async () => {
  const { problems, names } = await built({ 'app.json': { pages: ['pages/home/home', 'pages/gone/gone'] } })
  expect(problems).toEqual(['pages/gone/gone.wxml: there is no such file', 'pages/gone/gone.js: there is no such file'])
  expect(names.some((name) => name.startsWith('home-'))).toBe(true)
})

test('a script that cannot be read stops the build and leaves the old one', async () => {
  const output = path.join(folder(), 'dist')
  const { page } = await built({}, output)
  await expect(built({ 'pages/home/home.js': 'Page({' }, output)).rejects.toThrow(/home\.js/)
  expect(readFileSync(path.join(output, 'index.html'), 'utf8')).toBe(page)
})
