import { element } from '../elements.js'
import { ANY, BOOLEAN, emit, NUMBER, TEXT } from './define.js'

/** <swiper>: a list that snaps. `circular` goes from the last to the first when it plays by itself. */
export const swiper = () => ({
  properties: {
    current: NUMBER(),
    autoplay: BOOLEAN(),
    interval: NUMBER(5000),
    duration: NUMBER(500),
    circular: BOOLEAN(),
    vertical: BOOLEAN(),
    indicatorDots: BOOLEAN(),
    indicatorColor: TEXT('rgba(0, 0, 0, .3)'),
    indicatorActiveColor: TEXT('#000'),
    displayMultipleItems: NUMBER(1),
    previousMargin: TEXT('0px'),
    nextMargin: TEXT('0px'),
    easingFunction: TEXT('default'),
    currentItemId: ANY(''),
  },
  attached(component) {
    const { host } = component
    component.at = 0
    component.dots = element('div', { className: 'dots', 'aria-hidden': 'true' })
    host.append(component.dots)
    host.addEventListener('scroll', () => scrolled(component), { passive: true })
    component.timer = setInterval(() => component.turn(), 1000)
    component.turn = () => {
      component.waited = (component.waited || 0) + 1000
      if (
        !component.data.autoplay ||
        component.waited < component.data.interval ||
        host.matches(':hover, :focus-within')
      )
        return
      component.waited = 0
      const next = (component.at + 1) % (items(host).length || 1)
      if (next || component.data.circular) go(component, next)
    }
    component.watcher = new MutationObserver(() => drawDots(component))
    component.watcher.observe(host, { childList: true, subtree: true })
  },
  changed(component, name) {
    component.host.toggleAttribute('vertical', component.data.vertical)
    component.host.style.setProperty('--items', component.data.displayMultipleItems)
    if (name === 'current' || name === null)
      requestAnimationFrame(() => go(component, component.data.current, name === null))
    drawDots(component)
  },
  detached({ timer, watcher }) {
    clearInterval(timer)
    watcher.disconnect()
  },
})

const items = (host) =>
  [...host.querySelectorAll('wx-swiper-item')].filter((item) => item.closest('wx-swiper') === host)

function go({ host }, index, isAtOnce = false) {
  const item = items(host)[index]
  if (item) host.scrollTo({ left: item.offsetLeft, top: item.offsetTop, behavior: isAtOnce ? 'instant' : 'smooth' })
}

function scrolled(component) {
  const { host, data } = component
  const first = items(host)[0]
  if (!first) return
  const index = data.vertical
    ? Math.round(host.scrollTop / first.offsetHeight)
    : Math.round(host.scrollLeft / first.offsetWidth)
  if (index === component.at) return
  component.at = index
  component.waited = 0
  drawDots(component)
  emit(component, 'change', { current: index, source: 'touch' })
  clearTimeout(component.finishing)
  component.finishing = setTimeout(() => emit(component, 'animationfinish', { current: index, source: 'touch' }), 200)
}

function drawDots({ host, dots, data, at }) {
  const count = data.indicatorDots ? items(host).length : 0
  if (dots.childElementCount !== count) dots.replaceChildren(...Array.from({ length: count }, () => element('i')))
  ;[...dots.children].forEach((dot, index) => {
    dot.style.background = index === at ? data.indicatorActiveColor : data.indicatorColor
  })
}

export const swiperItem = () => ({ properties: { itemId: TEXT(), skipHiddenItemLayout: BOOLEAN() } })
