import { element } from '../elements.js'
import { word } from '../words.js'
import { ask } from '../wx/interaction.js'
import { ANY, BOOLEAN, emit, keepInside, TEXT } from './define.js'

const DATE_FIELDS = { day: 'date', month: 'month' }

/**
 * <picker>: the browser's own control for its kind lies, unseen, over what the picker shows, so that it works as the
 * phone or the keyboard is used to. Several columns are chosen in a sheet. `mode="region"` has no data here and fails.
 */
export const picker = () => ({
  properties: {
    name: TEXT(),
    value: ANY(''),
    mode: TEXT('selector'),
    range: ANY([]),
    rangeKey: TEXT(),
    start: TEXT(),
    end: TEXT(),
    fields: TEXT('day'),
    headerText: TEXT(),
    disabled: BOOLEAN(),
  },
  control: ({ field }) => field,
  attached(component) {
    const { host, data } = component
    component.field = makeField(component)
    component.field.classList.add('over')
    host.append(component.field)
    keepInside(component.field, 'input', 'change')
    component.reset = () => component.setData({ value: data.mode === 'selector' ? 0 : '' })
  },
  changed(component) {
    const { field, data } = component
    field.disabled = data.disabled
    if (!component.data.ariaLabel) field.setAttribute('aria-label', data.headerText || word('choose'))
    if (field.localName === 'select') fill(field, texts(data.range, data.rangeKey), Number(data.value) || 0)
    else if (field.localName === 'input')
      Object.assign(field, { min: data.start, max: data.end, value: data.value || '' })
  },
})

function makeField(component) {
  const { mode } = component.data
  if (mode === 'selector') return selector(component)
  if (mode === 'date' || mode === 'time') return calendar(component)
  return element('button', {
    type: 'button',
    onclick: () => (mode === 'multiSelector' ? chooseColumns(component) : refuse(component, mode)),
  })
}

const refuse = (component, mode) =>
  emit(component, 'cancel', { errMsg: `picker:fail mode ${mode} is not supported in a browser` })

function selector(component) {
  const field = element('select')
  field.addEventListener('change', () => chosen(component, Number(field.value)))
  return field
}

function calendar(component) {
  const { mode, fields } = component.data
  const field = element('input', { type: mode === 'time' ? 'time' : DATE_FIELDS[fields] || 'number' })
  field.addEventListener('click', () => field.showPicker?.())
  field.addEventListener('change', () => chosen(component, field.value))
  return field
}

function chosen(component, value) {
  component.setData({ value })
  emit(component, 'change', { value })
}

const texts = (range, key) => (range || []).map((item) => String(key ? item[key] : item))

function fill(select, items, index) {
  if ([...select.options].map(({ text }) => text).join('\0') !== items.join('\0')) {
    select.replaceChildren(...items.map((text, at) => element('option', { value: String(at), textContent: text })))
  }
  select.value = String(index)
}

async function chooseColumns(component) {
  const { data } = component
  const selects = data.range.map((column, at) => {
    const select = element('select', { 'aria-label': `${data.headerText || word('choose')} ${at + 1}` })
    fill(select, texts(column, data.rangeKey), data.value?.[at] || 0)
    select.addEventListener('change', () => columnChanged(component, selects, at))
    return select
  })
  const buttons = [
    element('button', { type: 'submit', value: '', textContent: word('cancel') }),
    element('button', { type: 'submit', value: 'confirm', className: 'confirm', textContent: word('confirm') }),
  ]
  const columns = element('div', { className: 'columns' }, ...selects)
  const answer = await ask('sheet', data.headerText || word('choose'), [
    columns,
    element('div', { className: 'buttons' }, ...buttons),
  ])
  if (answer)
    chosen(
      component,
      selects.map(({ value }) => Number(value)),
    )
  else emit(component, 'cancel')
}

/** The page may give other columns something else to choose from, and begin them anew. */
function columnChanged(component, selects, at) {
  const before = component.data.value
  emit(component, 'columnchange', { column: at, value: Number(selects[at].value) })
  const { range, rangeKey, value } = component.data
  selects.forEach((select, other) => {
    const index = value === before ? Number(select.value) : (value?.[other] ?? Number(select.value))
    fill(select, texts(range[other], rangeKey), Math.min(index, range[other].length - 1))
  })
}
