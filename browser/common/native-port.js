// SPDX-License-Identifier: MIT

// The one way to hybridd: a program that the browser starts, and that talks to hybridd over the session
// bus. Messages are described in hybrid-native-host(8).

const PROGRAM = "org.hybridd.native_host";
// hybridd takes 64 KiB; what is longer than a frame would end the program, and all that others wait for.
const OPTIONS_LENGTH_MAX = 64 * 1024;

/** Why something did not come to an answer: hybridd's reply, or the program's end. */
export class NativeFailure extends Error {
  /**
   * @param {string} error name of a DOMException
   * @param {string} cause one of hybridd's causes; "no-daemon": hybridd or its program is not there
   * @param {string} message for people
   */
  constructor(error, cause, message) {
    super(message);
    this.error = error;
    this.cause = cause;
  }
}

/** A program that is started when it is first needed, and given several things to do at once. */
export class NativePort {
  #port = null;
  #open = new Map();
  #lastId = 0;
  #holders = 0;
  #idleTimer = null;
  #idleMs;
  #onGone;

  /**
   * @param {{idleMs?: number, onGone?: () => void}} options idleMs: the program is ended when it had
   *   nothing to do for so long; never by default. onGone: it has ended by itself.
   */
  constructor({ idleMs = Infinity, onGone = () => {} } = {}) {
    this.#idleMs = idleMs;
    this.#onGone = onGone;
  }

  /**
   * Asks for something: "create", "get", "status" or "diagnose".
   * @param {object} message without an id. Its options are a page's, and go as a text: whatever is in them
   *   is for hybridd to read, and nobody else's trouble.
   * @param {AbortSignal} [signal] ends it, for "create" and "get"; the answer still comes
   * @returns {Promise<object>} the reply; rejected with a NativeFailure
   */
  request(message, signal) {
    const id = ++this.#lastId;
    const options = message.options && JSON.stringify(message.options);
    if (options?.length > OPTIONS_LENGTH_MAX) {
      return Promise.reject(new NativeFailure("TypeError", "bad-request", "The options are too long."));
    }
    return new Promise((resolve, reject) => {
      const port = this.#connect();
      this.#open.set(id, { resolve, reject });
      signal?.addEventListener("abort", () => this.#cancel(id), { once: true });
      port.postMessage({ id, ...message, options });
      if (signal?.aborted) {
        this.#cancel(id);
      }
    });
  }

  /**
   * Keeps the program running while something is awaited that is not its answer, such as a person's: the
   * browser may end a background that has nothing open, with all that it remembers.
   * @returns {Promise} of what the function returns
   */
  async holdWhile(what) {
    this.#holders++;
    this.#connect();
    try {
      return await what();
    } finally {
      this.#holders--;
      this.#restWhenIdle();
    }
  }

  /** Starts the program, if it does not run. */
  #connect() {
    clearTimeout(this.#idleTimer);
    if (!this.#port) {
      const port = chrome.runtime.connectNative(PROGRAM);
      port.onMessage.addListener((reply) => this.#take(reply));
      port.onDisconnect.addListener(() => this.#lose(port));
      this.#port = port;
    }
    return this.#port;
  }

  #cancel(id) {
    if (this.#open.has(id)) {
      this.#port.postMessage({ id, type: "cancel" });
    }
  }

  #take(reply) {
    const waiting = this.#open.get(reply.id);
    if (!waiting) {
      return;
    }
    this.#open.delete(reply.id);
    if (reply.type === "failed") {
      waiting.reject(new NativeFailure(reply.error, reply.cause, reply.message));
    } else {
      waiting.resolve(reply);
    }
    this.#restWhenIdle();
  }

  #restWhenIdle() {
    clearTimeout(this.#idleTimer);
    if (this.#open.size === 0 && this.#holders === 0 && this.#idleMs !== Infinity) {
      this.#idleTimer = setTimeout(() => this.#rest(), this.#idleMs);
    }
  }

  #rest() {
    const port = this.#port;
    this.#port = null;
    port?.disconnect();
  }

  /** The program has ended, or could not be started. */
  #lose(port) {
    // Reading it keeps Chromium from complaining that nobody did.
    const message = (port.error ?? chrome.runtime.lastError)?.message ?? "";
    if (port !== this.#port) {
      return;
    }
    this.#port = null;
    const waiting = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of waiting) {
      reject(new NativeFailure("UnknownError", "no-daemon", message));
    }
    this.#onGone();
  }
}
