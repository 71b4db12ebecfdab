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
  const NO_CREDENTIAL = {
    message: "The phone's answer could not be given to the page.",
    name: "UnknownError",
  };
  const page = window.wrappedJSObject;

  /** An object as the page sees it; other values, and what is of another site, as they are. */
  function waive(value) {
    try {
      return value?.wrappedJSObject ?? value;
    } catch {
      return value;
    }
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
    return name === "TypeError"
      ? new window.TypeError(message)
      : new window.DOMException(message, name);
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

  /**
   * What is asked of hybridd; null for what only the browser can do, or say what is wrong with. Read once, as
   * the page itself would read it: getters run as its code, with no more rights than that has.
   */
  function readOptions(kind, options) {
    try {
      const { mediation = "optional", publicKey } = options;
      if (publicKey === undefined || (mediation !== "optional" && mediation !== "required")) {
        return null;
      }
      const signal = signalOf(options);
      if (signal?.aborted) {
        return null;
      }
      const copy = structuredClone(publicKey);
      const active = navigator.userActivation.isActive;
      return { active, copy, options: encodeOptions(kind, copy), signal };
    } catch {
      return null;
    }
  }

  /** The page's options as they were when it called: it may have used its buffers for something else. */
  function pageOptions(options, copy) {
    const again = cloneInto({}, window).wrappedJSObject;
    Object.assign(again, options);
    again.publicKey = cloneInto(copy, window);
    return again;
  }

  function personIsHere() {
    return (
      window.isSecureContext && document.hasFocus() && navigator.userActivation.hasBeenActive
    );
  }

  /**
   * Whether the permissions policies around the page let it ask. The browser does not say so to scripts, but
   * refuses before it looks at the RP ID; this one is no site's, so that nothing else can come of it. It is
   * asked from this world: no other add-on's function is in the way.
   */
  async function lookWhetherPermitted(kind) {
    const challenge = new Uint8Array(16);
    const user = { displayName: "", id: new Uint8Array(1), name: "" };
    const nobodys = {
      create: { challenge, pubKeyCredParams: [], rp: { id: "*", name: "" }, user },
      get: { challenge, rpId: "*" },
    };
    try {
      await navigator.credentials[kind]({ publicKey: nobodys[kind] });
      return false;
    } catch ({ name }) {
      return name === "SecurityError";
    }
  }

  const permitted = {};

  /** The same; looked at once, and again if the answer was no: it may have been for want of focus. */
  function isPermitted(kind) {
    permitted[kind] ??= lookWhetherPermitted(kind).then((yes) => {
      permitted[kind] = yes ? permitted[kind] : undefined;
      return yes;
    });
    return permitted[kind];
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

  function giveCredential(kind, response, ends) {
    let credential;
    try {
      credential = pageCredential(kind, response);
    } catch {
      ends.rejected(pageError(NO_CREDENTIAL));
      return;
    }
    ends.resolved(credential);
  }

  /** Asks the background; it ends when the page goes. Calls one of the ends once. */
  function ask(kind, { active, options, signal }, ends) {
    const port = signal?.aborted ? null : connect();
    if (!port) {
      ends.browser();
      return;
    }
    const abort = () => {
      if (!signal.aborted) {
        return; // an event of the page's making
      }
      port.disconnect();
      // The page's own: what is made for us the page may not see.
      ends.rejected(waive(signal).reason);
    };
    const finish = (end) => {
      signal?.removeEventListener("abort", abort);
      port.disconnect();
      end();
    };

    signal?.addEventListener("abort", abort);
    port.onMessage.addListener((reply) => {
      if (reply.type === "done") {
        finish(() => giveCredential(kind, reply.response, ends));
      } else if (reply.type === "browser") {
        finish(() => whenInFront(ends.browser));
      } else {
        finish(() => ends.rejected(pageError(reply)));
      }
    });
    port.onDisconnect.addListener(() => finish(() => ends.rejected(pageError(ADD_ON_GONE))));
    port.postMessage({
      active,
      kind,
      options,
      sameOriginWithAncestors: sameOriginWithAncestors(),
    });
  }

  /** The function that the page gets instead of another one. */
  function replacement(kind, original) {
    return function (options) {
      const container = waive(this);
      const given = waive(options);
      // In frames of other sites the browser wants an act of the person's for itself.
      const ours = personIsHere() && (kind === "get" || sameOriginWithAncestors());
      const asked = ours ? readOptions(kind, given) : null;
      if (!asked) {
        return original.call(container, given);
      }
      return new window.Promise(
        exportFunction((resolve, reject) => {
          const ends = {
            browser: () => resolve(original.call(container, pageOptions(given, asked.copy))),
            rejected: reject,
            resolved: resolve,
          };
          isPermitted(kind).then((yes) => (yes ? ask(kind, asked, ends) : ends.browser()));
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
