// Components and pages on a screen, by WeChat's own simulator.

const fs = require('node:fs')
const path = require('node:path')
const simulate = require('miniprogram-simulate')
const utils = require('miniprogram-simulate/src/utils')
const { settled } = require('./phone')

const ROOT = path.join(__dirname, '../../miniprogram')

/** What `usingComponents` names by package, where the simulator looks for files alone; and those of app.json. */
function everyComponent() {
  const app = JSON.parse(fs.readFileSync(path.join(ROOT, 'app.json'), 'utf8'))
  const tdesign = fs.readdirSync(path.join(ROOT, 'miniprogram_npm/tdesign-miniprogram'))
  const found = { ...app.usingComponents }
  for (const name of tdesign) found[`t-${name}`] = `/miniprogram_npm/tdesign-miniprogram/${name}/${name}`
  return found
}

// The simulator runs a component's file for each page that uses it; Node runs a file once. What it defined then is told
// again to the pages that come later.
const definitions = new Map()
const { runJs } = utils
utils.runJs = (file) => {
  if (definitions.has(file)) return global.Component(definitions.get(file))
  const define = global.Component
  global.Component = (definition) => {
    definitions.set(file, definition)
    define(definition)
  }
  runJs(file)
  global.Component = define
}

let loaded

function id(name) {
  loaded ??= {}
  loaded[name] ??= simulate.load(path.join(ROOT, name), path.basename(name), { rootPath: ROOT, usingComponents: everyComponent() })
  return loaded[name]
}

/** A component, attached to the document. @param {string} name such as components/state-view/state-view */
async function shown(name, properties = {}) {
  const component = simulate.render(id(name), properties)
  component.attach(document.body.appendChild(document.createElement('div')))
  await settled()
  return component
}

/** A page as WeChat would open it: loaded with its query, then shown. */
async function opened(name, query = {}) {
  const page = await shown(name)
  const { instance } = page
  Object.assign(instance, { route: name, options: query })
  await instance.onLoad?.(query)
  await instance.onShow?.()
  await settled()
  return page
}

// WeChat makes a page of Page(); the simulator knows Component() alone. What a page finds on itself are its methods.
global.Page = ({ data, ...members }) => global.Component({ data, methods: members })

/** What can be read on it, text after text. */
function words(component) {
  const texts = []
  const walker = document.createTreeWalker(component.dom, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) texts.push(walker.currentNode.textContent.trim())
  return texts.filter(Boolean).join(' ')
}

/** Has something happen to an element of that class: a tap on it, or what a component inside tells. */
async function happen(component, selector, type, detail = {}, place = 0) {
  const found = component.querySelectorAll(selector)[place]
  if (!found) throw new Error(`there is no ${selector}[${place}] in ${component.dom.innerHTML}`)
  if (found.dom) found.dispatchEvent(type, { detail })
  else found.instance.triggerEvent(type, detail)
  await settled()
}

const tap = (component, selector, place = 0) => happen(component, selector, 'tap', {}, place)

module.exports = { shown, opened, words, tap, happen, ROOT }
