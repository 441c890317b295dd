// How functions of wx.* answer: through success, fail and complete, or a promise; always with an errMsg.

/** What a function of wx.* fails with: `errMsg` becomes `name:fail reason`. */
export class Failure extends Error {
  constructor(reason, details = {}) {
    super(reason)
    this.details = details
  }
}

/** `wx[name]` from an async function of its options that returns members of the result, or throws. */
export function asynchronous(name, act) {
  return (options = {}) => {
    const done = (async () => act(options))().then(
      (result) => ({ errMsg: `${name}:ok`, ...result }),
      (error) => {
        throw failed(name, error)
      },
    )
    if (!options.success && !options.fail && !options.complete) return done
    done.then(
      (result) => settle(options, 'success', result),
      (error) => settle(options, 'fail', error),
    )
    return undefined
  }
}

/** Everything of an object of functions. */
export const asynchronousAll = (functions) =>
  Object.fromEntries(Object.entries(functions).map(([name, act]) => [name, asynchronous(name, act)]))

export function failed(name, error) {
  return { errMsg: `${name}:fail ${error.message || error}`, ...error.details }
}

export function settle(options, outcome, result) {
  for (const callback of [options[outcome], options.complete]) {
    if (typeof callback !== 'function') continue
    try {
      callback(result)
    } catch (error) {
      reportError(error)
    }
  }
}
