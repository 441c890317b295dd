/** @jest-environment jsdom */
import { scrolls } from '../../host/scrolling.js'

/** A list of `content` px that shows `view` of them, scrolled to `top`. */
function list({ content = 400, view = 100, top = 0 } = {}) {
  const [outer, scroller, inner] = ['div', 'div', 'div'].map((tag) => document.createElement(tag))
  scroller.style.overflowY = 'auto'
  Object.defineProperties(scroller, { scrollHeight: { value: content }, clientHeight: { value: view } })
  scroller.scrollTop = top
  outer.append(scroller)
  scroller.append(inner)
  return { outer, inner }
}

test('a list in a popup moves as long as it has room that way', () => {
  const { outer, inner } = list()
  expect(scrolls(inner, outer, 0, -20)).toBe(true)
  expect(scrolls(inner, outer, 0, 20)).toBe(false)
  const end = list({ top: 300 })
  expect(scrolls(end.inner, end.outer, 0, -20)).toBe(false)
  expect(scrolls(end.inner, end.outer, 0, 20)).toBe(true)
})

test('a list that is short, and one that is outside, do not', () => {
  const { outer, inner } = list({ content: 100 })
  expect(scrolls(inner, outer, 0, -20)).toBe(false)
  const around = list()
  expect(scrolls(around.inner, around.inner, 0, -20)).toBe(false)
})
