"use strict";
// Follows a sign-in: asks how far it is, shows what belongs to it, and goes on when it is approved.
const page = document.getElementById("sign-in");
const address = `/oidc/sign_ins/${page.dataset.id}`;
const HALF_MINUTE = 30_000, PAUSE = 1_000;
let step = Math.floor(Date.now() / HALF_MINUTE);

function show(progress) {
  for (const part of document.querySelectorAll("[data-at]")) part.hidden = part.dataset.at !== progress.stage;
  for (const part of document.querySelectorAll("[data-not-at]"))
    part.hidden = part.dataset.notAt.split(" ").includes(progress.stage);
  document.getElementById("number").textContent = progress.number || "";
  const link = document.getElementById("open"), picture = document.getElementById("code");
  if (link && progress.open) link.href = progress.open;
  const now = Math.floor(Date.now() / HALF_MINUTE);
  if (picture && now !== step) picture.src = `${address}/code.svg?step=${now}`;
  step = now;
}

async function follow() {
  let progress = null;
  try {
    const answer = await fetch(`${address}/progress`, { cache: "no-store" });
    if (answer.status === 404) progress = { stage: "over", number: null, open: null };
    else if (answer.ok) progress = await answer.json();
  } catch {
    // The network is away for a moment: ask again.
  }
  if (progress) {
    show(progress);
    if (progress.stage === "approved") return location.replace(`${address}/continuation`);
    if (progress.stage === "refused" || progress.stage === "over") return;
  }
  setTimeout(follow, PAUSE);
}

follow();
