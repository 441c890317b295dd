// The code of pages: brought when a page is opened for the first time, and that of the others once there is time, so
// that they open without a network, as they do in WeChat.

import { pages } from 'app:pages'
import { word } from './words.js'
import { Failure } from './wx/convention.js'

const RELOADED = 'host:reloaded'
const LATER_MS = 2000

export const keys = Object.keys(pages)

/** The part of a page (see compiler/bundle.mjs). @throws {Failure} */
export async function partOf(key) {
  try {
    return (await pages[key]()).default
  } catch (error) {
    return retried(error)
  }
}

/** A newer app may have taken the place of this one: then its page has what this one's has no longer. Tried once. */
function retried(error) {
  if (!navigator.onLine || sessionStorage.getItem(RELOADED))
    throw new Failure(`${word('notLoaded')} (${error.message})`)
  sessionStorage.setItem(RELOADED, 'yes')
  location.reload()
  return new Promise(() => {})
}

/** Brings the other pages' code, one after the other. */
export async function bringTheRest() {
  await new Promise((resolve) => setTimeout(resolve, LATER_MS))
  for (const key of keys) {
    await idle()
    try {
      await pages[key]()
    } catch {
      return // whoever opens the page hears of it
    }
  }
  sessionStorage.removeItem(RELOADED)
}

const idle = () =>
  new Promise((resolve) => (window.requestIdleCallback ? requestIdleCallback(resolve) : setTimeout(resolve, 50)))
