// SPDX-License-Identifier: MIT

// Asks the person, in a small window of the add-on's own: a phone, or the browser's own dialog. No page can
// draw over it or click in it.

import { NativeFailure } from "../common/native-port.js";
import { writeSettings } from "../common/settings.js";

const WIDTH = 440;
const HEIGHT = 400;

/** Open questions, by the ids of their windows. */
const questions = new Map();

function refuse(question) {
  question.reject(new NativeFailure("NotAllowedError", "cancelled", "The person closed the window."));
}

/** How long the page waits, within the bounds that WebAuthn recommends. */
function timeoutOf({ timeout = 300_000 }) {
  return Math.min(Math.max(timeout, 30_000), 600_000);
}

/** In the middle of the browser's window. */
async function placeOver(tab) {
  const { height, left, top, width } = await chrome.windows.get(tab.windowId);
  return {
    left: Math.round(left + (width - WIDTH) / 2),
    top: Math.round(top + (height - HEIGHT) / 3),
  };
}

/**
 * @param {{kind: string, options: {timeout?: number}}} asked
 * @param {{origin: string, topOrigin?: string}} origins
 * @param {object} tab of the page
 * @param {AbortSignal} signal takes the question back
 * @returns {Promise<"phone" | "browser">} rejected with a NativeFailure if the window is closed
 */
export async function askPerson(asked, origins, tab, signal) {
  // The site is what the browser says; the RP ID, which the page says, was not checked yet.
  const about = { kind: asked.kind, site: new URL(origins.origin).host };
  const opened = await chrome.windows.create({
    height: HEIGHT,
    incognito: tab.incognito,
    type: "popup",
    url: `choice/choice.html#${new URLSearchParams(about)}`,
    width: WIDTH,
    ...(await placeOver(tab)),
  });
  return new Promise((resolve, reject) => {
    const close = () => chrome.windows.remove(opened.id).catch(() => {});
    const question = { pageWindowId: tab.windowId, reject, resolve };
    questions.set(opened.id, question);
    signal.addEventListener("abort", close, { once: true });
    setTimeout(close, timeoutOf(asked.options));
    if (signal.aborted) {
      close();
    }
    // It may have been closed before we knew its id.
    chrome.windows.get(opened.id).catch(() => refuse(question));
  });
}

async function takeChoice({ choice, remember }, sender) {
  const windowId = sender.tab?.windowId;
  const question = questions.get(windowId);
  if (!question || sender.url.split("#")[0] !== chrome.runtime.getURL("choice/choice.html")) {
    return;
  }
  questions.delete(windowId);
  try {
    if (remember) {
      await writeSettings({ choice });
    }
    // The page is to be in front again: the browser's own dialog opens for no other.
    await chrome.windows.remove(windowId);
    await chrome.windows.update(question.pageWindowId, { focused: true });
  } finally {
    question.resolve(choice);
  }
}

/** To be called when the background starts. */
export function listenForChoices() {
  chrome.runtime.onMessage.addListener((message, sender) => {
    if (message.type === "choice") {
      takeChoice(message, sender);
    }
  });
  chrome.windows.onRemoved.addListener((id) => {
    const question = questions.get(id);
    questions.delete(id);
    if (question) {
      refuse(question);
    }
  });
}
