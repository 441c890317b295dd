// TDesign's icons come as a font from a server of its makers'. Here, and in WeChat, they are drawn from the icons' own
// package instead: a mask for each that is used, in the component's style sheet.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { NODE_MODULES } from './paths.mjs'

const DRAWINGS = path.join(NODE_MODULES, 'tdesign-icons-svg/src')
const BASE = `.t-icon-base:before{
content:''!important;display:inline-block;width:1em;height:1em;background:currentColor;
-webkit-mask:var(--t-icon,linear-gradient(#0000,#0000)) center/contain no-repeat;
mask:var(--t-icon,linear-gradient(#0000,#0000)) center/contain no-repeat
}
`
/** Signs that need no coding in a data: URL between double quotes. */
const PLAIN = { '%20': ' ', '%22': "'", '%2F': '/', '%3A': ':', '%3D': '=' }

/** The icon component's style sheet without the font; `texts` are searched for names of icons. */
export function drawnIcons(sheet, texts) {
  const words = new Set(texts.flatMap((text) => text.match(/[a-z][a-z0-9]*(?:-[a-z0-9]+)*/g) || []))
  const names = readdirSync(DRAWINGS)
    .map((file) => file.replace(/\.svg$/, ''))
    .filter((name) => words.has(name))
  const withoutFont = sheet
    .replace(/@font-face\s*\{[^}]*\}/g, '')
    .replace(/\.t-icon-[a-z0-9-]+:before\{content:[^}]*\}\n?/g, '')
  return withoutFont + BASE + names.map((name) => `.t-icon-${name}{--t-icon:${drawing(name)}}\n`).join('')
}

/** A mask has no colours: what is drawn in any is drawn, what is see-through is not. */
export function drawing(name) {
  const file = path.join(DRAWINGS, `${name}.svg`)
  if (!existsSync(file)) throw new Error(`tdesign-icons-svg has no icon ${name}`)
  const svg = readFileSync(file, 'utf8')
    .replace('view-box=', 'viewBox=')
    .replace(/<defs>.*?<\/defs>/gs, '')
    .replace(/\s(id|class|clip-path)="[^"]*"/g, '')
    .replace(/^<svg[^>]*>/, (start) => start.replace(/\s(width|height)="[^"]*"/g, ''))
    .replace(/\s+/g, ' ')
  const coded = encodeURIComponent(svg).replace(/%(20|22|2F|3A|3D)/g, (sign) => PLAIN[sign])
  return `url("data:image/svg+xml,${coded}")`
}
