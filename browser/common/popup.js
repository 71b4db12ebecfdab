// SPDX-License-Identifier: MIT

// The toolbar's popup: how hybridd is, what the person has chosen, and what stands in the way.

import { showMessages } from "./messages.js";
import { readSettings, readUnknownBrowser, writeSettings, writeUnknownBrowser } from "./settings.js";

const BLUETOOTH = {
  absent: ["popupBluetoothAbsent", "error"],
  blocked: ["popupBluetoothBlocked", "error"],
  "no-permission": ["popupBluetoothPermission", "error"],
  "no-service": ["popupBluetoothService", "error"],
  off: ["popupBluetoothOff", "warning"],
  on: ["popupReady", "info"],
  starting: ["popupReady", "info"],
};

const text = (name) => chrome.i18n.getMessage(name);
const element = (id) => document.getElementById(id);
const ask = (type) => chrome.runtime.sendMessage({ type });

function showState(name, severity) {
  element("state").textContent = text(name);
  element("state").dataset.severity = severity;
}

function showFinding({ remedy, severity, summary }) {
  const item = document.createElement("li");
  item.dataset.severity = severity;
  const title = document.createElement("span");
  title.textContent = summary;
  item.append(title);
  if (remedy) {
    const what = document.createElement("span");
    what.className = "remedy";
    what.textContent = remedy;
    item.append(what);
  }
  element("findings").append(item);
}

/** hybridd is asked anew each time: somebody may have listed the browser. */
async function showUnknownBrowser() {
  showState("popupUnknownBrowser", "error");
  showFinding({
    remedy: text("popupUnknownBrowserRemedy"),
    severity: "error",
    summary: text("popupUnknownBrowser"),
  });
  await writeUnknownBrowser(false);
}

async function showHybridd() {
  const status = await ask("status");
  if (status.type === "failed") {
    showState("popupMissing", "error");
    element("looking").hidden = true;
    showFinding({ remedy: text("popupMissingRemedy"), severity: "error", summary: text("popupMissing") });
    return;
  }
  if (await readUnknownBrowser()) {
    await showUnknownBrowser();
  } else {
    showState(...(BLUETOOTH[status.bluetooth] ?? ["popupBluetoothService", "error"]));
  }
  const { findings = [] } = await ask("diagnose");
  element("looking").hidden = true;
  findings.forEach(showFinding);
}

async function showFirefox() {
  const { choice, frames } = await readSettings();
  element("firefox").hidden = false;
  for (const radio of document.getElementsByName("choice")) {
    radio.checked = radio.value === choice;
    radio.addEventListener("change", () => writeSettings({ choice: radio.value }));
  }
  element("frames").checked = frames;
  element("frames").addEventListener("change", ({ target }) =>
    writeSettings({ frames: target.checked }),
  );
}

/** Where an administrator has decided, the switch only shows it. */
async function showChromium() {
  const { attach } = await chrome.storage.managed.get("attach");
  const { attached } = await readSettings();
  element("chromium").hidden = false;
  element("attached").checked = attach ?? attached;
  if (attach !== undefined) {
    element("attached").disabled = true;
    element("attached-detail").textContent = text("popupAttachedManaged");
  }
  element("attached").addEventListener("change", ({ target }) =>
    writeSettings({ attached: target.checked }),
  );
}

showMessages();
const { permissions } = chrome.runtime.getManifest();
await (permissions.includes("webAuthenticationProxy") ? showChromium() : showFirefox());
await showHybridd();
