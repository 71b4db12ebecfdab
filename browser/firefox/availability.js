// SPDX-License-Identifier: MIT

// Whether a phone could be asked at all: hybridd is there, knows this browser, and there is Bluetooth.

import { readUnknownBrowser } from "./common/settings.js";

// Pages may ask as often as they like whether phones can be used; hybridd is not.
const KNOWN_MS = 30_000;

export class Availability {
  #native;
  #seenAt = -Infinity;
  #seen = Promise.resolve(false);

  /** @param {NativePort} native the way to hybridd */
  constructor(native) {
    this.#native = native;
  }

  /** @returns {Promise<boolean>} as it is now */
  now() {
    this.#seenAt = performance.now();
    this.#seen = this.#look();
    return this.#seen;
  }

  /** @returns {Promise<boolean>} as it was a moment ago, for who only wants to know */
  lately() {
    return performance.now() - this.#seenAt > KNOWN_MS ? this.now() : this.#seen;
  }

  async #look() {
    try {
      if (await readUnknownBrowser()) {
        return false;
      }
      const { bluetooth } = await this.#native.request({ type: "status" });
      return bluetooth !== "absent";
    } catch {
      return false;
    }
  }
}
