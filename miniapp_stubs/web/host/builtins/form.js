import { emit, TEXT } from './define.js'

/** <form>: collects what has a name below it. */
export const form = () => ({
  properties: { reportSubmit: TEXT() },
  attached(component) {
    component.host.form = {
      submit: () =>
        emit(component, 'submit', {
          value: Object.fromEntries(fields(component.host).map(({ data }) => [data.name, data.value])),
        }),
      reset: () => {
        for (const field of fields(component.host)) field.reset?.()
        emit(component, 'reset')
      },
    }
  },
})

export const formOf = (element) => element.closest('wx-form')?.form

const fields = (form) =>
  [...form.querySelectorAll('*')]
    .map((element) => element.__wxElement)
    .filter((one) => one?.data?.name && 'value' in one.data)

let count = 0

/** <label>: names the control inside it, or the one with the id `for`, and operates it. */
export const label = () => ({
  properties: { for: TEXT() },
  attached(component) {
    component.host.id ||= `label-${(count += 1)}`
    const control = () => controlOf(component)
    queueMicrotask(() => control()?.setAttribute('aria-labelledby', component.host.id))
    component.host.addEventListener('click', (event) => {
      const found = control()
      if (!found || found.contains(event.target)) return
      found.focus()
      found.operate?.()
    })
  },
})

function controlOf({ host, data, ownerShadowRoot }) {
  const labelled = data.for ? ownerShadowRoot?.getElementById(data.for)?.getBackendElement() : host
  return labelled?.querySelector('input, textarea, select, [role=button]') || null
}
