// From a mini-program's source to a folder that a server can serve.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { bundle } from './bundle.mjs'
import { setUp } from './npm.mjs'
import { hashed, pictures, shell, write } from './output.mjs'
import { Paths } from './paths.mjs'
import { readProject } from './project.mjs'
import { compileStyles, rpx } from './styles.mjs'
import { compileTemplates } from './templates.mjs'

const HOST_STYLE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../host/host.css')

/**
 * Builds the mini-program in `source` into `output`.
 * @returns {Promise<{problems: string[], warnings: string[], pages: string[], main: string, early: string[], chunks:
 *   Record<string, string[]>}>} `problems` are files that are missing, `warnings` what the compilers found. Those of
 *   packages are not ours to mend, and left out.
 */
export async function build(source, output, { minify = true } = {}) {
  await setUp(source)
  const project = readProject(new Paths(source))
  const compiled = compileTemplates(project)
  const warnings = [...compiled.warnings]
  const images = pictures(project.paths.root)
  const bundled = await bundle(project, compiled, settingsOf(project, images.addresses), { minify })
  const css = await stylesheet(project, warnings, minify)
  const style = hashed('app.css', css)
  const { main, early, chunks } = bundled
  const entryPage = entryOf(project)
  const page = shell({ style, main, early, chunks, entryPage, title: project.app.window?.navigationBarTitleText || '' })
  write(output, page, [...bundled.files, ...images.files, { name: style, content: css }])
  const ours = (finding) => !finding.startsWith('miniprogram_npm/')
  const { problems, pages } = project
  return { problems: problems.filter(ours), warnings: warnings.filter(ours), pages, entryPage, main, early, chunks }
}

const entryOf = ({ app, pages }) => app.entryPagePath || pages[0]

/** What the host must know before any page is loaded. */
function settingsOf(project, images) {
  const { app, pages, parts } = project
  const { usingComponents, pages: _, subPackages, subpackages, ...rest } = app
  const windows = pages.map((key) => {
    const { usingComponents: __, ...window } = parts.get(key).config
    return [key, window]
  })
  return { app: rest, entryPage: entryOf(project), windows: Object.fromEntries(windows), images }
}

async function stylesheet(project, warnings, minify) {
  const own = rpx(readFileSync(HOST_STYLE, 'utf8'))
  const { code } = await esbuild.transform(`${own}\n${compileStyles(project, warnings)}`, {
    loader: 'css',
    minify,
    target: 'es2022',
    legalComments: 'none',
  })
  return code
}
