import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const made = []

/** A folder with these files (content by path; objects become JSON), gone after the tests. */
export function folder(files = {}) {
  const root = mkdtempSync(path.join(tmpdir(), 'miniapp-'))
  made.push(root)
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

/** A mini-program of one page, and what is given besides. */
export const miniprogram = (files = {}) =>
  folder({
    'app.json': { pages: ['pages/home/home'] },
    'app.js': 'App({})',
    'pages/home/home.json': {},
    'pages/home/home.js': 'Page({})',
    'pages/home/home.wxml': '<view>home</view>',
    ...files,
  })

afterAll(() => made.splice(0).forEach((root) => rmSync(root, { recursive: true })))
