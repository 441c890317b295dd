import { Paths } from '../../compiler/paths.mjs'
import { readProject } from '../../compiler/project.mjs'
import { folder, miniprogram } from '../support/folders.js'

const read = (files) => readProject(new Paths(miniprogram(files)))

const component = (key, config = {}) => ({
  [`${key}.json`]: { component: true, ...config },
  [`${key}.js`]: 'Component({})',
  [`${key}.wxml`]: '<view/>',
})

test('components are found beside the file, from the root, and in miniprogram_npm on the way up', () => {
  const { parts, problems } = read({
    'pages/home/home.json': {
      usingComponents: { 'a-a': './parts/a', 'b-b': '/b/b', 'c-c': 'pack/c/c', 'd-d': 'parts/d' },
    },
    ...component('pages/home/parts/a'),
    ...component('b/b'),
    ...component('miniprogram_npm/pack/c/c'),
    ...component('pages/home/parts/d'),
  })
  expect(problems).toEqual([])
  expect(parts.get('pages/home/home').uses).toEqual({
    'a-a': 'pages/home/parts/a',
    'b-b': 'b/b',
    'c-c': 'miniprogram_npm/pack/c/c',
    'd-d': 'pages/home/parts/d',
  })
})

test('what is used stands before what uses it, and a component may use itself', () => {
  const { parts } = read({
    'pages/home/home.json': { usingComponents: { 'a-a': '/a/a' } },
    ...component('a/a', { usingComponents: { 'a-a': './a', 'b-b': '/b/b' } }),
    ...component('b/b'),
  })
  expect([...parts.keys()]).toEqual(['b/b', 'a/a', 'pages/home/home'])
})

test('components of app.json are for all of the mini-program, not for packages', () => {
  const { parts } = read({
    'app.json': { pages: ['pages/home/home'], usingComponents: { 'a-a': '/a/a' } },
    'pages/home/home.json': { usingComponents: { 'c-c': 'pack/c/c' } },
    ...component('a/a'),
    ...component('miniprogram_npm/pack/c/c'),
  })
  expect(parts.get('pages/home/home').uses).toEqual({ 'a-a': 'a/a', 'c-c': 'miniprogram_npm/pack/c/c' })
  expect(parts.get('miniprogram_npm/pack/c/c').uses).toEqual({})
})

test('pages of subpackages are pages', () => {
  const { pages, problems } = read({
    'app.json': { pages: ['pages/home/home'], subPackages: [{ root: 'more', pages: ['x/x'] }] },
  })
  expect(pages).toEqual(['pages/home/home', 'more/x/x'])
  expect(problems).toEqual(['more/x/x.wxml: there is no such file', 'more/x/x.js: there is no such file'])
})

test('a component that is nowhere is named with the file that wants it', () => {
  const { problems } = read({ 'pages/home/home.json': { usingComponents: { 'a-a': 'none/a' } } })
  expect(problems).toEqual(['pages/home/home.json: a-a: none/a is nowhere'])
})

test('a broken JSON file is named', () => {
  expect(() => read({ 'pages/home/home.json': '{' })).toThrow(/pages\/home\/home\.json: /)
})

test('files of npm packages have the place that they will have in the mini-program', () => {
  const packages = folder({ 'pack/miniprogram_dist/c/c.json': {}, '@scope/other/x.js': '' })
  const paths = new Paths(miniprogram(), packages)
  expect(paths.key(`${packages}/pack/miniprogram_dist/c/c`)).toBe('miniprogram_npm/pack/c/c')
  expect(paths.key(`${packages}/@scope/other/x.js`)).toBe('miniprogram_npm/@scope/other/x.js')
  expect(paths.file('miniprogram_npm/pack/c/c')).toBe(`${packages}/pack/miniprogram_dist/c/c`)
})
