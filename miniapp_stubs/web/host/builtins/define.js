// How a built-in component is made: a glass-easel component whose element is filled with elements of HTML.

import { setRole } from '../backend.js'

/** ARIA as WXML writes it; on components these are properties, on plain views attributes. */
const ARIA = {
  ariaLabel: 'aria-label',
  ariaLabelledby: 'aria-labelledby',
  ariaDescribedby: 'aria-describedby',
  ariaHidden: 'aria-hidden',
  ariaDisabled: 'aria-disabled',
  ariaChecked: 'aria-checked',
  ariaSelected: 'aria-selected',
  ariaExpanded: 'aria-expanded',
  ariaHaspopup: 'aria-haspopup',
  ariaLive: 'aria-live',
  ariaModal: 'aria-modal',
  ariaValuenow: 'aria-valuenow',
  ariaValuemin: 'aria-valuemin',
  ariaValuemax: 'aria-valuemax',
  ariaValuetext: 'aria-valuetext',
  ariaInvalid: 'aria-invalid',
  ariaRequired: 'aria-required',
  ariaControls: 'aria-controls',
  ariaRoledescription: 'aria-roledescription',
}

export const TEXT = (value = '') => ({ type: String, value })
export const NUMBER = (value = 0) => ({ type: Number, value })
export const BOOLEAN = (value = false) => ({ type: Boolean, value })
export const ANY = (value = null) => ({ type: null, value })

/**
 * @param {object} definition
 * @param {object} [definition.properties]
 * @param {(component) => void} [definition.attached] the component stands in the page; `component.host` is its element
 * @param {(component) => void} [definition.changed] a property has another value; also called once after `attached`
 * @param {(component) => void} [definition.detached]
 * @param {(component) => Element} [definition.control] the element that assistive technology sees, if not the host
 */
export function define(space, tag, { properties = {}, attached, changed, detached, control }) {
  let builder = space.define(`wx-${tag}`).options({ writeIdToDOM: true })
  const aria = (name, set) => {
    builder = builder.property(name, {
      type: null,
      value: null,
      observer(value) {
        if (this.host) set(this, value)
      },
    })
  }
  for (const [name, attribute] of Object.entries(ARIA)) {
    aria(name, (component, value) =>
      setAttribute(target(component, control), attribute, value === true ? 'true' : value),
    )
  }
  aria('ariaRole', (component, value) =>
    setRole(component.host, (name, given) => component.host.setAttribute(name, given), value),
  )
  aria('hidden', (component, value) => component.host.toggleAttribute('hidden', Boolean(value)))
  for (const name of ['hoverClass', 'hoverStartTime', 'hoverStayTime', 'hoverStopPropagation']) aria(name, setHover)
  for (const [name, property] of Object.entries(properties)) {
    builder = builder.property(name, {
      ...property,
      observer() {
        if (this.host) changed?.(this, name)
      },
    })
  }
  builder = builder.lifetime('attached', function start() {
    this.host = this.getBackendElement()
    attached?.(this)
    begin(this, control)
    changed?.(this, null)
  })
  if (detached)
    builder = builder.lifetime('detached', function end() {
      detached(this)
    })
  return builder.registerComponent()
}

/** What was given before the component stood in the page. */
function begin(component, control) {
  const { data, host } = component
  for (const [name, attribute] of Object.entries(ARIA)) {
    if (data[name] !== null)
      setAttribute(target(component, control), attribute, data[name] === true ? 'true' : data[name])
  }
  if (data.ariaRole !== null) setRole(host, (name, given) => host.setAttribute(name, given), data.ariaRole)
  if (data.hidden) host.toggleAttribute('hidden', true)
  setHover(component)
}

const target = (component, control) => control?.(component) || component.host

function setHover(component) {
  const { hoverClass, hoverStartTime, hoverStayTime, hoverStopPropagation } = component.data
  const name = hoverClass ?? component.defaultHover
  if (name)
    component.host.hover = {
      name,
      start: hoverStartTime ?? undefined,
      stay: hoverStayTime ?? undefined,
      alone: hoverStopPropagation,
    }
}

export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === '') element.removeAttribute(name)
  else element.setAttribute(name, String(value))
}

/** Sends an event as built-in components do: to whoever listens on this element, with `detail`. */
export const emit = (component, name, detail = {}, { bubbles = false } = {}) =>
  component.triggerEvent(name, detail, { bubbles, composed: bubbles })

/** Its events are ours: those of HTML inside a component are not heard outside. */
export function keepInside(element, ...types) {
  for (const type of types) element.addEventListener(type, (event) => event.stopPropagation())
}
