// SPDX-License-Identifier: MIT

import { showMessages } from "../common/messages.js";

// A click or a key that was meant for the page below is not an answer.
const READY_MS = 500;

const about = new URLSearchParams(location.hash.slice(1));

/** Who asks has gone: nobody waits for an answer any more. */
chrome.runtime.connect({ name: "question" }).onDisconnect.addListener(() => window.close());

let ready = false;
setTimeout(() => {
  ready = true;
  document.getElementById("choices").dataset.ready = "yes";
}, READY_MS);

function choose(choice) {
  if (!ready) {
    return;
  }
  const remember = document.getElementById("remember").checked;
  chrome.runtime.sendMessage({ choice, remember, type: "choice" });
}

showMessages();
const purpose = about.get("kind") === "create" ? "purposeCreate" : "purposeGet";
document.getElementById("purpose").textContent = chrome.i18n.getMessage(purpose);
document.getElementById("site").textContent = about.get("site");
document.title = `${chrome.i18n.getMessage(purpose)} ${about.get("site")}`;

document.getElementById("choices").addEventListener("submit", (event) => {
  event.preventDefault();
  choose(event.submitter.value);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    window.close();
  }
});
document.querySelector(".suggested").focus();
