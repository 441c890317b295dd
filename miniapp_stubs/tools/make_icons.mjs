// Writes the icons into the mini-program's source: the style sheet of components/icon, from tdesign-icons-svg.
//
//     node tools/make_icons.mjs
//
// An icon is a mask in the style sheet, so that it has the colour of the text around it, and needs neither a font from
// elsewhere nor a request. To use another icon, add its name here and run this again.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMES = `
add arrow-right browse browse-off building-1 calendar call check check-circle check-circle-filled chevron-down
chevron-left chevron-right chevron-up close close-circle delete dissatisfaction download edit error-circle
error-circle-filled file file-1 fingerprint folder-open help-circle history home hourglass info-circle
info-circle-filled internet jump link location lock-on logout minus mobile money notification pause-circle qrcode refresh
scan search secured service sound star star-filled system-log task ticket time translate user user-checked user-circle
user-safety usergroup verify view-list wallet wifi-off zoom-in
`.trim().split(/\s+/)

const here = dirname(fileURLToPath(import.meta.url))
const source = join(dirname(createRequire(import.meta.url).resolve('tdesign-icons-svg/package.json')), 'src')
const target = join(here, '../miniprogram/components/icon/icons.wxss')

/** The drawing alone: no identifiers, no size, nothing that is see-through. */
function drawing(name) {
  const svg = readFileSync(join(source, `${name}.svg`), 'utf8')
    .replace(/view-box=/, 'viewBox=')
    .replace(/<clipPath[^]*?<\/clipPath>|<defs>\s*<\/defs>/g, '')
    .replace(/\s(?:id|class|width|height|clip-path)="[^"]*"/g, '')
    .replace(/<(path|rect|circle|ellipse|polygon)[^>]*fill="transparent"[^>]*?(?:\/>|><\/\1>)/g, (whole) =>
      whole.includes('stroke="currentColor"') ? whole.replace(/fill="transparent"/, '') : '',
    )
    .replace(/<\/?g>/g, '')
    .replace(/currentColor/g, '#000')
    .replace(/><\/(path|rect|circle|ellipse|polygon)>/g, '/>')
    .replace(/\s+/g, ' ')
  return `url("data:image/svg+xml,${svg.replace(/"/g, "'").replace(/</g, '%3C').replace(/>/g, '%3E').replace(/#/g, '%23')}")`
}

const rules = NAMES.map((name) => {
  return `.icon-${name}{--mask:${drawing(name)}}`
})
writeFileSync(target, `/* Made by tools/make_icons.mjs from tdesign-icons-svg (MIT). */\n${rules.join('\n')}\n`)
console.log(`${NAMES.length} icons, ${Math.round(rules.join('').length / 1024)} KB`)
