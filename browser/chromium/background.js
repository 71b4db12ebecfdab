// SPDX-License-Identifier: MIT

// Stands in for the browser's authenticators, while the person (or the administrator) wants that and hybridd
// is there. Chromium has checked the RP ID, focus and permissions before it asks here; hybridd checks the RP
// ID again.

import { answerPopup } from "./common/popup-answers.js";
import { NativePort } from "./common/native-port.js";
import { readSettings, writeUnknownBrowser } from "./common/settings.js";
import { siteError } from "./common/site-errors.js";
import { readDetails } from "./details.js";

const proxy = chrome.webAuthenticationProxy;

// While the program runs, the browser does not end this worker.
const native = new NativePort({ onGone: () => detach() });
// Then it is tried again: the program may have been replaced.
const RETRY_MS = 5_000;

/** Open requests of the browser, by its ids. */
const open = new Map();

let attached = false;
/** Attaching and detaching, one after the other. */
let change = Promise.resolve();

// ---- attached or not ----------------------------------------------------------------------------

async function isWanted() {
  const { attach } = await chrome.storage.managed.get("attach");
  return attach ?? (await readSettings()).attached;
}

async function show(badge, title) {
  await chrome.action.setBadgeText({ text: badge });
  await chrome.action.setTitle({ title: title ?? chrome.i18n.getMessage("name") });
}

async function attach() {
  try {
    await native.request({ type: "status" });
  } catch {
    await show("!", chrome.i18n.getMessage("popupMissing"));
    return;
  }
  // A text says what is wrong, such as that another extension is attached.
  const problem = await proxy.attach();
  attached = !problem;
  await show(problem ? "!" : "", problem);
}

/** The browser ends what is open with an AbortError. */
async function detachNow() {
  if (attached) {
    attached = false;
    await proxy.detach();
  }
}

function detach() {
  change = change.then(detachNow).then(() => show("!", chrome.i18n.getMessage("popupMissing")));
  setTimeout(follow, RETRY_MS);
}

function follow() {
  change = change.then(async () => {
    const wanted = await isWanted();
    if (wanted && !attached) {
      await attach();
    } else if (!wanted) {
      await detachNow();
      await show("");
    }
  });
}

// ---- requests -----------------------------------------------------------------------------------

async function answer(type, { requestDetailsJson, requestId }) {
  const aborted = new AbortController();
  open.set(requestId, aborted);
  try {
    const { options, origin } = readDetails(requestDetailsJson);
    const { response } = await native.request({ options, origin, type }, aborted.signal);
    return { requestId, responseJson: JSON.stringify(response) };
  } catch (error) {
    if (error.cause === "caller-refused") {
      await writeUnknownBrowser(true);
    }
    if (error.cause === "no-daemon" || error.cause === "caller-refused") {
      detach();
    }
    return { error: siteError(error), requestId };
  } finally {
    open.delete(requestId);
  }
}

/** A request that was cancelled, or ended by detaching, takes no answer. */
async function complete(how, completed) {
  try {
    await how(completed);
  } catch (error) {
    console.debug(`request ${completed.requestId}: ${error.message}`);
  }
}

proxy.onCreateRequest.addListener(async (request) =>
  complete(proxy.completeCreateRequest, await answer("create", request)),
);
proxy.onGetRequest.addListener(async (request) =>
  complete(proxy.completeGetRequest, await answer("get", request)),
);
proxy.onRequestCanceled.addListener((requestId) => open.get(requestId)?.abort());

// A phone is no authenticator of this computer.
proxy.onIsUvpaaRequest.addListener(({ requestId }) =>
  complete(proxy.completeIsUvpaaRequest, { isUvpaa: false, requestId }),
);

// ---- what makes it look anew --------------------------------------------------------------------

chrome.runtime.onInstalled.addListener(follow);
chrome.runtime.onStartup.addListener(follow);
chrome.storage.local.onChanged.addListener(follow);
chrome.storage.managed.onChanged.addListener(follow);
chrome.runtime.onMessage.addListener((message, sender, sendResponse) => {
  if (message.type === "attached") {
    change.then(() => sendResponse(attached));
    return true;
  }
  return answerPopup(native, message, sender, sendResponse);
});
follow();
