// SPDX-License-Identifier: MIT

// The object that a page gets: of the page's own PublicKeyCredential, with all its members (WebAuthn Level
// 3, section 5.1). Its getters cannot work for what the browser has not made, so members stand on the
// object itself.

/* exported pageCredential */

function decodeBytes(text) {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" }).buffer;
}

/** Results of extensions as pages get them: bytes are buffers. */
function decodeExtensionResults(json) {
  const results = structuredClone(json);
  for (const [name, value] of Object.entries(results.prf?.results ?? {})) {
    results.prf.results[name] = decodeBytes(value);
  }
  if (results.largeBlob?.blob !== undefined) {
    results.largeBlob.blob = decodeBytes(results.largeBlob.blob);
  }
  return results;
}

/** Gives an object of the page members: values are copied to the page, functions answer with copies. */
function define(target, values, functions) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      value: cloneInto(value, window),
      writable: false,
    });
  }
  for (const [name, answer] of Object.entries(functions)) {
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: false,
      value: exportFunction(() => cloneInto(answer(), window), window),
      writable: true,
    });
  }
}

/** An object of the page with this prototype. */
function pageObject(interfaceName) {
  const object = cloneInto({}, window).wrappedJSObject;
  Object.setPrototypeOf(object, window.wrappedJSObject[interfaceName].prototype);
  return object;
}

function registrationResponse(json) {
  const response = pageObject("AuthenticatorAttestationResponse");
  define(
    response,
    {
      attestationObject: decodeBytes(json.attestationObject),
      clientDataJSON: decodeBytes(json.clientDataJSON),
    },
    {
      getAuthenticatorData: () => decodeBytes(json.authenticatorData),
      getPublicKey: () => (json.publicKey === undefined ? null : decodeBytes(json.publicKey)),
      getPublicKeyAlgorithm: () => json.publicKeyAlgorithm,
      getTransports: () => json.transports,
    },
  );
  return response;
}

function signInResponse(json) {
  const response = pageObject("AuthenticatorAssertionResponse");
  define(
    response,
    {
      authenticatorData: decodeBytes(json.authenticatorData),
      clientDataJSON: decodeBytes(json.clientDataJSON),
      signature: decodeBytes(json.signature),
      userHandle: json.userHandle === undefined ? null : decodeBytes(json.userHandle),
    },
    {},
  );
  return response;
}

/**
 * @param {"create" | "get"} kind
 * @param {object} json RegistrationResponseJSON or AuthenticationResponseJSON
 * @returns {object} for the page
 */
function pageCredential(kind, json) {
  const credential = pageObject("PublicKeyCredential");
  const response =
    kind === "create" ? registrationResponse(json.response) : signInResponse(json.response);
  define(
    credential,
    {
      authenticatorAttachment: json.authenticatorAttachment ?? null,
      id: json.id,
      rawId: decodeBytes(json.rawId),
      type: json.type,
    },
    {
      getClientExtensionResults: () => decodeExtensionResults(json.clientExtensionResults),
      toJSON: () => json,
    },
  );
  Object.defineProperty(credential, "response", { configurable: true, enumerable: true, value: response });
  return credential;
}
