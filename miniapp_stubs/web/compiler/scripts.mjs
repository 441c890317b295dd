// JavaScript of the mini-program, by esbuild.

import path from 'node:path'
import * as esbuild from 'esbuild'
import { isFile } from './paths.mjs'

/** How scripts of a mini-program name one another. */
export const miniprogramScripts = (paths) => ({
  name: 'scripts of a mini-program',
  setup(build) {
    build.onResolve({ filter: /^[^/]/ }, ({ path: reference, importer, namespace }) => {
      const isOwn = namespace === 'file' && importer && belongs(paths, importer)
      if (!isOwn) return undefined
      const base = paths.resolve(reference.replace(/\.js$/, ''), importer, ['.js', '/index.js'])
      if (!base) return { errors: [{ text: `${reference} is nowhere` }] }
      return { path: isFile(`${base}.js`) ? `${base}.js` : path.join(base, 'index.js') }
    })
  },
})

const belongs = (paths, file) =>
  !path.relative(paths.root, file).startsWith('..') || Boolean(paths.packages && file.startsWith(paths.packages))

/** All script files that the mini-program's parts and app.js lead to. */
export async function scriptsOf(project) {
  const { paths, parts } = project
  const entries = [path.join(paths.root, 'app.js'), ...[...parts.values()].map(({ base }) => `${base}.js`)].filter(
    isFile,
  )
  const { metafile } = await esbuild.build({
    stdin: { contents: entries.map((file) => `require(${JSON.stringify(file)})`).join('\n'), resolveDir: paths.root },
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: paths.root,
    logLevel: 'error',
    plugins: [miniprogramScripts(paths)],
  })
  return Object.keys(metafile.inputs)
    .filter((name) => name !== '<stdin>')
    .map((name) => path.resolve(paths.root, name))
}
