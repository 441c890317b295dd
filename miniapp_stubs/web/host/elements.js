/** An element of HTML with properties, attributes (names with a dash, `role`, `for`) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue
    if (name.includes('-') || name === 'role' || name === 'for') made.setAttribute(name, value)
    else made[name] = value
  }
  made.append(...children)
  return made
}

export const byId = (id) => document.getElementById(id)
