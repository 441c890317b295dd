// A mini-program as it stands in its files: app.json, the pages, and every component they use.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isFile } from './paths.mjs'

/**
 * @typedef {object} Part a page or component
 * @property {string} key
 * @property {string} base its absolute path without extension
 * @property {object} config its .json
 * @property {Record<string, string>} uses tag → key of the component
 * @property {boolean} isPage
 */

/**
 * @returns {{paths: Paths, app: object, pages: string[], parts: Map<string, Part>, problems: string[]}} `parts` has
 *   what is used before what uses it; `problems` says what is missing, each with its file.
 */
export function readProject(paths) {
  const app = json(path.join(paths.root, 'app.json'))
  const packages = app.subPackages || app.subpackages || []
  const pages = [...app.pages, ...packages.flatMap((one) => one.pages.map((page) => path.posix.join(one.root, page)))]
  const project = { paths, app, pages, parts: new Map(), problems: [] }
  const visited = new Set()
  for (const page of pages) visit(project, visited, path.join(paths.root, page), true)
  return project
}

function visit(project, visited, base, isPage) {
  const { paths, app, parts, problems } = project
  const key = paths.key(base)
  if (visited.has(key)) return key
  visited.add(key)
  for (const extension of isPage ? ['.wxml', '.js'] : ['.wxml', '.js', '.json']) {
    if (!isFile(base + extension)) problems.push(`${key}${extension}: there is no such file`)
  }
  const config = isFile(`${base}.json`) ? json(`${base}.json`) : {}
  const uses = {}
  // What app.json names is for all of the mini-program's own; a package brings its own.
  const everywhere = key.startsWith('miniprogram_npm/') ? {} : app.usingComponents
  const named = { ...everywhere, ...config.usingComponents }
  for (const [tag, reference] of Object.entries(named)) {
    const from = config.usingComponents?.[tag] ? `${base}.json` : path.join(paths.root, 'app.json')
    const component = paths.resolve(reference, from, ['.json'])
    if (component) uses[tag] = visit(project, visited, component, false)
    else problems.push(`${key}.json: ${tag}: ${reference} is nowhere`)
  }
  for (const generic of Object.values(config.componentGenerics || {})) {
    const fallback = generic.default && paths.resolve(generic.default, `${base}.json`, ['.json'])
    if (fallback) visit(project, visited, fallback, false)
  }
  parts.set(key, { key, base, config, uses, isPage })
  return key
}

export function json(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${error.message}`)
  }
}
