import { element } from '../elements.js'
import { ANY, BOOLEAN, emit, keepInside, NUMBER, TEXT } from './define.js'

const PROPERTIES = {
  name: TEXT(),
  value: ANY(''),
  type: TEXT('text'),
  password: BOOLEAN(),
  placeholder: TEXT(),
  placeholderStyle: TEXT(),
  placeholderClass: TEXT('input-placeholder'),
  disabled: BOOLEAN(),
  maxlength: NUMBER(140),
  focus: BOOLEAN(),
  autoFocus: BOOLEAN(),
  confirmType: TEXT('done'),
  confirmHold: BOOLEAN(),
  autoHeight: BOOLEAN(),
  fixed: BOOLEAN(),
  cursor: NUMBER(-1),
  cursorSpacing: NUMBER(),
  cursorColor: TEXT(),
  selectionStart: NUMBER(-1),
  selectionEnd: NUMBER(-1),
  adjustPosition: BOOLEAN(true),
  holdKeyboard: BOOLEAN(),
  showConfirmBar: BOOLEAN(true),
  disableDefaultPadding: BOOLEAN(),
  alwaysEmbed: BOOLEAN(),
}
const KEYBOARDS = { number: 'numeric', digit: 'decimal', idcard: 'text', tel: 'tel' }
const UNLIMITED = 524288

export const input = () => textField('input')
export const textarea = () => textField('textarea')

const textField = (tag) => ({
  properties: PROPERTIES,
  control: ({ field }) => field,
  attached(component) {
    const field = element(tag, { autocomplete: 'off', spellcheck: false })
    component.field = field
    component.settled = text(component.data.value)
    component.reset = () => component.setData({ value: '' })
    component.host.append(field)
    keepInside(field, 'input', 'change')
    listen(component, field, tag)
    if (tag === 'textarea') watchSize(component)
    if (component.data.autoFocus) requestAnimationFrame(() => field.focus())
  },
  changed(component, name) {
    const { field, data } = component
    if (name === null || name === 'value') show(component)
    if (name === null || name === 'focus') focus(component)
    if (tag === 'input') field.type = data.password || data.type === 'safe-password' ? 'password' : 'text'
    field.inputMode = KEYBOARDS[data.type] || 'text'
    field.enterKeyHint = data.confirmType === 'return' ? 'enter' : data.confirmType
    field.placeholder = data.placeholder
    field.maxLength = data.maxlength < 0 ? UNLIMITED : data.maxlength
    field.disabled = data.disabled
    field.style.caretColor = data.cursorColor
    if (tag === 'textarea') component.host.toggleAttribute('auto-height', data.autoHeight)
  },
  detached: ({ sizes }) => sizes?.disconnect(),
})

/** Half a Chinese word is no input: it is told when the input method has finished it. */
function listen(component, field, tag) {
  const typed = () => {
    component.setData({ value: field.value })
    grow(component)
    emit(component, 'input', { value: field.value, cursor: field.selectionStart ?? field.value.length, keyCode: 0 })
  }
  field.addEventListener('input', (event) => event.isComposing || typed())
  field.addEventListener('compositionend', typed)
  field.addEventListener('focus', () => emit(component, 'focus', { value: field.value, height: 0 }))
  field.addEventListener('blur', () => {
    emit(component, 'blur', { value: field.value, cursor: field.selectionStart ?? 0 })
    if (component.settled !== field.value) emit(component, 'change', { value: field.value })
    component.settled = field.value
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || (tag === 'textarea' && component.data.confirmType === 'return'))
      return
    emit(component, 'confirm', { value: field.value })
    if (tag === 'input' && !component.data.confirmHold) field.blur()
  })
}

function show(component) {
  const { field, data } = component
  const value = text(data.value)
  if (field.value !== value) field.value = value
  grow(component)
}

/** As high as what is in it; there is no height to be had while the page is hidden. */
function grow({ field, data }) {
  if (!data.autoHeight) return
  field.style.height = ''
  if (field.scrollHeight) field.style.height = `${field.scrollHeight}px`
}

function watchSize(component) {
  component.sizes = new ResizeObserver(() => grow(component))
  component.sizes.observe(component.host)
}

function focus({ field, data }) {
  const isFocused = document.activeElement === field
  if (data.focus && !isFocused) requestAnimationFrame(() => field.focus())
  if (!data.focus && isFocused && field.hasBeenTold) field.blur()
  field.hasBeenTold = data.focus
}

const text = (value) => (value === null || value === undefined ? '' : String(value))
