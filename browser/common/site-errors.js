// SPDX-License-Identifier: MIT

// What a page may know of a failure: a DOMException's name and a sentence that says no more. Whether the
// phone had no passkey, or the person said no, is the person's business; hybridd's window tells it.

const MESSAGES = {
  AbortError: "The operation was aborted.",
  ConstraintError: "The authenticator cannot do what the page requires.",
  InvalidStateError: "The authenticator is registered already.",
  NotAllowedError: "The operation either timed out or was not allowed.",
  NotSupportedError: "The authenticator does not support what the page asks for.",
  SecurityError: "The operation is insecure: the RP ID does not fit this page.",
  TypeError: "The page's request makes no sense.",
};

const GONE = new Set(["no-daemon", "daemon-gone", "no-answer"]);

/**
 * @param {{error?: string, cause?: string}} failure a NativeFailure, or whatever else was thrown
 * @returns {{name: string, message: string}}
 */
export function siteError({ error, cause }) {
  if (GONE.has(cause)) {
    return {
      name: "UnknownError",
      message: "hybridd, which was to ask the phone, has ended. Try again.",
    };
  }
  if (Object.hasOwn(MESSAGES, error)) {
    return { name: error, message: MESSAGES[error] };
  }
  return { name: "UnknownError", message: "The authenticator failed." };
}
