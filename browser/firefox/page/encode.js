// SPDX-License-Identifier: MIT

// A page's options in the JSON of WebAuthn Level 3 (section 5.1.10), out of a copy that the page cannot
// change any more. What does not look like WebAuthn's options throws, whatever way: the browser then gets the
// call, and says what is wrong.

/* exported encodeOptions */

const BASE64URL = { alphabet: "base64url", omitPadding: true };

/** The bytes of a BufferSource. */
function encodeBytes(source) {
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source).toBase64(BASE64URL);
  }
  if (ArrayBuffer.isView(source) && source.buffer instanceof ArrayBuffer) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).toBase64(BASE64URL);
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

function encodeList(encode) {
  return (list) => {
    if (typeof list !== "object" || typeof list[Symbol.iterator] !== "function") {
      throw new TypeError("not a sequence");
    }
    return Array.from(list, (item) => encode(item));
  };
}

/** Members that are there, each by its encoder. Those that are required have to be. */
function encodeDictionary(encoders, required = []) {
  return (source) => {
    if (typeof source !== "object") {
      throw new TypeError("not a dictionary");
    }
    const encoded = {};
    for (const [name, encode] of Object.entries(encoders)) {
      const value = source?.[name];
      if (value !== undefined) {
        encoded[name] = encode(value);
      } else if (required.includes(name)) {
        throw new TypeError(`${name} is missing`);
      }
    }
    return encoded;
  };
}

const encodeDescriptor = encodeDictionary(
  { id: encodeBytes, type: encodeText, transports: encodeList(encodeText) },
  ["id", "type"],
);

const encodePrfValues = encodeDictionary({ first: encodeBytes, second: encodeBytes }, ["first"]);

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

const encodeParameters = encodeDictionary({ alg: encodeNumber, type: encodeText }, ["alg", "type"]);

const ENCODERS = {
  create: encodeDictionary(
    {
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
      pubKeyCredParams: encodeList(encodeParameters),
      rp: encodeDictionary({ id: encodeText, name: encodeText }, ["name"]),
      user: encodeDictionary({ displayName: encodeText, id: encodeBytes, name: encodeText }, [
        "displayName",
        "id",
        "name",
      ]),
    },
    ["challenge", "pubKeyCredParams", "rp", "user"],
  ),
  get: encodeDictionary(
    {
      ...COMMON,
      allowCredentials: encodeList(encodeDescriptor),
      rpId: encodeText,
      userVerification: encodeText,
    },
    ["challenge"],
  ),
};

/**
 * @param {"create" | "get"} kind
 * @param {object} publicKey a copy of the page's
 * @returns {object} PublicKeyCredentialCreationOptionsJSON or …RequestOptionsJSON
 */
function encodeOptions(kind, publicKey) {
  return ENCODERS[kind](publicKey);
}
