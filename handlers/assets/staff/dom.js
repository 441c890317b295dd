// Building the page out of nodes: no text ever becomes markup.

import { t } from "/staff/texts.js";

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function section(title, ...children) {
  const id = `s${Math.random().toString(36).slice(2)}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...children);
}

export const sheet = (label, ...children) => h("section", { "aria-label": label }, ...children);

export function table(caption, headings, rows) {
  if (rows.length === 0) return h("p", { class: "soft" }, t("nothing"));
  const head = headings.map((heading) => h("th", { scope: "col", class: heading.number ? "number" : null }, heading.text ?? heading));
  const cell = (value, place) => h("td", { class: headings[place].number ? "number" : null }, value ?? "");
  const body = rows.map((row) => h("tr", {}, row.map(cell)));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

let fields = 0;

export function field(name, label, attributes = {}, hint = "") {
  const id = `f${++fields}`;
  const input = h("input", { id, name, required: attributes.required ?? true, autocomplete: "off", ...attributes });
  return h("div", { class: "field" }, h("label", { for: id }, label, hint && h("span", { class: "hint" }, hint)), input);
}

export function select(name, label, options, chosen = "") {
  const id = `f${++fields}`;
  const items = options.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  return h("div", { class: "field" }, h("label", { for: id }, label), h("select", { id, name }, items));
}

// A form that says what went wrong where the reader is, and cannot be sent twice at once.
export function form(submitText, send, ...children) {
  const problem = h("p", { class: "problem", role: "alert" });
  const button = h("button", { type: "submit" }, submitText);
  const made = h("form", { novalidate: false }, ...children, problem, h("div", { class: "actions" }, button));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    await busy(button, problem, () => send(Object.fromEntries(new FormData(made)), made));
  });
  return made;
}

export function action(text, run, { danger = false, ask = "" } = {}) {
  const button = h("button", { type: "button", class: danger ? "danger" : "quiet" }, text);
  button.addEventListener("click", () => {
    if (!ask || window.confirm(ask)) busy(button, null, run);
  });
  return button;
}

async function busy(button, problem, run) {
  button.disabled = true;
  if (problem) problem.textContent = "";
  try {
    await run();
  } catch (error) {
    const text = error.shown ?? t("failed");
    if (problem && problem.isConnected) problem.textContent = text;
    else say(text);
  } finally {
    button.disabled = false;
  }
}

let silence;

export function say(text) {
  const place = document.getElementById("message");
  place.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { place.textContent = ""; }, 8000);
}

// The server writes the city's own time with its offset: shown as it is, wherever the reader sits.
export const time = (text) => (text ? h("span", { class: "nowrap" }, text.slice(0, 10), " ", text.slice(11, 16)) : "");

export const state = (text, kind) => h("span", { class: `state ${kind}` }, text);
