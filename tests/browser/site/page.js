// SPDX-License-Identifier: MIT

// What a site does around WebAuthn; the tests say what, and click "Go".

async function post(action, body) {
  const response = await fetch(`/${action}`, { body: JSON.stringify(body), method: "POST" });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(`${action}: ${answer.error}`);
  }
  return answer;
}

/** Registers, as sites do it; what the server says of it, and the credential. */
async function register({ exclude = false, extensions = {}, more = {}, signal } = {}) {
  const json = await post("registration-options", { exclude, more });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
  Object.assign((publicKey.extensions ??= {}), extensions);
  const credential = await navigator.credentials.create({ publicKey, signal });
  const response = JSON.parse(JSON.stringify(credential));
  const { verified } = await post("verify-registration", { origin: location.origin, response });
  return { credential, response, verified };
}

/** Signs in. */
async function signIn({ allow = true, extensions = {}, more = {}, signal } = {}) {
  const json = await post("sign-in-options", { allow, more });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
  Object.assign((publicKey.extensions ??= {}), extensions);
  const credential = await navigator.credentials.get({ publicKey, signal });
  const response = JSON.parse(JSON.stringify(credential));
  const { verified } = await post("verify-sign-in", { origin: location.origin, response });
  return { credential, response, verified };
}

/** Runs what the tests have written; its result, or what it has thrown. */
async function runScript() {
  const result = document.getElementById("result");
  result.removeAttribute("data-done");
  try {
    const body = document.getElementById("script").value;
    const value = await new Function(`return (async () => {${body}})();`)();
    result.textContent = JSON.stringify({ value });
  } catch (error) {
    const { message, name } = error;
    result.textContent = JSON.stringify({ error: { dom: error instanceof DOMException, message, name } });
  }
  result.dataset.done = "yes";
}

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("go").addEventListener("click", runScript);
});
