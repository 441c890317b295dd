// The built app as files: index.html, and app/ with everything it loads, each named after its content and packed.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const SHELL = path.join(path.dirname(fileURLToPath(import.meta.url)), '../host/index.html')
const PACKED = /\.(js|css|svg)$/
const PICTURES = /\.(png|jpe?g|gif|webp|svg)$/
const SMALLEST_PACKED = 512

/** `name-hash.ext`, so that a file can be kept for ever under its name. */
export function hashed(name, content) {
  const { name: stem, ext } = path.parse(name)
  return `${stem}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}${ext}`
}

/** The mini-program's pictures: by their path from its root, where they are in the built app; and the files. */
export function pictures(root) {
  const files = readdirSync(root, { recursive: true }).filter(
    (file) => PICTURES.test(file) && !file.includes('miniprogram_npm'),
  )
  const found = files.map((file) => ({ file, content: readFileSync(path.join(root, file)) }))
  return {
    addresses: Object.fromEntries(
      found.map(({ file, content }) => [file.split(path.sep).join('/'), `app/${hashed(path.basename(file), content)}`]),
    ),
    files: found.map(({ file, content }) => ({ name: hashed(path.basename(file), content), content })),
  }
}

/** The page that starts it all. What the first page needs is asked for at once, not when the host has found out. */
export function shell({ style, main, early, chunks, entryPage, title }) {
  const first = [...early.filter((name) => name !== main), ...(chunks[entryPage] || [])]
  return readFileSync(SHELL, 'utf8')
    .replace('{title}', title)
    .replace('{style}', `app/${style}`)
    .replace('{main}', `app/${main}`)
    .replace('{preloads}', first.map((name) => `<link rel="modulepreload" href="app/${name}">`).join('\n'))
}

/** Writes all of it beside `folder`, then puts it in its place: whoever is served meanwhile gets the old or the new. */
export function write(folder, page, files) {
  const fresh = `${folder}.new-${process.pid}`
  mkdirSync(path.join(fresh, 'app'), { recursive: true })
  for (const { name, content } of files) put(path.join(fresh, 'app', name), content)
  put(path.join(fresh, 'index.html'), page)
  const old = `${folder}.old-${process.pid}`
  try {
    renameSync(folder, old)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  renameSync(fresh, folder)
  rmSync(old, { recursive: true, force: true })
}

function put(file, content) {
  writeFileSync(file, content)
  if (!PACKED.test(file) || content.length < SMALLEST_PACKED) return
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
}
