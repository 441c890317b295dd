// Draws the icons of the tab bar, where WeChat takes nothing but PNG, from tdesign-icons-svg with a Chromium.
//
//     node tools/make_tab_icons.mjs [/usr/bin/chromium]

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TABS = { home: 'home', bookings: 'calendar', me: 'user' }
const LOOKS = [
  { suffix: '', shape: '', colour: '#525a66' },
  { suffix: '-on', shape: '-filled', colour: '#1257b8' },
]
const SIDE = 81 // pixels, as WeChat advises

const chromium = process.argv[2] || '/usr/bin/chromium'
const source = join(dirname(createRequire(import.meta.url).resolve('tdesign-icons-svg/package.json')), 'src')
const target = join(dirname(fileURLToPath(import.meta.url)), '../miniprogram/images')
const folder = mkdtempSync(join(tmpdir(), 'tab-icons-'))

for (const [tab, icon] of Object.entries(TABS)) {
  for (const { suffix, shape, colour } of LOOKS) {
    const svg = readFileSync(join(source, `${icon}${shape}.svg`), 'utf8')
      .replace('view-box', 'viewBox')
      .replace('width="1em" height="1em"', `width="${SIDE}" height="${SIDE}"`)
    const page = join(folder, 'icon.html')
    writeFileSync(page, `<body style="margin:0;overflow:hidden;color:${colour}">${svg}</body>`)
    execFileSync(chromium, [
      '--headless',
      '--no-sandbox',
      '--hide-scrollbars',
      '--default-background-color=00000000',
      `--window-size=${SIDE},${SIDE}`,
      `--user-data-dir=${join(folder, 'profile')}`,
      `--screenshot=${join(target, `tab-${tab}${suffix}.png`)}`,
      `file://${page}`,
    ])
  }
}
rmSync(folder, { recursive: true })
