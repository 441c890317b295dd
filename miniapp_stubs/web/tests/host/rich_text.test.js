/** @jest-environment jsdom */
import { sanitized } from '../../host/builtins/rich_text.js'

function html(nodes) {
  const place = document.createElement('div')
  place.append(sanitized(nodes))
  return place.innerHTML
}

test('what shows is kept', () => {
  expect(html('<p class="a" style="color: red;">one <b>two</b></p>')).toBe(
    '<p class="a" style="color: red;">one <b>two</b></p>',
  )
  expect(html([{ name: 'div', attrs: { title: 't' }, children: [{ type: 'text', text: '<x>' }] }])).toBe(
    '<div title="t">&lt;x&gt;</div>',
  )
  expect(html('<img src="https://city.example/a.png" alt="a">')).toBe('<img src="https://city.example/a.png" alt="a">')
})

test.each([
  '<script>steal()</script>',
  '<iframe src="https://x.example"></iframe>',
  '<form action="/x"><input name="a"></form>',
  '<svg onload="steal()"></svg>',
  '<style>* { display: none }</style>',
  '<object data="x"></object>',
  '<template><script>steal()</script></template>',
  '<math><mtext><img src=x onerror=steal()></mtext></math>',
])('what does something is left out: %s', (nodes) => expect(html(nodes)).toBe(''))

test('attributes that act, and pictures from strange places, are left out', () => {
  expect(html('<p onclick="steal()" id="x">a</p>')).toBe('<p>a</p>')
  expect(html('<img src="javascript:steal()" onerror="steal()">')).toBe('<img>')
  expect(html('<a href="javascript:steal()">link</a>')).toBe('<span>link</span>')
  expect(
    html([
      { name: 'img', attrs: { src: 'http://x.example/a.png' } },
      { name: 'script', children: [] },
    ]),
  ).toBe('<img>')
})

test('what is no HTML at all is nothing', () => {
  for (const nodes of [null, undefined, 7, {}]) expect(html(nodes)).toBe('')
})
