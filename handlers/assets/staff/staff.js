// Where the page begins: who is here, and what they can do.

import { account, firstThing } from "/staff/account.js";
import { accounts, log, proposals } from "/staff/administration.js";
import { Problem, call, onSessionOver, remember } from "/staff/api.js";
import { field, form, h, say } from "/staff/dom.js";
import { language, roleName, setLanguage, t } from "/staff/texts.js";
import { figures, hall, keys } from "/staff/work.js";

const VIEWS = {
  account: { show: account, roles: null },
  proposals: { show: proposals, roles: ["operator", "auditor"] },
  accounts: { show: accounts, roles: ["operator", "auditor"] },
  figures: { show: figures, roles: ["department"] },
  keys: { show: keys, roles: ["department", "operator", "auditor"] },
  hall: { show: hall, roles: ["hall_clerk"] },
  log: { show: log, roles: ["auditor"] },
};
const main = document.getElementById("main");
let me = null;

function put(title, ...children) {
  main.replaceChildren(h("h1", {}, title), ...children);
  document.title = `${title} · 城市通`;
}

function heading() {
  document.documentElement.lang = language() === "en" ? "en" : "zh-CN";
  document.getElementById("place").textContent = t("staff");
  document.getElementById("language").textContent = language() === "en" ? "中文" : "English";
  document.getElementById("language").lang = language() === "en" ? "zh-CN" : "en";
  const out = document.getElementById("sign-out");
  out.hidden = me === null;
  out.textContent = t("sign_out");
  document.getElementById("who").textContent = me ? `${me.name} · ${roleName(me.post.role)} · ${me.post.department}` : "";
}

function signIn(said = "") {
  me = null;
  remember("");
  heading();
  document.getElementById("views").hidden = true;
  main.className = "narrow";
  const code = field("code", t("code"), { required: false, inputmode: "text", autocomplete: "one-time-code", maxlength: 20 }, t("code_hint"));
  code.hidden = true;
  const sent = form(t("sign_in"), async (given) => {
    try {
      const grant = await call("POST", "/staff/sessions", { ...given, browser: true });
      remember(grant.csrf_token);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "identity.staff_code_needed") throw error;
      code.hidden = false;
      code.querySelector("input").required = true;
      code.querySelector("input").focus();
      if (!given.code) return;
      throw error;
    }
    await start();
  },
  field("name", t("name"), { autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 64 }),
  field("password", t("password"), { type: "password", autocomplete: "current-password", maxlength: 128 }),
  code);
  put(t("sign_in_title"), h("section", {}, said && h("p", { class: "note" }, said), sent));
  sent.querySelector("input").focus();
}

async function signOut() {
  await call("DELETE", "/staff/sessions/current");
  signIn(t("signed_out"));
  location.hash = "";
}

function views() {
  return Object.entries(VIEWS).filter(([, view]) => view.roles === null || view.roles.includes(me.post.role));
}

function navigation(present) {
  const nav = document.getElementById("views");
  const links = views().map(([name]) => h("a", { href: `#${name}`, "aria-current": name === present ? "page" : null }, t(name)));
  nav.replaceChildren(...links);
  nav.hidden = false;
}

// Shows the view that the address names. Each view gets who is here, where to put itself, and how to begin again.
async function show() {
  if (me === null) return;
  heading();
  if (me.unfinished) {
    document.getElementById("views").hidden = true;
    main.className = "narrow";
    return firstThing({ me, put, start });
  }
  const names = views().map(([name]) => name);
  const present = names.includes(location.hash.slice(1)) ? location.hash.slice(1) : names[0];
  navigation(present);
  main.className = "";
  try {
    await VIEWS[present].show({ me, put, start, again: show });
  } catch (error) {
    if (me !== null) say(error.shown ?? t("failed"));
  }
}

async function start() {
  me = await call("GET", "/staff/me");
  remember(me.csrf_token);
  await show();
  main.focus();
}

document.getElementById("sign-out").addEventListener("click", () => signOut().catch((error) => say(error.shown ?? t("failed"))));
document.getElementById("language").addEventListener("click", () => {
  setLanguage(language() === "en" ? "zh" : "en");
  if (me === null) signIn();
  else show();
});
window.addEventListener("hashchange", show);
onSessionOver(() => { if (me !== null) signIn(t("over")); });

call("GET", "/city").then((city) => { document.getElementById("city").textContent = city.name.zh; }).catch(() => {});
start().catch(() => signIn());
