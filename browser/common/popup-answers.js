// SPDX-License-Identifier: MIT

// What the toolbar's popup wants to know of hybridd.

/** Whether a message is of a page of this extension, and not of a site's. */
function isOurs(sender) {
  return sender.url?.startsWith(chrome.runtime.getURL("")) ?? false;
}

/** @returns {boolean} whether the answer comes later, as chrome.runtime.onMessage wants to know */
export function answerPopup(native, { type }, sender, sendResponse) {
  if ((type !== "status" && type !== "diagnose") || !isOurs(sender)) {
    return false;
  }
  native.request({ type }).then(sendResponse, ({ cause, message }) => {
    sendResponse({ cause, message, type: "failed" });
  });
  return true;
}
