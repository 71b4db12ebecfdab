// SPDX-License-Identifier: MIT

import { showMessages } from "../shared/messages.js";

const about = new URLSearchParams(location.hash.slice(1));

function choose(choice) {
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
