// SPDX-License-Identifier: MIT
//
// What packages take for granted, and Debian 12's Node.js 18 has in its modules only.

globalThis.crypto ??= require('node:crypto').webcrypto;
globalThis.File ??= require('node:buffer').File;
