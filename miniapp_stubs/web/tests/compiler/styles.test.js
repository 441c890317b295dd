import { Paths } from '../../compiler/paths.mjs'
import { readProject } from '../../compiler/project.mjs'
import { compileStyles, scopeOf } from '../../compiler/styles.mjs'
import { miniprogram } from '../support/folders.js'

const BOX = {
  'components/box/box.json': { component: true },
  'components/box/box.wxml': '<view/>',
  'components/box/box.js': '',
}
const USING = { 'pages/home/home.json': { usingComponents: { 'a-box': '/components/box/box' } } }

function compiled(files) {
  const warnings = []
  const project = readProject(new Paths(miniprogram(files)))
  const css = compileStyles(project, warnings).replace(/\s+/g, ' ').trim()
  return { css, warnings, scope: (key) => scopeOf(project.parts.get(key)) }
}

test('a length in rpx is a share of the width of the screen', () => {
  const { css } = compiled({ 'app.wxss': '.a { margin: -7.5rpx .5rpx 0rpx 3px; }' })
  expect(css).toBe('.a { margin: calc(var(--rpx) * -7.5) calc(var(--rpx) * .5) calc(var(--rpx) * 0) 3px; }')
})

test('rules of a page apply on that page only, and weigh no more for it', () => {
  const { css } = compiled({ 'pages/home/home.wxss': '.a, view > .b:first-child { color: red }' })
  expect(css).toBe(
    ':where([data-page="pages/home/home"]) .a, :where([data-page="pages/home/home"]) wx-view > .b:first-child { color: red }',
  )
})

test('classes of a component are its own, and :host is its element', () => {
  const { css, scope } = compiled({
    ...BOX,
    ...USING,
    'components/box/box.wxss': ':host { display: block } .a.b .c::after { top: 0 }',
  })
  const own = scope('components/box/box')
  expect(css).toBe(`[wx-host="${own}"] { display: block } .${own}--a.${own}--b .${own}--c::after { top: 0 }`)
})

test('a component that shares the styles of its page has no classes of its own', () => {
  const shared = { 'components/box/box.json': { component: true, styleIsolation: 'shared' } }
  expect(compiled({ ...BOX, ...USING, ...shared, 'components/box/box.wxss': '.a { top: 0 }' }).css).toBe(
    '.a { top: 0 }',
  )
})

test('tags are those of the page, ids are the ends of ids', () => {
  const { css } = compiled({ 'app.wxss': 'page view.a #b, my-part { top: 0 }' })
  expect(css).toBe('wx-page wx-view.a [id$="--b"], my-part { top: 0 }')
})

test('steps of an animation and questions of media stay as they are', () => {
  const { css } = compiled({
    'app.wxss': '@keyframes k { from { top: 0 } 50% { top: 1rpx } } @media (min-width: 750rpx) { .a { top: 0 } }',
  })
  expect(css).toBe(
    '@keyframes k { from { top: 0 } 50% { top: calc(var(--rpx) * 1) } } @media (min-width: 390px) { .a { top: 0 } }',
  )
})

test('what is imported stands in its place, once around a circle, and what is missing is said', () => {
  const { css, warnings } = compiled({
    'app.wxss': "@import './one.wxss'; @import 'gone.wxss'; .c { top: 0 }",
    'one.wxss': "@import url('app.wxss'); .a { top: 0 }",
  })
  expect(css).toBe('.a { top: 0 } .c { top: 0 }')
  expect(warnings).toEqual(['app.wxss: @import gone is nowhere'])
})

test('pages have the last word over components, and components over the app', () => {
  const { css } = compiled({
    ...BOX,
    ...USING,
    'app.wxss': '.x{top:1px}',
    'components/box/box.wxss': '.x{top:2px}',
    'pages/home/home.wxss': '.x{top:3px}',
  })
  expect(css.match(/\dpx/g)).toEqual(['1px', '2px', '3px'])
})

test('fonts from elsewhere are left out', () => {
  expect(
    compiled({ 'app.wxss': "@font-face { font-family: t; src: url('https://cdn.example/t.woff') } .a { top: 0 }" }).css,
  ).toBe('.a { top: 0 }')
})
