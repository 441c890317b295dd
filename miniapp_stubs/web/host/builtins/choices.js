import { element } from '../elements.js'
import { ANY, BOOLEAN, emit, keepInside, TEXT } from './define.js'

/** <switch>, or a checkbox that says true or false. */
export const switchBox = () => ({
  properties: {
    name: TEXT(),
    value: ANY(false),
    checked: BOOLEAN(),
    disabled: BOOLEAN(),
    type: TEXT('switch'),
    color: TEXT(),
  },
  control: ({ box }) => box,
  attached(component) {
    const box = addBox(component, 'checkbox', () => {
      component.setData({ checked: box.checked, value: box.checked })
      emit(component, 'change', { value: box.checked })
    })
    component.reset = () => component.setData({ checked: false, value: false })
  },
  changed(component, name) {
    if (name === 'checked' || name === null) component.setData({ value: component.data.checked })
    component.box.setAttribute('role', component.data.type === 'switch' ? 'switch' : 'checkbox')
    component.host.setAttribute('type', component.data.type)
    show(component)
  },
})

export const checkbox = () => choice('checkbox', ({ host }) => groupOf(host, 'checkbox')?.changed())

export const radio = () => choice('radio', (component) => groupOf(component.host, 'radio')?.changed(component))

const choice = (type, told) => ({
  properties: { value: TEXT(), checked: BOOLEAN(), disabled: BOOLEAN(), color: TEXT() },
  control: ({ box }) => box,
  attached(component) {
    const box = addBox(component, type, () => {
      component.setData({ checked: box.checked })
      told(component)
    })
  },
  changed: show,
})

export const checkboxGroup = () =>
  group('checkbox', (all) => all.filter(({ data }) => data.checked).map(({ data }) => data.value))

export const radioGroup = () =>
  group('radio', (all, chosen) => {
    for (const other of all) if (other !== chosen && other.data.checked) other.setData({ checked: false })
    return chosen.data.value
  })

const group = (type, value) => ({
  properties: { name: TEXT(), value: ANY(null) },
  attached(component) {
    const { host } = component
    if (type === 'radio' && !host.hasAttribute('role')) host.setAttribute('role', 'radiogroup')
    const all = () => [...host.querySelectorAll(`wx-${type}`)].map((one) => one.__wxElement)
    host.group = {
      changed: (chosen) => {
        const chosenValue = value(all(), chosen)
        component.setData({ value: chosenValue })
        emit(component, 'change', { value: chosenValue })
      },
    }
    component.reset = () => all().forEach((one) => one.setData({ checked: false }))
  },
})

const groupOf = (host, type) => host.closest(`wx-${type}-group`)?.group

function addBox(component, type, changed) {
  const box = element('input', { type })
  component.box = box
  box.operate = () => {
    if (box.disabled || (type === 'radio' && box.checked)) return
    box.checked = !box.checked
    changed()
  }
  component.host.prepend(box)
  keepInside(box, 'input', 'change')
  box.addEventListener('change', changed)
  return box
}

function show({ box, data }) {
  box.checked = data.checked
  box.disabled = data.disabled
  if (data.color) box.style.setProperty('--chosen', data.color)
}
