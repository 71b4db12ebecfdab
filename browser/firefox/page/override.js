// SPDX-License-Identifier: MIT

// Puts hybridd before the page's navigator.credentials. This runs in the add-on's own world: the page gets
// functions, but no channel on which it could listen, or say something that it has not to say.

"use strict";

(() => {
  const FOCUS_MS = 2000;
  const ADD_ON_GONE = {
    message: "The add-on that was to ask the phone has gone. Try again.",
    name: "UnknownError",
  };
  const page = window.wrappedJSObject;

  /** An object as the page sees it; other values as they are. */
  function waive(value) {
    return value?.wrappedJSObject ?? value;
  }

  /** Whether all frames around this one are of its own site; asked of the browser's own objects. */
  function sameOriginWithAncestors() {
    try {
      for (let frame = window; frame !== window.top; frame = frame.parent) {
        if (frame.parent.location.origin !== window.location.origin) {
          return false;
        }
      }
      return true;
    } catch {
      return false; // another site's says nothing
    }
  }

  function pageError({ name, message }) {
    return new window.DOMException(message, name);
  }

  /** The page's AbortSignal as the browser has it; null if there is none. */
  function signalOf(options) {
    if (options.signal === undefined) {
      return null;
    }
    const signal = XPCNativeWrapper(options.signal);
    if (!(signal instanceof window.AbortSignal)) {
      throw new TypeError("not an AbortSignal");
    }
    return signal;
  }

  /** What is asked of hybridd; null for what only the browser can do, or say what is wrong with. */
  function readOptions(kind, options) {
    try {
      const { mediation = "optional", publicKey } = options;
      if (publicKey === undefined || (mediation !== "optional" && mediation !== "required")) {
        return null;
      }
      const signal = signalOf(options);
      return signal?.aborted ? null : { options: encodeOptions(kind, publicKey), signal };
    } catch {
      return null;
    }
  }

  function personIsHere() {
    return (
      window.isSecureContext && document.hasFocus() && navigator.userActivation.hasBeenActive
    );
  }

  /** The browser's own dialog opens only for a page that is in front: not while our question closes. */
  function whenInFront(then) {
    if (document.hasFocus()) {
      then();
      return;
    }
    const once = () => {
      clearTimeout(patience);
      window.removeEventListener("focus", once);
      then();
    };
    const patience = setTimeout(once, FOCUS_MS);
    window.addEventListener("focus", once);
  }

  /** Null when the add-on was taken away, or replaced, while the page stayed. */
  function connect() {
    try {
      return browser.runtime.connect({ name: "request" });
    } catch {
      return null;
    }
  }

  /** Asks the background; it ends when the page goes. Calls one of the ends once. */
  function ask(kind, { options, signal }, ends) {
    const port = connect();
    if (!port) {
      ends.browser();
      return;
    }
    const abort = () => {
      port.disconnect();
      // The page's own: what is made for us the page may not see.
      ends.rejected(waive(signal).reason);
    };
    const finish = (end) => {
      signal?.removeEventListener("abort", abort);
      port.disconnect();
      end();
    };

    signal?.addEventListener("abort", abort, { once: true });
    port.onMessage.addListener((reply) => {
      if (reply.type === "done") {
        finish(() => ends.resolved(pageCredential(kind, reply.response)));
      } else if (reply.type === "browser") {
        finish(() => whenInFront(ends.browser));
      } else {
        finish(() => ends.rejected(pageError(reply)));
      }
    });
    port.onDisconnect.addListener(() => finish(() => ends.rejected(pageError(ADD_ON_GONE))));
    port.postMessage({
      active: navigator.userActivation.isActive,
      kind,
      options,
      sameOriginWithAncestors: sameOriginWithAncestors(),
    });
  }

  /** The function that the page gets instead of another one. */
  function replacement(kind, original) {
    return function (options) {
      const container = this;
      const callOriginal = () => original.call(waive(container), waive(options));
      const asked = personIsHere() ? readOptions(kind, waive(options)) : null;
      if (!asked) {
        return callOriginal();
      }
      return new window.Promise(
        exportFunction((resolve, reject) => {
          ask(kind, asked, {
            browser: () => resolve(callOriginal()),
            rejected: reject,
            resolved: resolve,
          });
        }, window),
      );
    };
  }

  function override(target, kind) {
    exportFunction(replacement(kind, target[kind]), target, { defineAs: kind });
  }

  /** Says that phones can be used, when they can. All else is what the browser says. */
  function overrideCapabilities() {
    const target = page.PublicKeyCredential;
    const original = target?.getClientCapabilities;
    if (!original) {
      return;
    }
    exportFunction(
      function () {
        const capabilities = original.call(target);
        return new window.Promise(
          exportFunction((resolve, reject) => {
            const complete = (known) => {
              const add = (available) => {
                if (available) {
                  waive(known).hybridTransport = true;
                }
                resolve(known);
              };
              browser.runtime.sendMessage({ type: "available" }).then(add, () => add(false));
            };
            capabilities.then(exportFunction(complete, window), reject);
          }, window),
        );
      },
      target,
      { defineAs: "getClientCapabilities" },
    );
  }

  if (page.CredentialsContainer) {
    for (const kind of ["create", "get"]) {
      override(page.CredentialsContainer.prototype, kind);
      // Another add-on's, which came first, stands on the object itself: it stays what people get when
      // they choose the browser's own.
      if (Object.hasOwn(page.navigator.credentials, kind)) {
        override(page.navigator.credentials, kind);
      }
    }
    overrideCapabilities();
  }
})();
