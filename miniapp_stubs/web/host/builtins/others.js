// Smaller built-in components.

import { element } from '../elements.js'
import { word } from '../words.js'
import { ANY, BOOLEAN, emit, keepInside, NUMBER, TEXT } from './define.js'
import { sanitized } from './rich_text.js'

const SIGNS = {
  success: '✓',
  success_no_circle: '✓',
  info: 'i',
  warn: '!',
  waiting: '…',
  cancel: '×',
  download: '↓',
  search: '⌕',
  clear: '×',
}

export const icon = () => ({
  properties: { type: TEXT(), size: ANY(23), color: TEXT() },
  changed({ host, data }) {
    host.textContent = SIGNS[data.type] || ''
    host.setAttribute('type', data.type)
    host.style.fontSize = /^\d+$/.test(data.size) ? `${data.size}px` : data.size
    if (data.color) host.style.color = data.color
  },
})

export const progress = () => ({
  properties: {
    percent: NUMBER(),
    showInfo: BOOLEAN(),
    strokeWidth: ANY(6),
    activeColor: TEXT('#09bb07'),
    backgroundColor: TEXT('#ebebeb'),
    active: BOOLEAN(),
  },
  control: ({ bar }) => bar,
  attached(component) {
    component.bar = element(
      'div',
      { className: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' },
      element('i'),
    )
    component.info = element('span')
    component.host.append(component.bar, component.info)
  },
  changed({ bar, info, data }) {
    const percent = Math.min(100, Math.max(0, data.percent))
    bar.setAttribute('aria-valuenow', String(percent))
    bar.style.height = `${parseFloat(data.strokeWidth)}px`
    bar.style.background = data.backgroundColor
    bar.firstChild.style.width = `${percent}%`
    bar.firstChild.style.background = data.activeColor
    info.textContent = data.showInfo ? `${percent}%` : ''
  },
})

export const slider = () => ({
  properties: {
    name: TEXT(),
    value: NUMBER(),
    min: NUMBER(),
    max: NUMBER(100),
    step: NUMBER(1),
    disabled: BOOLEAN(),
    showValue: BOOLEAN(),
  },
  control: ({ range }) => range,
  attached(component) {
    const range = element('input', { type: 'range' })
    component.range = range
    component.shown = element('output')
    component.host.append(range, component.shown)
    keepInside(range, 'input', 'change')
    range.addEventListener('input', () => emit(component, 'changing', { value: Number(range.value) }))
    range.addEventListener('change', () => {
      component.setData({ value: Number(range.value) })
      emit(component, 'change', { value: Number(range.value) })
    })
    component.reset = () => component.setData({ value: component.data.min })
  },
  changed({ range, shown, data }) {
    Object.assign(range, {
      min: data.min,
      max: data.max,
      step: data.step,
      disabled: data.disabled,
      value: String(data.value),
    })
    shown.textContent = data.showValue ? String(data.value) : ''
  },
})

const WAYS = {
  navigate: 'navigateTo',
  redirect: 'redirectTo',
  switchTab: 'switchTab',
  reLaunch: 'reLaunch',
  navigateBack: 'navigateBack',
}

export const navigator = ({ wx }) => ({
  properties: { target: TEXT('self'), url: TEXT(), openType: TEXT('navigate'), delta: NUMBER(1) },
  attached(component) {
    component.defaultHover = 'navigator-hover'
    const { host } = component
    if (!host.hasAttribute('role')) host.setAttribute('role', 'link')
    host.tabIndex = 0
    component.addListener('tap', () => {
      const { openType, url, delta } = component.data
      const go = wx[WAYS[openType]]
      const failed = ({ errMsg }) => emit(component, 'fail', { errMsg })
      if (go) go({ url, delta, success: ({ errMsg }) => emit(component, 'success', { errMsg }), fail: failed })
      else failed({ errMsg: `navigator:fail open-type ${openType} is not supported in a browser` })
    })
  },
})

export const richText = () => ({
  properties: { nodes: ANY(''), space: TEXT() },
  changed: ({ host, data }) => host.replaceChildren(sanitized(data.nodes)),
})

/** Another site in the app's frame would look like the app: it is opened in a window of its own, with its address. */
export const webView = () => ({
  properties: { src: TEXT() },
  attached(component) {
    component.link = element('a', { target: '_blank', rel: 'noopener noreferrer', textContent: word('openElsewhere') })
    component.place = element('p', { className: 'address' })
    component.host.append(element('p', { textContent: word('leaving') }), component.place, component.link)
  },
  changed({ link, place, data }) {
    const isAddress = /^https?:\/\//.test(data.src)
    link.hidden = !isAddress
    if (isAddress) link.href = data.src
    place.textContent = data.src
  },
})

/** An image to be drawn, whose `src` may be a temporary file. */
function imageOf(files) {
  const image = new Image()
  const { set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src')
  Object.defineProperty(image, 'src', { set: (path) => set.call(image, files.has(path) ? files.address(path) : path) })
  return image
}

/** <canvas type="2d">: its node is found with createSelectorQuery().fields({node: true}). */
export const canvas = ({ files }) => ({
  properties: { type: TEXT('2d'), canvasId: TEXT(), disableScroll: BOOLEAN() },
  control: ({ surface }) => surface,
  attached(component) {
    component.surface = element('canvas', { role: 'img' })
    component.surface.createImage = () => imageOf(files)
    component.host.append(component.surface)
    component.host.canvasNode = component.surface
  },
})

/** Elements that WeChat has and a browser has not: empty, and they say so. */
export const missing = (tag) => () => ({
  attached(component) {
    console.warn(`<${tag}> is not supported in a browser`)
    emit(component, 'error', { errMsg: `${tag}:fail not supported in a browser` })
  },
})
