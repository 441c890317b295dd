// Compile a WeChat mini-program source tree into a static web app (glass-easel runtime).
// usage: node web/build.mjs [miniprogramDir] [outDir]
import fs from 'node:fs'; import path from 'node:path'; import crypto from 'node:crypto'; import { createRequire } from 'node:module'
import * as esbuild from 'esbuild'
const require = createRequire(import.meta.url)
const { TmplGroup } = require('glass-easel-template-compiler')
const here = path.dirname(new URL(import.meta.url).pathname)
const root = path.resolve(process.argv[2] || path.join(here, '../miniprogram')), out = path.resolve(process.argv[3] || path.join(here, '../dist'))
const npmRoots = [path.join(root, 'miniprogram_npm'), path.join(here, '../node_modules')]
const read = (f) => fs.readFileSync(f, 'utf8'), exists = fs.existsSync
const app = JSON.parse(read(path.join(root, 'app.json')))
const pages = [...app.pages, ...(app.subPackages || app.subpackages || []).flatMap((s) => s.pages.map((p) => path.posix.join(s.root, p)))]

// ---- path mapping: absolute file <-> "code space" path ("pages/x", "miniprogram_npm/pkg/...")
function npmDir(name, from) { // WeChat lookup: nearest miniprogram_npm upwards, then project npm (package.json "miniprogram" dir)
  for (let d = from; d.startsWith(root) || d.includes('node_modules'); d = path.dirname(d)) { const p = path.join(d, 'miniprogram_npm', name); if (exists(p)) return p }
  for (const r of npmRoots) { const p = path.join(r, name); if (exists(p)) { const pj = path.join(p, 'package.json'); const m = exists(pj) && JSON.parse(read(pj)).miniprogram; return m ? path.join(p, m) : p } }
}
function resolve(ref, fromFile) { // component / style / script reference -> absolute path without extension
  if (ref.startsWith('/')) return path.join(root, ref)
  if (!ref.startsWith('.')) { const rel = path.resolve(path.dirname(fromFile), ref); if (['.json', '.js', '.wxml', '.wxss', ''].some((e) => exists(rel + e))) return rel
    const s = ref.split('/'), n = ref.startsWith('@') ? 2 : 1, d = npmDir(s.slice(0, n).join('/'), path.dirname(fromFile)); return d && path.join(d, ...s.slice(n)) }
  return path.resolve(path.dirname(fromFile), ref)
}
const nm = path.join(here, '../node_modules')
const key = (abs) => abs.startsWith(nm) ? 'miniprogram_npm/' + path.relative(nm, abs).replace('/miniprogram_dist', '') : path.relative(root, abs)
const scopeName = (k) => 's' + crypto.createHash('md5').update(k).digest('hex').slice(0, 6)

// ---- walk pages and usingComponents
const comps = new Map()
function walk(abs, isPage) {
  const k = key(abs); if (comps.has(k)) return k
  const json = exists(abs + '.json') ? JSON.parse(read(abs + '.json')) : {}; const c = { k, abs, json, using: {}, isPage }; comps.set(k, c)
  for (const [n, ref] of Object.entries({ ...(isPage ? app.usingComponents : {}), ...json.usingComponents })) { if (ref.startsWith('plugin://')) continue; const a = resolve(ref, abs + '.json'); if (!a || !(exists(a + '.json'))) { console.warn(`! ${k}: cannot resolve component ${n} -> ${ref}`); continue } c.using[n] = '/' + walk(a) }
  for (const g of Object.values(json.componentGenerics || {})) if (g.default) walk(resolve(g.default, abs))
  comps.delete(k); comps.set(k, c) // post-order: dependencies first
  return k
}
pages.forEach((p) => walk(path.join(root, p), true))

// ---- WXML + WXS (WXS differs from JS: .constructor is a type name, and getRegExp('..') keeps its backslashes)
const wxs = (s) => s.replace(/(require\(\s*['"][^'"]+)\.wxs(['"])/g, '$1$2').replace(/\.constructor\b/g, '.__wxsType').replace(/(getRegExp\(\s*)'([^'\n]*)'/g, (m, a, b) => a + "'" + b.replace(/\\(?=[^\\])/g, '\\\\') + "'")
const group = new TmplGroup(); const done = new Set()
function addTmpl(abs) {
  const k = key(abs); if (done.has(k)) return; done.add(k)
  for (const w of group.addTmpl(k, read(abs + '.wxml')) || []) console.warn(`! ${k}.wxml:`, w.message || JSON.stringify(w))
  for (const d of group.getDirectDependencies(k)) { const a = k === d ? null : absOf(d); if (a) addTmpl(a) }
  for (const s of group.getScriptDependencies(k)) addWxs(absOf(s), s)
}
function absOf(k) { const own = path.join(root, k); if (['', '.wxml', '.wxs'].some((e) => exists(own + e))) return own; if (k.startsWith('miniprogram_npm/')) { const p = path.join(nm, k.slice(16)); const parts = k.slice(16).split('/'); return exists(p + '.wxml') || exists(p + '.wxs') || exists(p) ? p : path.join(nm, parts[0], 'miniprogram_dist', ...parts.slice(1)) } return path.join(root, k) }
function addWxs(abs, k) { abs = abs.replace(/\.wxs$/, ''); const id = '#' + k; if (done.has(id)) return; done.add(id); const src = wxs(read(abs + '.wxs')); group.addScript(k.replace(/\.wxs$/, ''), src)
  for (const [, r] of src.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) { const a = path.resolve(path.dirname(abs), r).replace(/\.wxs$/, ''); addWxs(a, key(a)) } }
for (const c of comps.values()) if (exists(c.abs + '.wxml')) addTmpl(c.abs); else console.warn('! no wxml for', c.k)

// ---- WXSS: @import inlining, rpx, tag names, class scoping
const TAGS = 'view|text|image|button|input|textarea|form|picker|picker-view|scroll-view|swiper|swiper-item|switch|checkbox|radio|label|icon|navigator|rich-text|video|canvas|page'
export const rpx = (s) => s.replace(/(-?\d*\.?\d+)rpx\b/g, 'calc(var(--rpx)*$1)')
function wxss(file, seen = new Set()) {
  if (seen.has(file) || !exists(file)) return ''; seen.add(file)
  return read(file).replace(/\/\*[\s\S]*?\*\//g, '').replace(/@import\s+(?:url\()?['"]([^'"]+)['"]\)?\s*;?/g, (_, r) => wxss(resolve(r.replace(/\.wxss$/, ''), file) + '.wxss', seen))
}
function css(file, scope) {
  return rpx(wxss(file).replace(/@font-face\s*\{[^}]*tdesign\.gtimg\.com[^}]*\}/g, '')).replace(/(^|[{}])([^{}@]+)(?=\{)/g, (m, b, sel) => /^\s*(from|to|[\d.]+%)[\s,\d.%fromto]*$/.test(sel) ? m : b + sel
    .replace(new RegExp(`(^|[\\s,>+~])(${TAGS})(?![\\w-])`, 'g'), '$1wx-$2')
    .replace(/:host/g, `[wx-host="${scope}"]`)
    .replace(/\.(-?[_a-zA-Z][\w-]*)/g, (mm, c) => scope ? `.${scope}--${c}` : mm)).replace(/(?<=;|\})\s*(?=\})/g, '')
}
const sheets = { app: css(path.join(root, 'app.wxss')) }
const config = { app, pages, comps: {} }
for (const c of comps.values()) {
  const iso = c.json.styleIsolation || (c.json.component ? 'isolated' : 'shared'); const scope = /shared$/.test(iso) && !/apply-shared$/.test(iso) ? '' : scopeName(c.k)
  sheets[c.k] = css(c.abs + '.wxss', scope)
  const { usingComponents, ...rest } = c.json
  config.comps[c.k] = { page: !!c.isPage, scope, json: { ...rest, usingComponents: c.using } }
}

// ---- JS
const entry = `import { boot } from ${JSON.stringify(path.join(here, 'runtime.js'))}
const T = ${group.getTmplGenObjectGroups()}
boot(${JSON.stringify(config)}, ${JSON.stringify(sheets)}, T, {
app: () => require(${JSON.stringify(path.join(root, 'app.js'))}),
${[...comps.values()].filter((c) => exists(c.abs + '.js')).map((c) => `${JSON.stringify(c.k)}: () => require(${JSON.stringify(c.abs + '.js')})`).join(',\n')} })`
const npmPlugin = { name: 'mp-npm', setup(b) { b.onResolve({ filter: /^[^./]/ }, (a) => { if (a.kind === 'entry-point' || !a.importer || a.importer.startsWith(here)) return; const p = resolve(a.path, a.importer); if (!p) return; for (const f of [p + '.js', p, path.join(p, 'index.js')]) if (exists(f) && fs.statSync(f).isFile()) return { path: f } }) } }
fs.rmSync(out, { recursive: true, force: true }); fs.mkdirSync(out, { recursive: true })
const r = await esbuild.build({ stdin: { contents: entry, resolveDir: here, sourcefile: 'entry.js' }, bundle: true, minify: !process.env.DEV, sourcemap: process.env.DEV ? 'inline' : false, format: 'iife', target: 'es2020', outfile: path.join(out, 'app.js'), plugins: [npmPlugin], logLevel: 'warning', define: { 'process.env.NODE_ENV': '"production"' } })
// TDesign's icon font lives on a CDN only; draw the same names from the tdesign-icons-svg package so the page works offline
const svgDir = path.join(nm, 'tdesign-icons-svg/src'); let icons = ''
if (exists(svgDir) && comps.has('miniprogram_npm/tdesign-miniprogram/icon/icon')) { fs.mkdirSync(path.join(out, 'icons')); const sc = config.comps['miniprogram_npm/tdesign-miniprogram/icon/icon'].scope
  const words = new Set([...comps.values()].flatMap((c) => fs.readdirSync(path.dirname(c.abs)).filter((f) => /\.(wxml|js|json|wxs)$/.test(f)).flatMap((f) => read(path.join(path.dirname(c.abs), f)).match(/[a-z][a-z0-9-]+/g) || [])))
  for (const f of fs.readdirSync(svgDir).filter((f) => words.has(f.slice(0, -4)) || /^(check|minus|close|error|info|help|chevron|search|star|add)(-circle|-rectangle|-left|-right|-up|-down)?(-filled)?\.svg/.test(f))) { const p = path.join(out, 'icons', f); fs.writeFileSync(p, read(path.join(svgDir, f)).replace('view-box', 'viewBox')) ; icons += `.${sc}--t-icon-${f.slice(0, -4)}:before{--i:url(icons/${f})}\n` }
  icons += `.${sc}--t-icon-base:before{content:''!important;display:inline-block;width:1em;height:1em;background:currentColor;-webkit-mask:var(--i,linear-gradient(#0000,#0000)) center/contain no-repeat;mask:var(--i,linear-gradient(#0000,#0000)) center/contain no-repeat}` }
fs.writeFileSync(path.join(out, 'icons.css'), icons)
fs.copyFileSync(path.join(here, 'index.html'), path.join(out, 'index.html'))
fs.cpSync(root, out, { recursive: true, filter: (f) => fs.statSync(f).isDirectory() ? !f.endsWith('miniprogram_npm') : /\.(png|jpe?g|svg|gif|webp|mp3|mp4)$/.test(f) })
console.log(`built ${pages.length} pages, ${comps.size} components -> ${out}`)
