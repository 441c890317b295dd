// Speaking to the API. The cookie goes along by itself; what changes something also carries the token against requests
// that other sites forge.

import { language, t } from "/staff/texts.js";

let csrfToken = "";
let whenOver = () => {};

export function remember(token) {
  csrfToken = token ?? "";
}

export function onSessionOver(react) {
  whenOver = react;
}

export class Problem extends Error {
  constructor(body, wait) {
    super(body.code);
    this.code = body.code;
    this.body = body;
    this.shown = wait ? `${body.title} (${t("wait", wait)})` : body.title;
  }
}

export async function call(method, path, body) {
  const headers = { "Accept-Language": language() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (csrfToken && method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(`/api/v1${path}`, { method, headers, body: sent, credentials: "same-origin", cache: "no-store" });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (response.ok) return answer;
  const problem = new Problem(answer, response.headers.get("Retry-After"));
  if (["identity.staff_session_over", "identity.sign_in_needed"].includes(problem.code)) whenOver(problem);
  throw problem;
}
