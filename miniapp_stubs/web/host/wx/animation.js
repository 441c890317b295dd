// wx.createAnimation: steps that are exported and given to an element's `animation`.

const LENGTHS = new Set(['width', 'height', 'top', 'left', 'right', 'bottom'])
const TRANSFORMS =
  `matrix matrix3d rotate rotate3d rotateX rotateY rotateZ scale scale3d scaleX scaleY scaleZ skew skewX skewY
translate translate3d translateX translateY translateZ`.split(/\s+/)
const DEGREES = /^(rotate|skew)/
const PIXELS = /^translate/

export function animation(defaults = {}) {
  const steps = []
  let styles = {}
  let transforms = []
  const made = {
    step(options = {}) {
      const {
        duration = 400,
        timingFunction = 'linear',
        delay = 0,
        transformOrigin = '50% 50% 0',
      } = { ...defaults, ...options }
      const transform = transforms.join(' ')
      steps.push({
        duration,
        timingFunction,
        delay,
        styles: { ...styles, ...(transform && { transform }), 'transform-origin': transformOrigin },
      })
      transforms = []
      styles = {}
      return made
    },
    export: () => ({ actions: steps.splice(0) }),
  }
  for (const name of TRANSFORMS) {
    made[name] = (...given) => {
      transforms.push(`${name}(${given.map((value) => unit(name, value)).join(', ')})`)
      return made
    }
  }
  const style = (name, value) => {
    styles[name] = value
    return made
  }
  made.opacity = (value) => style('opacity', value)
  made.backgroundColor = (value) => style('background-color', value)
  for (const name of LENGTHS) made[name] = (value) => style(name, typeof value === 'number' ? `${value}px` : value)
  return made
}

function unit(name, value) {
  if (typeof value !== 'number') return value
  if (DEGREES.test(name)) return `${value}deg`
  return PIXELS.test(name) ? `${value}px` : value
}

/** Plays what `export()` gave on an element, one step after the other. */
export async function play(element, exported) {
  for (const { duration, timingFunction, delay, styles } of exported?.actions || []) {
    element.style.transition = `all ${duration}ms ${timingFunction} ${delay}ms`
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value)
    await new Promise((resolve) => setTimeout(resolve, duration + delay))
  }
}
