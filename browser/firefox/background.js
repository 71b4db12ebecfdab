// SPDX-License-Identifier: MIT

// Takes what pages ask for from page/override.js, decides who is to answer, and has hybridd ask the phone.
// Which page asks is what the browser says of the port, never what the page says.

import { Availability } from "./availability.js";
import { decide } from "./decision.js";
import { askPerson, listenForChoices } from "./choice/choices.js";
import { answerPopup } from "./common/popup-answers.js";
import { NativeFailure, NativePort } from "./common/native-port.js";
import { readSettings, writeUnknownBrowser } from "./common/settings.js";
import { siteError } from "./common/site-errors.js";

const IDLE_MS = 5_000;

const native = new NativePort({ idleMs: IDLE_MS });
const availability = new Availability(native);

/** The origins of a request; topOrigin only if the frame is of another site than all around it. */
function originsOf(sender, sameOriginWithAncestors) {
  const topOrigin = new URL(sender.tab.url).origin;
  const isTop = sender.frameId === 0;
  const crossOrigin = !isTop && (sender.origin !== topOrigin || !sameOriginWithAncestors);
  return { crossOrigin, origin: sender.origin, topOrigin: crossOrigin ? topOrigin : undefined };
}

/** A frame may be of no site. */
function isOrigin(origin) {
  return origin !== undefined && origin !== "null";
}

/** "phone" or "browser"; asks the person if need be. Rejected if the person wants neither. */
async function choose(asked, origins, sender, signal) {
  if (!isOrigin(origins.origin) || (origins.crossOrigin && !isOrigin(origins.topOrigin))) {
    return "browser";
  }
  if (!(await availability.now())) {
    return "browser";
  }
  const decision = decide({ ...asked, crossOrigin: origins.crossOrigin }, await readSettings());
  if (decision !== "ask") {
    return decision;
  }
  return native.holdWhile(() => askPerson(asked, origins, sender.tab, signal));
}

async function askPhone(asked, origins, signal) {
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

async function answerOne(asked, sender, signal) {
  const origins = originsOf(sender, asked.sameOriginWithAncestors);
  if ((await choose(asked, origins, sender, signal)) === "browser") {
    return { type: "browser" };
  }
  signal.throwIfAborted();
  try {
    return await askPhone(asked, origins, signal);
  } catch (error) {
    if (error.cause !== "caller-refused") {
      throw error;
    }
    // Not the page's fault, and nothing that the person was told: the popup tells it.
    await writeUnknownBrowser(true);
    return { type: "browser" };
  }
}

/** Tabs with something open. Nobody has two phones in hand: more would be windows in the person's way. */
const busy = new Set();
/** Tabs whose last request the person did not want: the next one has to come of an act of the person's. */
const unwanted = new Set();

function refuse(cause) {
  throw new NativeFailure("NotAllowedError", cause, "The person is not to be bothered.");
}

async function answer(asked, sender, signal) {
  const { id } = sender.tab;
  if (busy.has(id)) {
    refuse("busy");
  }
  if (unwanted.has(id) && !asked.active) {
    refuse("unwanted");
  }
  busy.add(id);
  unwanted.add(id);
  try {
    const answered = await answerOne(asked, sender, signal);
    unwanted.delete(id);
    return answered;
  } finally {
    busy.delete(id);
  }
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
    availability.lately().then(sendResponse);
    return true;
  }
  return answerPopup(native, message, sender, sendResponse);
});

// A new version waits for the browser's next start: the pages that are open have this one's functions, which
// would die with it.
chrome.runtime.onUpdateAvailable.addListener(() => {});

listenForChoices();
