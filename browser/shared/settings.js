// SPDX-License-Identifier: MIT

// What the person has chosen. Kept by the browser, on this computer only.

const DEFAULTS = {
  // "ask", "phone" or "browser": what a page's wish for a passkey is given to (Firefox).
  choice: "ask",
  // Whether frames of other sites may sign in by phone (Firefox).
  frames: false,
  // Whether hybridd stands in for the browser's own authenticators (Chromium).
  attached: false,
};

/** All settings. */
export async function readSettings() {
  return chrome.storage.local.get(DEFAULTS);
}

/** Changes some. */
export async function writeSettings(changes) {
  await chrome.storage.local.set(changes);
}
