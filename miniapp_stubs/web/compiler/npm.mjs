// miniprogram_npm: the files of npm packages that the mini-program uses, and no others, because WeChat limits its size.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import postcss from 'postcss'
import { drawnIcons } from './icons.mjs'
import { isFile, NODE_MODULES, Paths } from './paths.mjs'
import { readProject } from './project.mjs'
import { compileTemplates } from './templates.mjs'
import { scriptsOf } from './scripts.mjs'

const ICON = 'miniprogram_npm/tdesign-miniprogram/icon/icon.wxss'

/** Makes `root`/miniprogram_npm what it should be: somebody may be reading it. Returns the keys of the files in it. */
export async function setUp(root) {
  const paths = new Paths(root, NODE_MODULES)
  const project = readProject(paths)
  const files = [...new Set(await usedFiles(project))].filter((file) => paths.key(file).startsWith('miniprogram_npm/'))
  const wanted = new Map(files.map((file) => [paths.key(file), readFileSync(file)]))
  if (wanted.has(ICON))
    wanted.set(ICON, Buffer.from(drawnIcons(String(wanted.get(ICON)), await sourceTexts(project, files))))
  for (const [key, content] of wanted) put(path.join(paths.root, key), content)
  removeOthers(paths.root, wanted)
  return [...wanted.keys()]
}

function put(file, content) {
  if (isFile(file) && readFileSync(file).equals(content)) return
  mkdirSync(path.dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, content)
  renameSync(fresh, file)
}

function removeOthers(root, wanted) {
  const folder = path.join(root, 'miniprogram_npm')
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder, { recursive: true })) {
    const key = path.posix.join('miniprogram_npm', name.split(path.sep).join('/'))
    const isNeeded =
      wanted.has(key) || [...wanted.keys()].some((one) => one.startsWith(`${key}/`)) || /\.\d+$/.test(key)
    if (!isNeeded) rmSync(path.join(root, key), { recursive: true, force: true })
  }
  if (!wanted.size) rmSync(folder, { recursive: true, force: true })
}

async function usedFiles(project) {
  const { paths, parts } = project
  const { templates, scripts } = compileTemplates(project)
  const files = [...parts.values()].flatMap(({ base }) => ['.json', '.wxml', '.wxss', '.js'].map((end) => base + end))
  files.push(...[...templates.keys()].map((key) => `${paths.file(key)}.wxml`))
  files.push(...[...scripts.keys()].map((key) => `${paths.file(key)}.wxs`))
  const sheets = [path.join(paths.root, 'app.wxss'), ...files.filter((file) => file.endsWith('.wxss'))]
  files.push(...sheets.flatMap((file) => imported(paths, file)))
  files.push(...(await scriptsOf(project)))
  return files.filter(isFile)
}

/** The style sheets that a style sheet imports, and theirs. */
function imported(paths, file) {
  if (!isFile(file)) return []
  const found = []
  postcss.parse(readFileSync(file, 'utf8')).walkAtRules('import', (rule) => {
    const reference = rule.params
      .replace(/^url\(|\)$/g, '')
      .replace(/^['"]|['"]$/g, '')
      .replace(/\.wxss$/, '')
    const base = paths.resolve(reference, file, ['.wxss'])
    if (base) found.push(`${base}.wxss`, ...imported(paths, `${base}.wxss`))
  })
  return found
}

/** Everything in which the name of an icon may stand. */
async function sourceTexts(project, files) {
  const own = await scriptsOf(project)
  const named = [
    ...files,
    ...own,
    ...[...project.parts.values()].flatMap(({ base }) => [`${base}.wxml`, `${base}.json`]),
  ]
  return [...new Set(named)]
    .filter((file) => /\.(js|wxml|json|wxs)$/.test(file) && isFile(file))
    .map((file) => readFileSync(file, 'utf8'))
}
