// SPDX-License-Identifier: MIT

// Who is to answer a page: the browser itself, or a phone; or is the person asked? Pure.

const FOR_THE_BROWSER = new Set(["security-key", "client-device"]);

/** What the page's hints want: "phone", "browser", or undefined. The first that is known counts. */
function fromHints(hints = []) {
  for (const hint of hints) {
    if (hint === "hybrid") {
      return "phone";
    }
    if (FOR_THE_BROWSER.has(hint)) {
      return "browser";
    }
  }
  return undefined;
}

/** Whether a credential may be on a phone. What says nothing may be. */
function mayBeOnPhone({ transports = [] }) {
  return transports.length === 0 || transports.includes("hybrid");
}

/** Whether no phone can help, whatever the person wants. */
function onlyTheBrowserCan(kind, options) {
  if (kind === "create") {
    return options.authenticatorSelection?.authenticatorAttachment === "platform";
  }
  const allowed = options.allowCredentials ?? [];
  return allowed.length > 0 && !allowed.some(mayBeOnPhone);
}

/**
 * @param {object} asked kind: "create" or "get"; options: WebAuthn's, as JSON; crossOrigin: in a frame of
 *   another site; active: the person did something in the page just now
 * @param {object} settings of settings.js
 * @returns {"phone" | "browser" | "ask"}
 */
export function decide({ kind, options, crossOrigin, active }, settings) {
  if (crossOrigin && (kind === "create" || !settings.frames)) {
    return "browser";
  }
  if (onlyTheBrowserCan(kind, options)) {
    return "browser";
  }
  const wanted = fromHints(options.hints) ?? settings.choice;
  // No window comes by itself, unless the person has just done something.
  return wanted === "phone" && !active ? "ask" : wanted;
}
