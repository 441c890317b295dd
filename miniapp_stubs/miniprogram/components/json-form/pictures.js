// The box of a checkbox: TDesign's own comes from a font.

const svg = (inside) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${inside}</svg>`)}`

const CHECKED = svg('<rect x="2" y="2" width="20" height="20" rx="4" fill="#1257b8"/><path d="m6.5 12 4 4 7-7.5" fill="none" stroke="#fff" stroke-width="2.4"/>')
const UNCHECKED = svg('<rect x="3" y="3" width="18" height="18" rx="3" fill="#fff" stroke="#8a92a0" stroke-width="2"/>')

module.exports = { CHECKED, UNCHECKED }
