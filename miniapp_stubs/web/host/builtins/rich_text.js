// <rich-text>: HTML of a few harmless elements, built anew element by element. Nothing of it runs or loads by itself
// but pictures.

const ALLOWED = new Set(
  `a abbr b blockquote br code col colgroup dd del div dl dt em fieldset h1 h2 h3 h4 h5 h6 hr i img ins label
legend li ol p pre q s small span strong sub sup table tbody td tfoot th thead tr u ul`.split(/\s+/),
)
const ATTRIBUTES = new Set(['alt', 'title', 'width', 'height', 'colspan', 'rowspan', 'start', 'type'])
const PICTURE = /^(https:|data:image\/)/

/** `nodes` is HTML, or WeChat's list of nodes. */
export function sanitized(nodes) {
  const made = document.createDocumentFragment()
  if (typeof nodes === 'string') {
    const read = new DOMParser().parseFromString(nodes, 'text/html')
    for (const child of read.body.childNodes) append(made, child)
  } else if (Array.isArray(nodes)) {
    for (const node of nodes) appendNode(made, node)
  }
  return made
}

function append(parent, node) {
  if (node.nodeType === Node.TEXT_NODE) parent.append(node.data)
  if (node.nodeType !== Node.ELEMENT_NODE || !ALLOWED.has(node.localName)) return
  const made = make(node.localName, Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])))
  for (const child of node.childNodes) append(made, child)
  parent.append(made)
}

function appendNode(parent, { type = 'node', name = '', text = '', attrs = {}, children = [] }) {
  if (type === 'text') parent.append(String(text))
  if (type === 'text' || !ALLOWED.has(name)) return
  const made = make(name, attrs)
  for (const child of children) appendNode(made, child)
  parent.append(made)
}

/** Links are text, as in WeChat. */
function make(name, attributes) {
  const made = document.createElement(name === 'a' ? 'span' : name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute === 'style') made.style.cssText = value
    else if (attribute === 'class') made.className = value
    else if (ATTRIBUTES.has(attribute)) made.setAttribute(attribute, value)
    else if (attribute === 'src' && name === 'img' && PICTURE.test(value)) made.src = value
  }
  return made
}
