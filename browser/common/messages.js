// SPDX-License-Identifier: MIT

// Texts of a page in the person's language: those of _locales.

/** Fills each element that names a message in data-message. */
export function showMessages() {
  document.documentElement.lang = chrome.i18n.getMessage("@@ui_locale").replace("_", "-");
  document.documentElement.dir = chrome.i18n.getMessage("@@bidi_dir");
  for (const element of document.querySelectorAll("[data-message]")) {
    element.textContent = chrome.i18n.getMessage(element.dataset.message);
  }
}
