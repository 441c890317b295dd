// One's own account: posts, second factor, password, sign-ins.

import { call, remember } from "/staff/api.js";
import { action, field, form, h, say, section, state, table, time } from "/staff/dom.js";
import { roleName, t } from "/staff/texts.js";

export async function account({ me, put, start, again }) {
  const { items } = await call("GET", "/staff/sessions");
  put(t("account"), posts(me, start), secondFactor(me, put, start), password(me, start), sessions(items, again));
}

export function firstThing({ me, put, start }) {
  if (me.unfinished === "password") {
    put(t("first_password"), h("p", { class: "note" }, t("first_password_hint")), password(me, start));
  } else {
    put(t("first_factor"), h("p", { class: "note" }, t("first_factor_hint")), secondFactor(me, put, start));
  }
}

const scopeOf = (post) => post.scope || t("whole_department");

function posts(me, start) {
  const rows = me.posts.map((post) => [
    roleName(post.role), post.department, scopeOf(post),
    post.id === me.post.id
      ? state(t("present_post"), "good")
      : action(t("switch_post"), async () => {
        remember((await call("POST", "/staff/sessions/current/post", { post_id: post.id })).csrf_token);
        location.hash = "#account";
        await start();
      }),
  ]);
  const hint = me.posts.length > 1 ? h("p", { class: "soft" }, t("posts_hint")) : null;
  return section(t("posts"), hint, table(t("posts"), [t("role"), t("department"), t("scope"), ""], rows));
}

const codeField = (hint = "") => field("code", t("code"), { inputmode: "text", autocomplete: "one-time-code", maxlength: 20 }, hint);
const passwordField = (name, label, hint = "", autocomplete = "current-password") =>
  field(name, label, { type: "password", autocomplete, maxlength: 128 }, hint);

// So that password managers know whose password it is.
const owner = (me) => h("input", { type: "text", autocomplete: "username", value: me.name, hidden: true, readonly: true });

function secondFactor(me, put, start) {
  const now = me.second_factor
    ? h("p", {}, state(t("factor_on"), "good"), " ", h("span", { class: "soft" }, t("codes_left", me.recovery_codes_left)))
    : h("p", {}, state(t("factor_off"), me.second_factor_required ? "bad" : "off"));
  const demo = me.second_factor || me.second_factor_required ? null : h("p", { class: "soft" }, t("factor_demo"));
  const begin = form(t(me.second_factor ? "enrol_again" : "enrol"), async (given) => {
    offered(await call("POST", "/staff/second_factor", given), put, start);
  }, owner(me), passwordField("password", t("current_password")), me.second_factor ? codeField(t("code_hint")) : null);
  const renew = me.second_factor ? form(t("new_recovery_codes"), async (given) => {
    const answer = await call("POST", "/staff/second_factor/recovery_codes", given);
    recoveryCodes(answer.recovery_codes, put, start);
  }, owner(me), passwordField("password", t("current_password")), codeField(t("code_hint"))) : null;
  const more = (title, content) => content && h("details", {}, h("summary", {}, title), content);
  return section(t("second_factor"), now, demo,
    me.second_factor ? [more(t("enrol_again"), begin), more(t("new_recovery_codes"), renew)] : begin);
}

function offered(offer, put, start) {
  const picture = h("img", { class: "qr", alt: t("qr"), src: `data:image/svg+xml;base64,${btoa(offer.qr_svg)}` });
  const confirm = form(t("confirm"), async (given) => {
    const secured = await call("POST", "/staff/second_factor/confirmation", given);
    remember(secured.session.csrf_token);
    recoveryCodes(secured.recovery_codes, put, start);
  }, codeField());
  put(t("enrol"), h("section", {}, h("p", {}, t("enrol_scan")), picture,
    h("p", { class: "soft" }, t("enrol_by_hand")), h("code", { class: "secret" }, offer.secret.match(/.{1,4}/g).join(" ")),
    h("br"), confirm));
  confirm.querySelector("input").focus();
}

function recoveryCodes(codes, put, start) {
  const list = h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("code", {}, `${code.slice(0, 5)}-${code.slice(5)}`))));
  put(t("recovery_codes"), h("section", {}, h("p", { class: "note" }, t("recovery_hint")), list,
    h("div", { class: "actions" }, action(t("kept"), start))));
}

function password(me, start) {
  return section(t("change_password"), form(t("change_password"), async (given) => {
    remember((await call("POST", "/staff/password", given)).csrf_token);
    await start();
    say(t("password_changed"));
  },
  owner(me),
  passwordField("current", t("current_password")),
  passwordField("new", t("new_password"), t("password_hint"), "new-password")));
}

function sessions(items, again) {
  const rows = items.map((one) => [
    t(one.kind === "cookie" ? "browser" : "token"), roleName(one.post.role), one.source, time(one.created_at),
    time(one.seen_at), time(one.ends_at),
    one.current ? state(t("this_one"), "good") : action(t("end"), async () => {
      await call("DELETE", `/staff/sessions/${one.id}`);
      await again();
    }, { danger: true }),
  ]);
  const headings = [t("kind"), t("role"), t("source"), t("since"), t("seen"), t("ends"), ""];
  const everywhere = action(t("sign_out_everywhere"), async () => {
    await call("DELETE", "/staff/sessions");
    location.hash = "";
    location.reload();
  }, { danger: true });
  return section(t("sessions"), table(t("sessions"), headings, rows), h("br"), h("div", { class: "actions" }, everywhere));
}
