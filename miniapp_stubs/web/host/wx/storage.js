// wx.setStorage and its kin, in localStorage. `space` keeps apart what belongs to different people of the demo.

import { asynchronousAll, Failure } from './convention.js'

const LIMIT_KB = 10240

export function storage(space) {
  const prefix = `mp:${space}:`
  const name = (key) => prefix + key
  const keys = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
  const get = (key) => {
    const kept = localStorage.getItem(name(key))
    return kept === null ? '' : JSON.parse(kept)
  }
  const set = (key, data) => {
    if (typeof key !== 'string') throw new Failure('parameter error: parameter.key should be String')
    try {
      localStorage.setItem(name(key), JSON.stringify(data === undefined ? '' : data))
    } catch {
      throw new Failure('exceed storage max size 10Mb')
    }
  }
  const remove = (key) => localStorage.removeItem(name(key))
  const clear = () => keys().forEach(remove)
  const info = () => ({
    keys: keys(),
    currentSize: Math.ceil(keys().reduce((size, key) => size + localStorage.getItem(name(key)).length, 0) / 1024),
    limitSize: LIMIT_KB,
  })
  return {
    getStorageSync: get,
    setStorageSync: (key, data) => synchronously('setStorageSync', () => set(key, data)),
    removeStorageSync: remove,
    clearStorageSync: clear,
    getStorageInfoSync: info,
    ...asynchronousAll({
      getStorage: ({ key }) => {
        if (localStorage.getItem(name(key)) === null) throw new Failure('data not found')
        return { data: get(key) }
      },
      setStorage: ({ key, data }) => set(key, data),
      removeStorage: ({ key }) => remove(key),
      clearStorage: clear,
      getStorageInfo: info,
    }),
  }
}

function synchronously(name, act) {
  try {
    act()
  } catch (error) {
    throw new Error(`${name}:fail ${error.message}`)
  }
}
