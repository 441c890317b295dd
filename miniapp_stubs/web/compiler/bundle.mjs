// The host and the mini-program, as modules that a browser loads: the host first, each page when it is opened, and what
// several pages use once.

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { isFile } from './paths.mjs'
import { miniprogramScripts } from './scripts.mjs'
import { scopeOf } from './styles.mjs'
import { runtimeModule, scriptModule, templateModule } from './templates.mjs'

const HOST = path.join(path.dirname(fileURLToPath(import.meta.url)), '../host')

/**
 * @param {object} project of readProject
 * @param {object} compiled of compileTemplates
 * @param {object} settings what the host is told of the mini-program
 * @returns {Promise<{files: {name: string, content: Uint8Array}[], main: string, chunks: Record<string, string[]>}>}
 *   `chunks` has for each page the files it needs besides `main`'s own
 */
export async function bundle(project, compiled, settings, { minify = true } = {}) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: { main: path.join(HOST, 'main.js') },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify,
    sourcemap: minify ? false : 'inline',
    write: false,
    metafile: true,
    outdir: '/app',
    absWorkingDir: project.paths.root,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    charset: 'utf8',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    plugins: [modules(project, compiled, settings), miniprogramScripts(project.paths)],
  })
  const files = outputFiles.map((file) => ({ name: path.basename(file.path), content: file.contents }))
  return { files, ...entries(metafile) }
}

/**
 * What compiled templates, parts and settings are called in imports: `template:…`, `wxs:…`, `part:…`, `app:…`,
 * `host:…`.
 */
const modules = (project, compiled, settings) => ({
  name: 'modules of the mini-program',
  setup(build) {
    build.onResolve({ filter: /^host:wxs$/ }, () => ({ path: path.join(HOST, 'wxs.js') }))
    build.onResolve({ filter: /^(template|wxs|part|app|host):/ }, ({ path: name }) => {
      const [namespace] = name.split(':', 1)
      return { path: name.slice(namespace.length + 1), namespace }
    })
    const load = (namespace, contents) => {
      build.onLoad({ filter: /.*/, namespace }, ({ path: key }) => ({
        contents: contents(key),
        loader: 'js',
        resolveDir: project.paths.root,
      }))
    }
    load('host', () => runtimeModule(compiled.runtime))
    load('template', (key) => templateModule(key, compiled.templates.get(key)))
    load('wxs', (key) => scriptModule(key, compiled.scripts.get(key)))
    load('part', (key) => partModule(project.parts.get(key), compiled.templates.has(key)))
    load('app', (name) => (name === 'settings' ? `export default ${JSON.stringify(settings)}` : pagesModule(project)))
  },
})

/** A page or component: what it is made of, and what it uses. */
function partModule(part, hasTemplate) {
  const used = [...new Set(Object.values(part.uses))].filter((key) => key !== part.key)
  const { usingComponents, ...config } = part.config
  const uses = Object.fromEntries(Object.entries(part.uses).map(([tag, key]) => [tag, `/${key}`]))
  return [
    ...used.map((key, index) => `import part${index} from ${JSON.stringify(`part:${key}`)}`),
    hasTemplate ? `import template from ${JSON.stringify(`template:${part.key}`)}` : 'const template = null',
    'export default {',
    `  key: ${JSON.stringify(part.key)},`,
    `  config: ${JSON.stringify({ ...config, usingComponents: uses })},`,
    `  scope: ${JSON.stringify(scopeOf(part))},`,
    `  uses: () => [${used.map((_, index) => `part${index}`).join(', ')}],`,
    '  template,',
    isFile(`${part.base}.js`) ? `  load: () => require(${JSON.stringify(`${part.base}.js`)}),` : '  load() {},',
    '}',
  ].join('\n')
}

function pagesModule({ paths, pages }) {
  const app = path.join(paths.root, 'app.js')
  return [
    `export const startApp = () => ${isFile(app) ? `require(${JSON.stringify(app)})` : 'undefined'}`,
    'export const pages = {',
    ...pages.map((key) => `  ${JSON.stringify(key)}: () => import(${JSON.stringify(`part:${key}`)}),`),
    '}',
  ].join('\n')
}

function entries({ outputs }) {
  const named = Object.fromEntries(Object.entries(outputs).map(([file, output]) => [path.basename(file), output]))
  const main = Object.keys(named).find((name) => named[name].entryPoint?.endsWith('host/main.js'))
  const early = closure(named, main)
  const chunks = {}
  for (const [name, { entryPoint = '' }] of Object.entries(named)) {
    if (entryPoint.startsWith('part:'))
      chunks[entryPoint.slice(5)] = [...closure(named, name)].filter((file) => !early.has(file))
  }
  return { main, chunks, early: [...early] }
}

/** A file and all that it imports before it runs. */
function closure(named, name, found = new Set()) {
  if (found.has(name)) return found
  found.add(name)
  for (const imported of named[name].imports) {
    if (imported.kind === 'import-statement') closure(named, path.basename(imported.path), found)
  }
  return found
}
