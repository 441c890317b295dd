import { Paths } from '../../compiler/paths.mjs'
import { readProject } from '../../compiler/project.mjs'
import { asJavaScript, compileTemplates } from '../../compiler/templates.mjs'
import { miniprogram } from '../support/folders.js'

const compiled = (files) => compileTemplates(readProject(new Paths(miniprogram(files))))

test('a fault in WXML is named with its file, line and column', () => {
  const { warnings } = compiled({ 'pages/home/home.wxml': '<view>\n  <text a="1" a="2"></text>\n</view>' })
  expect(warnings).toEqual(['pages/home/home.wxml:2:15: duplicated attribute'])
})

test('templates and scripts that are imported are compiled, too; those that are missing are named', () => {
  const { templates, scripts, warnings } = compiled({
    'pages/home/home.wxml':
      '<import src="../../parts/one.wxml"/><include src="/parts/gone"/><wxs module="m" src="./m.wxs"/>{{m.x}}',
    'parts/one.wxml': '<template name="one"><view/></template>',
    'pages/home/m.wxs': "var n = require('../../parts/n.wxs'); module.exports = { x: n }",
    'parts/n.wxs': 'module.exports = 1',
  })
  expect([...templates.keys()].sort()).toEqual(['pages/home/home', 'parts/one'])
  expect([...scripts.keys()].sort()).toEqual(['pages/home/m', 'parts/n'])
  expect(warnings).toEqual(['parts/gone.wxml: there is no such file'])
})

test('WXS becomes JavaScript where the two are different', () => {
  expect(asJavaScript("require('./a.wxs')")).toBe("require('./a')")
  expect(asJavaScript("a.constructor === 'Array'")).toBe("a[wxs.typeName] === 'Array'")
  expect(asJavaScript("getRegExp('^-?\\d+$', 'g')")).toBe("wxs.regExp('^-?\\\\d+$', 'g')")
  expect(asJavaScript('getRegExp(pattern)')).toBe('wxs.regExp(pattern)')
  expect(asJavaScript('getDate(0)')).toBe('wxs.date(0)')
})
