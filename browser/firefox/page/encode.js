// SPDX-License-Identifier: MIT

// A page's options in the JSON of WebAuthn Level 3 (section 5.1.10). All here that comes from the page is
// read through waivers, as the page itself would read it: getters run as the page's code, and with no more
// rights than that has. What does not look like WebAuthn's options throws, whatever way: the browser then
// gets the call, and says what is wrong.

/* exported encodeOptions */

const BASE64URL = { alphabet: "base64url", omitPadding: true };

/** The bytes of a BufferSource of the page. A copy: the page may change its own meanwhile. */
function encodeBytes(source) {
  const copy = structuredClone(source);
  if (copy instanceof ArrayBuffer) {
    return new Uint8Array(copy).toBase64(BASE64URL);
  }
  if (ArrayBuffer.isView(copy) && copy.buffer instanceof ArrayBuffer) {
    return new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength).toBase64(BASE64URL);
  }
  throw new TypeError("not a BufferSource");
}

function encodeBoolean(value) {
  return Boolean(value);
}

function encodeNumber(value) {
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw new TypeError("not a number");
  }
  return Math.trunc(number);
}

/** A text; lone surrogates, which are no text, become U+FFFD. */
function encodeText(value) {
  return String(value).toWellFormed();
}

/** Members of a dictionary that are there: each by its encoder. */
function encodeMembers(source, encoders) {
  const encoded = {};
  if (source === undefined || source === null) {
    return encoded;
  }
  for (const [name, encode] of Object.entries(encoders)) {
    const value = source[name];
    if (value !== undefined) {
      encoded[name] = encode(value);
    }
  }
  return encoded;
}

function encodeList(encode) {
  return (list) => Array.from(list, (item) => encode(item));
}

function encodeDictionary(encoders) {
  return (source) => encodeMembers(source, encoders);
}

const encodeDescriptor = encodeDictionary({
  id: encodeBytes,
  type: encodeText,
  transports: encodeList(encodeText),
});

const encodePrfValues = encodeDictionary({ first: encodeBytes, second: encodeBytes });

/** Ids of credentials to values; the ids are texts already. */
function encodePrfByCredential(source) {
  return Object.fromEntries(Object.keys(source).map((id) => [id, encodePrfValues(source[id])]));
}

const encodeExtensions = encodeDictionary({
  appid: encodeText,
  appidExclude: encodeText,
  credProps: encodeBoolean,
  credentialProtectionPolicy: encodeText,
  enforceCredentialProtectionPolicy: encodeBoolean,
  largeBlob: encodeDictionary({ support: encodeText, read: encodeBoolean, write: encodeBytes }),
  minPinLength: encodeBoolean,
  prf: encodeDictionary({ eval: encodePrfValues, evalByCredential: encodePrfByCredential }),
});

const COMMON = {
  challenge: encodeBytes,
  extensions: encodeExtensions,
  hints: encodeList(encodeText),
  timeout: encodeNumber,
};

const ENCODERS = {
  create: encodeDictionary({
    ...COMMON,
    attestation: encodeText,
    attestationFormats: encodeList(encodeText),
    authenticatorSelection: encodeDictionary({
      authenticatorAttachment: encodeText,
      requireResidentKey: encodeBoolean,
      residentKey: encodeText,
      userVerification: encodeText,
    }),
    excludeCredentials: encodeList(encodeDescriptor),
    pubKeyCredParams: encodeList(encodeDictionary({ alg: encodeNumber, type: encodeText })),
    rp: encodeDictionary({ id: encodeText, name: encodeText }),
    user: encodeDictionary({ displayName: encodeText, id: encodeBytes, name: encodeText }),
  }),
  get: encodeDictionary({
    ...COMMON,
    allowCredentials: encodeList(encodeDescriptor),
    rpId: encodeText,
    userVerification: encodeText,
  }),
};

/**
 * @param {"create" | "get"} kind
 * @param {object} publicKey of the page, waived
 * @returns {object} PublicKeyCredentialCreationOptionsJSON or …RequestOptionsJSON
 */
function encodeOptions(kind, publicKey) {
  return ENCODERS[kind](publicKey);
}
