// SPDX-License-Identifier: MIT

// Takes what pages ask for from page/override.js, decides who is to answer, and has hybridd ask the phone.
// Which page asks is what the browser says of the port, never what the page says.

import { decide } from "./decision.js";
import { askPerson, listenForChoices } from "./choice/choices.js";
import { answerPopup } from "./shared/popup-answers.js";
import { NativeFailure, NativePort } from "./shared/native-port.js";
import { readSettings } from "./shared/settings.js";
import { siteError } from "./shared/site-errors.js";

const IDLE_MS = 5_000;
// Pages may ask as often as they like whether phones can be used; hybridd is not.
const KNOWN_MS = 30_000;

const native = new NativePort({ idleMs: IDLE_MS });

/** The origins of a request; topOrigin only if the frame is of another site than all around it. */
function originsOf(sender, sameOriginWithAncestors) {
  const topOrigin = new URL(sender.tab.url).origin;
  const isTop = sender.frameId === 0;
  const crossOrigin = !isTop && (sender.origin !== topOrigin || !sameOriginWithAncestors);
  return { crossOrigin, origin: sender.origin, topOrigin: crossOrigin ? topOrigin : undefined };
}

async function lookWhetherAvailable() {
  try {
    const { bluetooth } = await native.request({ type: "status" });
    return bluetooth !== "absent";
  } catch {
    return false;
  }
}

/** What was seen last. */
const seen = { at: -Infinity, available: Promise.resolve(false) };

/** Whether a phone could be asked at all: hybridd is there, and so is Bluetooth. */
function isAvailable() {
  seen.at = performance.now();
  seen.available = lookWhetherAvailable();
  return seen.available;
}

/** The same, for pages that only want to know. */
function wasAvailable() {
  return performance.now() - seen.at > KNOWN_MS ? isAvailable() : seen.available;
}

/** "phone" or "browser"; asks the person if need be. Rejected if the person wants neither. */
async function choose(asked, origins, sender, signal) {
  if (!(await isAvailable())) {
    return "browser";
  }
  const decision = decide({ ...asked, crossOrigin: origins.crossOrigin }, await readSettings());
  if (decision !== "ask") {
    return decision;
  }
  return native.holdWhile(() => askPerson(asked, origins, sender.tab, signal));
}

/** Tabs with something open. Nobody has two phones in hand: more would be windows in the person's way. */
const busy = new Set();

async function answer(asked, sender, signal) {
  if (busy.has(sender.tab.id)) {
    throw new NativeFailure("NotAllowedError", "busy", "Something else is open in this tab.");
  }
  busy.add(sender.tab.id);
  try {
    return await answerOne(asked, sender, signal);
  } finally {
    busy.delete(sender.tab.id);
  }
}

async function answerOne(asked, sender, signal) {
  const origins = originsOf(sender, asked.sameOriginWithAncestors);
  if ((await choose(asked, origins, sender, signal)) === "browser") {
    return { type: "browser" };
  }
  signal.throwIfAborted();
  const { response } = await native.request(
    {
      options: asked.options,
      origin: origins.origin,
      topOrigin: origins.topOrigin,
      type: asked.kind,
    },
    signal,
  );
  return { response, type: "done" };
}

chrome.runtime.onConnect.addListener((port) => {
  if (port.name !== "request" || !port.sender.tab) {
    return;
  }
  const gone = new AbortController();
  const reply = (message) => gone.signal.aborted || port.postMessage(message);
  port.onDisconnect.addListener(() => gone.abort());
  port.onMessage.addListener((asked) => {
    answer(asked, port.sender, gone.signal).then(reply, (error) =>
      reply({ type: "failed", ...siteError(error) }),
    );
  });
});

chrome.runtime.onMessage.addListener((message, sender, sendResponse) => {
  if (message.type === "available") {
    wasAvailable().then(sendResponse);
    return true;
  }
  return answerPopup(native, message, sender, sendResponse);
});

listenForChoices();
