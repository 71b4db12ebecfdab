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

/**
 * Whether hybridd said, since the browser's start, that it does not know this browser: it cannot be used
 * before somebody lists it.
 */
export async function readUnknownBrowser() {
  return (await chrome.storage.session.get({ unknownBrowser: false })).unknownBrowser;
}

/** Remembers it. */
export async function writeUnknownBrowser(unknownBrowser) {
  await chrome.storage.session.set({ unknownBrowser });
}

/** Changes some. */
export async function writeSettings(changes) {
  await chrome.storage.local.set(changes);
}
