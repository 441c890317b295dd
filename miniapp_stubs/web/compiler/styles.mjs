// WXSS → CSS. Class names of a component get its scope, as glass-easel gives it to the elements; rules of a page apply
// on that page only; rpx is a share of the screen's width.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { isFile } from './paths.mjs'
import { BUILT_IN_TAGS } from '../host/tags.js'

const RPX = /(-?(?:\d*\.)?\d+)rpx\b/g

export const rpx = (text) => text.replace(RPX, 'calc(var(--rpx) * $1)')

/** The prefix of a part's class names; '' when it shares those of the page it stands on. */
export function scopeOf(part) {
  if (part.isPage || part.config.styleIsolation === 'shared') return ''
  return `s${createHash('sha256').update(part.key).digest('hex').slice(0, 6)}`
}

/** One style sheet for all: of the app, then of components, then of pages, which may say otherwise. */
export function compileStyles(project, warnings) {
  const parts = [...project.parts.values()]
  const ordered = [...parts.filter((part) => !part.isPage), ...parts.filter((part) => part.isPage)]
  const sheets = [
    sheet(project.paths, project.paths.file('app'), (selector) => selector, warnings),
    ...ordered.map((part) => sheet(project.paths, part.base, selectorsOf(part), warnings)),
  ]
  return sheets.filter(Boolean).join('\n')
}

function selectorsOf(part) {
  if (part.isPage) return (selector) => `:where([data-page="${part.key}"]) ${selector}`
  const scope = scopeOf(part)
  return (selector) => scoped(selector, scope)
}

function scoped(selector, scope) {
  if (!scope) return selector
  return selectorParser((root) => {
    root.walkClasses((node) => {
      node.setPropertyWithoutEscape('value', `${scope}--${node.raws?.value || node.value}`)
    })
    root.walkPseudos((node) => {
      if (node.value === ':host') node.replaceWith(withAttribute('wx-host', '=', scope))
    })
  }).processSync(selector)
}

function withAttribute(attribute, operator, value) {
  const made = selectorParser.attribute({ attribute, operator, raws: {} })
  made.setValue(value, { quoteMark: '"' })
  return made
}

/** Tags of WXML are elements of the same name with wx- before it; an id in the page is the end of the element's id. */
function ofElements(selector) {
  return selectorParser((root) => {
    root.walkTags((node) => {
      if (BUILT_IN_TAGS.has(node.value)) node.value = `wx-${node.value}`
    })
    root.walkIds((node) => {
      node.replaceWith(withAttribute('id', '$=', `--${node.value}`))
    })
  }).processSync(selector)
}

function sheet(paths, base, change, warnings) {
  const root = read(paths, `${base}.wxss`, new Set(), warnings)
  if (!root) return ''
  root.walkRules((rule) => {
    if (rule.parent.type === 'atrule' && /keyframes$/.test(rule.parent.name)) return
    rule.selectors = rule.selectors.map((selector) => change(ofElements(selector)))
  })
  root.walkDecls((declaration) => {
    if (RPX.test(declaration.value)) declaration.value = rpx(declaration.value)
    RPX.lastIndex = 0
  })
  root.walkAtRules((rule) => {
    rule.params = rule.params.replace(RPX, (_, number) => `${(Number(number) * 390) / 750}px`)
  })
  root.walkAtRules('font-face', (rule) => {
    if (/url\(\s*['"]?https?:/.test(rule.toString())) rule.remove()
  })
  root.walkComments((comment) => comment.remove())
  return root.toString()
}

/** The rules of a file, with those of the files it imports in their place. */
function read(paths, file, above, warnings) {
  if (!isFile(file) || above.has(file)) return null
  const root = postcss.parse(readFileSync(file, 'utf8'), { from: file })
  root.walkAtRules('import', (rule) => {
    const reference = rule.params
      .replace(/^url\(|\)$/g, '')
      .replace(/^['"]|['"]$/g, '')
      .replace(/\.wxss$/, '')
    const imported = paths.resolve(reference, file, ['.wxss'])
    if (!imported) warnings.push(`${paths.key(file)}: @import ${reference} is nowhere`)
    const rules = imported && read(paths, `${imported}.wxss`, new Set([...above, file]), warnings)
    if (rules) rule.replaceWith(rules.nodes)
    else rule.remove()
  })
  return root
}
