// Asking where things are on the page.

import { animation } from './animation.js'

export const queries = (router) => ({
  createSelectorQuery: () => withNodes(router.top.caller.createSelectorQuery()),
  createIntersectionObserver: (component, options) =>
    (component || router.top.caller).createIntersectionObserver(options),
  createMediaQueryObserver: (component) => (component || router.top.caller).createMediaQueryObserver(),
  createAnimation: animation,
})

/** Adds what the framework leaves to its host: the node of a <canvas>. */
function withNodes(query) {
  const refs = Object.getPrototypeOf(query.select(':not(*)'))
  if (refs.node) return query
  const { fields } = refs
  refs.fields = function select(wanted, callback = () => {}) {
    if (!wanted.node) return fields.call(this, wanted, callback)
    return fields.call(this, { ...wanted, context: true }, (found) => {
      for (const one of [found].flat()) if (one) one.node = one.context?.canvasNode || null
      callback(found)
    })
  }
  refs.node = function node(callback) {
    return this.fields({ node: true }, callback)
  }
  return query
}
