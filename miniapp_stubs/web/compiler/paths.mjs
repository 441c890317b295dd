// Where things are, and how one file of a mini-program names another.

import { existsSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const PROJECT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
export const SOURCE = path.join(PROJECT, 'miniprogram')
export const OUTPUT = path.join(PROJECT, 'dist')
export const NODE_MODULES = path.join(PROJECT, 'node_modules')

export const isFile = (file) => existsSync(file) && statSync(file).isFile()

/**
 * The files of a mini-program, and what they call one another. `key` is the path from the mini-program's root, with
 * slashes: `pages/home/home`, `miniprogram_npm/tdesign-miniprogram/button/button`.
 */
export class Paths {
  /** With `packages`, npm packages are looked for there, and not in the mini-program's own miniprogram_npm. */
  constructor(root, packages = null) {
    this.root = realpathSync(root) // as esbuild names files: a folder may be a link
    this.packages = packages && realpathSync(packages)
  }

  key(file) {
    const inPackage = this.packages && inside(this.packages, file)
    if (!inPackage) return posix(path.relative(this.root, file))
    const name = packageName(posix(path.relative(this.packages, file)))
    const folder = this.#packageFolder(name)
    return path.posix.join('miniprogram_npm', name, posix(path.relative(folder, file)))
  }

  file(key) {
    const own = path.join(this.root, key)
    const [, wanted] = /^miniprogram_npm\/(.*)$/.exec(key) || []
    if (!wanted || !this.packages) return own
    const name = packageName(wanted)
    return path.join(this.#packageFolder(name), wanted.slice(name.length))
  }

  /**
   * What `reference` means in `from` (an absolute path): an absolute path without extension, or null. WeChat looks
   * beside the file first, then in each miniprogram_npm on the way up.
   */
  resolve(reference, from, extensions) {
    const exists = (base) => extensions.some((extension) => isFile(base + extension))
    if (reference.startsWith('/')) return found(path.join(this.root, reference), exists)
    const beside = path.resolve(path.dirname(from), reference)
    if (exists(beside)) return beside
    if (reference.startsWith('.')) return null
    for (const folder of this.#npmFolders(path.dirname(from))) {
      const base = path.join(folder, reference)
      if (exists(base)) return base
      if (exists(path.join(base, 'index'))) return path.join(base, 'index')
    }
    return this.packages && found(this.file(`miniprogram_npm/${reference}`), exists)
  }

  *#npmFolders(start) {
    let folder = start
    for (;;) {
      if (!this.packages || inside(this.packages, folder)) yield path.join(folder, 'miniprogram_npm')
      if (folder === this.root || path.dirname(folder) === folder) return
      if (this.packages && path.dirname(folder) === this.packages) return
      folder = path.dirname(folder)
    }
  }

  /** What a package gives a mini-program; packages say so by convention. */
  #packageFolder(name) {
    const folder = path.join(this.packages, name)
    const dist = path.join(folder, 'miniprogram_dist')
    return existsSync(dist) ? dist : folder
  }
}

const found = (base, exists) => (exists(base) ? base : null)
const inside = (folder, file) => !path.relative(folder, file).startsWith('..')
const posix = (file) => file.split(path.sep).join('/')
const packageName = (reference) =>
  reference
    .split('/')
    .slice(0, reference.startsWith('@') ? 2 : 1)
    .join('/')
