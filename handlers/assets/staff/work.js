// Departments and halls: figures, API keys, the hall's code.

import { call } from "/staff/api.js";
import { action, field, form, h, say, section, sheet, state, table, time } from "/staff/dom.js";
import { t } from "/staff/texts.js";

export async function figures({ put }) {
  const { items, day } = await call("GET", "/department/cards");
  const rows = items.map((one) => [h("code", {}, one.card_id), one.uses.all, one.citizens, one.quota_left ?? "–"]);
  const headings = [t("card"), { text: t("used"), number: true }, { text: t("citizens"), number: true }, { text: t("quota_left"), number: true }];
  put(`${t("figures")} · ${day}`, sheet(t("figures"), table(t("figures"), headings, rows)));
}

export async function keys({ me, put, again }) {
  const { items } = await call("GET", "/staff/api_keys");
  const own = me.post.role === "department" && !me.post.scope;
  const told = h("div", { id: "told" });
  const shown = async (answer) => {
    await again();
    const place = document.getElementById("told");
    place.replaceChildren(h("section", { role: "status" }, h("p", {}, t("new_key")), h("code", { class: "secret" }, answer.secret)));
    place.scrollIntoView();
  };
  const revoke = async (one) => {
    const answer = await call("DELETE", `/staff/api_keys/${one.id}`);
    await again();
    say(t(answer.state === "proposed" ? "proposed" : "done"));
  };
  const rows = items.map((one) => [h("code", {}, one.prefix), one.system, one.department, one.scopes.join(", "),
    time(one.expires_at), one.last_used_on ?? t("never"), one.live ? state(t("live"), "good") : state(t("ended"), "off"),
    one.live && me.post.role !== "auditor" ? h("div", { class: "actions" },
      own ? action(t("rotate"), async () => shown(await call("POST", `/staff/api_keys/${one.id}/rotation`))) : null,
      action(t("revoke"), () => revoke(one), { danger: true, ask: t("sure", one.prefix, t("revoke")) })) : ""]);
  const headings = [t("begins"), t("system"), t("department"), t("scopes"), t("valid_until"), t("last_used"), t("state"), ""];
  put(t("keys"), told, sheet(t("keys"), h("p", { class: "soft" }, t("keys_hint")), table(t("keys"), headings, rows)),
    own ? section(t("make_key"), form(t("make_key"), async (given) => {
      const wanted = { system: given.system, scopes: [given.scope], days: Number(given.days) };
      await shown(await call("POST", "/staff/api_keys", wanted));
    },
    h("div", { class: "row" },
      field("system", t("system"), { maxlength: 40, pattern: "[A-Za-z0-9._\\-]+" }, t("system_hint")),
      field("scope", t("scopes"), { value: "cards.figures", readonly: true }),
      field("days", t("days"), { type: "number", min: 1, max: 365, value: "365" })))) : "");
}

export async function hall({ put }) {
  const told = h("div");
  const issue = form(t("issue"), async (given, made) => {
    const issued = await call("POST", "/staff/hall_codes", { id_number: given.id_number });
    made.reset();
    told.replaceChildren(h("section", { role: "status" }, h("p", {}, t("hall_code_for", issued.id_number, issued.expires_at.slice(11, 16))),
      h("p", { class: "secret digits" }, `${issued.code.slice(0, 4)} ${issued.code.slice(4)}`)));
  },
  field("id_number", t("id_number"), { maxlength: 18, inputmode: "text", autocapitalize: "characters", spellcheck: "false" }),
  h("div", { class: "field" }, h("label", { class: "choice" }, h("input", { type: "checkbox", name: "seen", required: true }), t("seen_person"))));
  put(t("hall"), sheet(t("hall"), h("p", { class: "soft" }, t("hall_hint")), issue), told);
}
