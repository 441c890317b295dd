// WXML and WXS → JavaScript, by WeChat's own template compiler.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { isFile } from './paths.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')

/**
 * Compiles the templates of all parts, and what they import.
 * @returns {{templates: Map<string, Template>, scripts: Map<string, Script>, runtime: string, warnings: string[]}}
 *   where a template is `{code, imports, scripts}`, a script `{code, imports}`, by their keys; the code is an
 *   expression over the names that `runtime` declares (see templateModule).
 */
export function compileTemplates(project) {
  const compiling = {
    paths: project.paths,
    group: new TmplGroup(),
    templates: new Map(),
    scripts: new Map(),
    warnings: [],
  }
  for (const part of project.parts.values()) {
    if (isFile(`${part.base}.wxml`)) addTemplate(compiling, part.key)
  }
  for (const [key, template] of compiling.templates) template.code = compiling.group.getTmplGenObject(key)
  const runtime = compiling.group.getRuntimeString()
  return { templates: compiling.templates, scripts: compiling.scripts, runtime, warnings: compiling.warnings }
}

function addTemplate(compiling, key) {
  const { paths, group, templates, warnings } = compiling
  if (templates.has(key)) return
  const file = `${paths.file(key)}.wxml`
  if (!isFile(file)) {
    warnings.push(`${key}.wxml: there is no such file`)
    return
  }
  const found = group.addTmpl(key, readFileSync(file, 'utf8'))
  warnings.push(...found.map((one) => `${key}.wxml:${one.startLine + 1}:${one.startColumn + 1}: ${one.message}`))
  for (const name of group.getInlineScriptModuleNames(key)) {
    group.setInlineScript(key, name, asJavaScript(group.getInlineScript(key, name)))
  }
  const imports = group.getDirectDependencies(key).map(withoutExtension)
  const scripts = group.getScriptDependencies(key).map(withoutExtension)
  templates.set(key, { imports, scripts, code: '' })
  for (const imported of imports) addTemplate(compiling, imported)
  for (const script of scripts) addScript(compiling, script)
}

function addScript(compiling, key) {
  const { paths, group, scripts, warnings } = compiling
  if (scripts.has(key)) return
  const file = `${paths.file(key)}.wxs`
  if (!isFile(file)) {
    warnings.push(`${key}.wxs: there is no such file`)
    return
  }
  const code = asJavaScript(readFileSync(file, 'utf8'))
  group.addScript(key, code) // its own copy is not used; but without it, it leaves out what scripts need
  const required = [...code.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)].map(([, name]) => name)
  const imports = required.map((name) => withoutExtension(path.posix.join(path.posix.dirname(key), name)))
  scripts.set(key, { code, imports })
  for (const imported of imports) addScript(compiling, imported)
}

const withoutExtension = (name) => name.replace(/\.(wxml|wxs)$/, '')

/** Three things are otherwise in WXS: modules are named with their extension, `x.constructor` is the name of a type, and a
 * backslash in the pattern of getRegExp stands for itself. */
export function asJavaScript(wxs) {
  return wxs
    .replace(/(require\(\s*['"][^'"]+)\.wxs(['"])/g, '$1$2')
    .replace(/\.constructor\b/g, '[wxs.typeName]')
    .replace(/\bgetRegExp\(\s*(['"])((?:\\.|(?!\1).)*)\1/g, (_, quote, pattern) => {
      return `wxs.regExp(${quote}${pattern.replace(/\\(?!\\)/g, '\\\\')}${quote}`
    })
    .replace(/\bgetRegExp\(/g, 'wxs.regExp(')
    .replace(/\bgetDate\(/g, 'wxs.date(')
}

/** The module of a template: registers it, after what it imports. */
export function templateModule(key, { imports, scripts, code }) {
  return [
    `import { G, R, D, X, Y, Z, P, Q, wxs } from 'host:templates'`,
    ...scripts.map((script) => `import ${JSON.stringify(`wxs:${script}`)}`),
    ...imports.map((imported) => `import ${JSON.stringify(`template:${imported}`)}`),
    `export default G[${JSON.stringify(key)}] = ${code}`,
  ].join('\n')
}

export function scriptModule(key, { imports, code }) {
  return [
    `import { R, D, wxs } from 'host:templates'`,
    ...imports.map((imported) => `import ${JSON.stringify(`wxs:${imported}`)}`),
    `R[${JSON.stringify(key)}] = D(${JSON.stringify(key)}, (require, exports, module) => {${code}\n})`,
  ].join('\n')
}

/** The names that compiled templates speak of: G templates, R scripts, and the compiler's own helpers. */
export const runtimeModule = (runtime) => `
export { wxs } from 'host:wxs'
export const G = {}
export const R = {}
${runtime.replace(/^var /gm, 'export var ').replace(/;var /g, ';export var ')}
`
