// SPDX-License-Identifier: MIT

// What Chromium says of a request. Pure.

import { NativeFailure } from "./common/native-port.js";

/**
 * @param {string} json requestDetailsJson of chrome.webAuthenticationProxy
 * @returns {{options: object, origin: string}} WebAuthn's options as JSON, and who asks
 */
export function readDetails(json) {
  const options = JSON.parse(json);
  const { remoteDesktopClientOverride: caller, ...extensions } = options.extensions ?? {};
  if (!caller) {
    throw new NativeFailure("UnknownError", "internal", "The browser does not say who asks.");
  }
  // The browser does not tell of which site the page around it is, and the phone's answer has to say it.
  if (!caller.sameOriginWithAncestors) {
    throw new NativeFailure("NotAllowedError", "origin-refused", "A frame of another site asks.");
  }
  return { options: { ...options, extensions }, origin: caller.origin };
}
