import { emit, NUMBER, TEXT, ANY, BOOLEAN } from './define.js'

const SETTLED_MS = 120

/** <picker-view> with its columns: lists that snap. The row in the middle is the chosen one. */
export const pickerView = () => ({
  properties: {
    name: TEXT(),
    value: ANY([]),
    indicatorStyle: TEXT(),
    indicatorClass: TEXT(),
    maskStyle: TEXT(),
    immediateChange: BOOLEAN(),
  },
  attached(component) {
    const { host } = component
    component.columns = () => [...host.querySelectorAll('wx-picker-view-column')]
    host.pickerView = {
      height: () => heightOf(component.data.indicatorStyle),
      settled: () => {
        const value = component.columns().map(chosenRow)
        if (value.join() === (component.data.value || []).join()) return
        component.setData({ value })
        emit(component, 'change', { value })
        emit(component, 'pickend')
      },
    }
    requestAnimationFrame(() => place(component))
  },
  changed: (component) => requestAnimationFrame(() => place(component)),
})

export const pickerViewColumn = () => ({
  properties: { index: NUMBER() },
  attached({ host }) {
    let timer = null
    host.tabIndex = 0
    host.setAttribute('role', 'listbox')
    host.addEventListener(
      'scroll',
      () => {
        clearTimeout(timer)
        timer = setTimeout(() => host.closest('wx-picker-view')?.pickerView.settled(), SETTLED_MS)
      },
      { passive: true },
    )
    host.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (!step) return
      event.preventDefault()
      host.scrollBy({ top: step * rowHeight(host) })
    })
  },
})

const heightOf = (style) => Number(/height:\s*([\d.]+)px/.exec(style)?.[1]) || 34
const rowHeight = (column) => column.closest('wx-picker-view').pickerView.height()
const chosenRow = (column) => Math.round(column.scrollTop / rowHeight(column))

function place(component) {
  const height = heightOf(component.data.indicatorStyle)
  component.host.style.setProperty('--row', `${height}px`)
  component.columns().forEach((column, at) => {
    const index = component.data.value?.[at] || 0
    if (chosenRow(column) !== index) column.scrollTop = index * height
  })
}
