import { pullToRefresh } from '../refresher.js'
import { ANY, BOOLEAN, emit, NUMBER, TEXT } from './define.js'

export const scrollView = () => ({
  properties: {
    scrollX: BOOLEAN(),
    scrollY: BOOLEAN(),
    scrollTop: ANY(),
    scrollLeft: ANY(),
    scrollIntoView: TEXT(),
    scrollWithAnimation: BOOLEAN(),
    upperThreshold: NUMBER(50),
    lowerThreshold: NUMBER(50),
    enableBackToTop: BOOLEAN(),
    enableFlex: BOOLEAN(),
    showScrollbar: BOOLEAN(true),
    enhanced: BOOLEAN(),
    bounces: BOOLEAN(true),
    pagingEnabled: BOOLEAN(),
    fastDeceleration: BOOLEAN(),
    scrollAnchoring: BOOLEAN(),
    usingSticky: BOOLEAN(),
    type: TEXT('list'),
    refresherEnabled: BOOLEAN(),
    refresherTriggered: BOOLEAN(),
    refresherThreshold: NUMBER(45),
    refresherDefaultStyle: TEXT('black'),
    refresherBackground: TEXT(),
  },
  attached(component) {
    const { host } = component
    host.addEventListener('scroll', () => scrolled(component), { passive: true })
    component.refresher = pullToRefresh(
      host,
      () => component.data.refresherEnabled,
      () => emit(component, 'refresherrefresh'),
    )
  },
  changed(component, name) {
    const { host, data } = component
    host.toggleAttribute('scroll-x', data.scrollX)
    host.toggleAttribute('scroll-y', data.scrollY)
    host.toggleAttribute('bar-hidden', !data.showScrollbar)
    host.toggleAttribute('flex', data.enableFlex)
    const changes = (one) => name === null || name === one
    if (changes('scrollTop') && isNumber(data.scrollTop)) scrollTo(component, { top: Number(data.scrollTop) })
    if (changes('scrollLeft') && isNumber(data.scrollLeft)) scrollTo(component, { left: Number(data.scrollLeft) })
    if (changes('scrollIntoView') && data.scrollIntoView) requestAnimationFrame(() => bringIntoView(component))
    if (name === 'refresherTriggered')
      data.refresherTriggered ? component.refresher.start() : component.refresher.stop()
  },
})

const isNumber = (value) => value !== null && value !== '' && Number.isFinite(Number(value))

const scrollTo = ({ host, data }, where) =>
  host.scrollTo({ ...where, behavior: data.scrollWithAnimation ? 'smooth' : 'auto' })

function bringIntoView(component) {
  const { host, data, ownerShadowRoot } = component
  const found = ownerShadowRoot?.getElementById(data.scrollIntoView)?.getBackendElement()
  if (!found) return
  const [inner, outer] = [found.getBoundingClientRect(), host.getBoundingClientRect()]
  scrollTo(component, { top: host.scrollTop + inner.top - outer.top, left: host.scrollLeft + inner.left - outer.left })
}

function scrolled(component) {
  const { host, data } = component
  const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = host
  const before = component.scrolledTo || { scrollTop: 0, scrollLeft: 0 }
  component.scrolledTo = { scrollTop, scrollLeft }
  emit(component, 'scroll', {
    scrollTop,
    scrollLeft,
    scrollHeight,
    scrollWidth,
    deltaX: before.scrollLeft - scrollLeft,
    deltaY: before.scrollTop - scrollTop,
  })
  const isAcross = data.scrollX && !data.scrollY
  const [start, length, view] = isAcross
    ? [scrollLeft, scrollWidth, clientWidth]
    : [scrollTop, scrollHeight, clientHeight]
  reach(component, 'scrolltoupper', start <= data.upperThreshold ? 0 : null, isAcross ? 'left' : 'top')
  reach(
    component,
    'scrolltolower',
    length - start - view <= data.lowerThreshold ? length : null,
    isAcross ? 'right' : 'bottom',
  )
}

/** Each end is told once when it is reached, and again only after it has been left; a list that grows has another. */
function reach(component, name, end, direction) {
  component.reached ??= { scrolltoupper: 0, scrolltolower: null }
  if (end !== null && end !== component.reached[name]) emit(component, name, { direction })
  component.reached[name] = end
}
