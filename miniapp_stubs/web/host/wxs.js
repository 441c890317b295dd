// What WXS has and JavaScript has not.

const typeName = Symbol('the name of a WXS type')

/**
 * `x[wxs.typeName]` is what `x.constructor` is in WXS: 'Array', 'String', … It fails for null and undefined, as there.
 */
Object.defineProperty(Object.prototype, typeName, {
  configurable: true,
  get() {
    return Object.prototype.toString.call(this).slice(8, -1)
  },
})

export const wxs = {
  typeName,
  regExp: (pattern, flags) => new RegExp(pattern, flags),
  date: (...given) => new Date(...given),
}
