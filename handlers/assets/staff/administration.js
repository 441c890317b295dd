// Operators and auditors: accounts, what waits for a second person, and the log.

import { call } from "/staff/api.js";
import { action, field, form, h, say, section, select, sheet, state, table, time } from "/staff/dom.js";
import { known, roleName, t } from "/staff/texts.js";

const ROLES = ["department", "hall_clerk", "gate", "operator", "auditor"];
const NAMES = { name: "name", role: "role", department: "department", scope: "scope", second_factor: "second_factor", system: "system", scopes: "scopes" };
const value = (name, text) => (name === "role" || name === "change" ? inWords(text, roleName) : text);
const where = (details) => Object.entries(details).map(([name, text]) =>
  h("div", { class: name === "proposal" ? "id" : null }, h("span", { class: "soft" }, NAMES[name] ? t(NAMES[name]) : name, ": "), value(name, text)));
const inWords = (name, words = t) => (known(name) ? words(name) : name);

// What came of a change: a password to hand over, or a proposal that waits.
function outcome(answer, name, place) {
  say("");
  if (answer.temporary_password) {
    place.replaceChildren(h("section", { role: "status" }, h("p", {}, t("temporary_password", name)),
      h("code", { class: "secret" }, answer.temporary_password)));
    place.scrollIntoView();
  } else {
    say(t(answer.state === "proposed" ? "proposed" : "done"));
  }
}

const postFields = () => h("div", { class: "row" },
  select("role", t("role"), ROLES.map((role) => [role, roleName(role)])),
  field("department", t("department"), { required: false, maxlength: 64 }, t("department_hint")),
  field("scope", t("scope"), { required: false, maxlength: 70 }, t("scope_hint")),
  field("reason", t("reason"), { required: false, maxlength: 200 }, t("reason_hint")));

export async function accounts({ me, put, again }) {
  const { items } = await call("GET", "/staff/accounts");
  const told = h("div");
  const operator = me.post.role === "operator";
  const ask = async (name, method, path, body) => {
    const answer = await call(method, path, body);
    await again();
    outcome(answer, name, document.getElementById("told"));
  };
  told.id = "told";
  const rows = items.map((one) => [one.name, held(one, operator && one.name !== me.name, ask), standing(one),
    operator && !one.disabled_at && one.name !== me.name ? doings(one, ask) : ""]);
  const headings = [t("name"), t("posts"), t("state"), ""];
  put(t("accounts"), told, sheet(t("accounts"), table(t("accounts"), headings, rows)),
    operator ? section(t("add_account"), form(t("add_account"),
      (given) => ask(given.name, "POST", "/staff/accounts", given),
      field("name", t("name"), { maxlength: 64, pattern: "[A-Za-z0-9._\\-]+" }), postFields())) : "",
    operator ? section(t("add_post"), form(t("add_post"), ({ name, ...given }) =>
      ask(name, "POST", `/staff/accounts/${encodeURIComponent(name)}/posts`, given),
    select("name", t("name"), items.filter((one) => !one.disabled_at && one.name !== me.name).map((one) => [one.name, one.name])),
    postFields())) : "");
}

function held(one, may, ask) {
  return one.posts.map((post) => {
    const text = [roleName(post.role), post.department, post.scope].filter(Boolean).join(" · ");
    const path = `/staff/accounts/${encodeURIComponent(one.name)}/posts/${post.id}`;
    const end = action(t("end_post"), () => ask(one.name, "DELETE", path), { danger: true, ask: t("sure", one.name, t("end_post")) });
    return h("div", { class: "actions" }, h("span", {}, text), may && !one.disabled_at && one.posts.length > 1 ? end : null);
  });
}

function standing(one) {
  if (one.disabled_at) return state(t("disabled"), "bad");
  return h("div", { class: "actions" }, state(t(one.second_factor ? "has_factor" : "no_factor"), one.second_factor ? "good" : "off"),
    one.password_temporary ? state(t("temporary"), "off") : null);
}

function doings(one, ask) {
  const path = `/staff/accounts/${encodeURIComponent(one.name)}`;
  const button = (name, end, danger) => action(t(name), () => ask(one.name, "POST", `${path}/${end}`, {}),
    { danger, ask: t("sure", one.name, t(name)) });
  return h("div", { class: "actions" }, button("reset_password", "password_reset", false),
    one.second_factor ? button("reset_factor", "second_factor_reset", false) : null, button("disable", "disabling", true));
}

export async function proposals({ me, put, again }) {
  const { items } = await call("GET", "/staff/proposals?limit=50");
  const told = h("div", { id: "told" });
  const decide = async (one, verb) => {
    const answer = await call("POST", `/staff/proposals/${one.id}/${verb}`);
    await again();
    outcome(answer, one.details.name ?? "", document.getElementById("told"));
  };
  const kinds = { open: "off", approved: "good", rejected: "bad", expired: "off" };
  const rows = items.map((one) => [
    [inWords(one.action), where(one.details), one.reason && h("div", {}, `“${one.reason}”`)].flat(),
    [one.made_by, h("div", {}, time(one.made_at))],
    state(t(one.state), kinds[one.state]),
    one.decided_by ? [one.decided_by, h("div", {}, time(one.decided_at))] : one.state === "open" ? buttons(one, me, decide) : "",
  ].map((cell) => (Array.isArray(cell) ? h("div", {}, cell) : cell)));
  put(t("proposals"), told, sheet(t("proposals"),
    table(t("proposals"), [t("what"), t("by"), t("state"), t("decided")], rows)));
}

function buttons(one, me, decide) {
  const no = one.made_by === me.name ? "withdraw" : "reject";
  return h("div", { class: "actions" },
    one.can_approve ? action(t("approve"), () => decide(one, "approval"), { ask: t("sure", one.details.name ?? one.details.key_id, inWords(one.action)) }) : null,
    action(t(no), () => decide(one, "rejection"), { danger: true }));
}

export async function log({ put }) {
  const rows = h("div");
  const verdict = h("p", { role: "status" });
  let after = "";
  let shown = [];
  const more = async () => {
    const page = await call("GET", `/staff/log?limit=50${after && `&after=${after}`}`);
    shown = [...shown, ...page.items.map((one) => [one.number, time(one.at), inWords(one.action),
      h("div", {}, one.actor, one.role && h("div", { class: "soft" }, inWords(one.role, roleName))),
      h("div", {}, where(one.details), one.subject && h("div", { class: "id" }, one.subject))])];
    after = page.after ?? "";
    const headings = [{ text: "#", number: true }, t("at"), t("what"), t("actor"), t("details")];
    rows.replaceChildren(table(t("log"), headings, shown), after ? h("p", {}, action(t("older"), more)) : "");
  };
  const verify = action(t("verify"), async () => {
    const found = await call("GET", "/staff/log/verification");
    verdict.className = found.holds ? "" : "problem";
    verdict.textContent = found.holds ? t("holds", found.entries) : t("broken", found.fault.number, t(found.fault.fault));
  });
  put(t("log"), sheet(t("log"), h("p", { class: "soft" }, t("log_hint")), h("div", { class: "actions" }, verify), verdict, rows));
  await more();
}
