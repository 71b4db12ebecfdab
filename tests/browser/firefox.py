# SPDX-License-Identifier: MIT
"""Firefox with the add-on, and what a person does in it."""

import time

from lab import SECONDS, SECURE_HOST, Pages, need
from marionette import Firefox, ScriptError

PROGRAM = "/usr/lib/firefox-esr/firefox-esr"
ADD_ON = "hybridd@hybridd.org"

PREFERENCES = {
    # The names of the sites, without a name server.
    "network.dns.localDomains": f"{SECURE_HOST},www.example.org",
    # The add-on's background is ended as soon as it has nothing open.
    "extensions.background.idle.timeout": 1000,
    # For what the browser's own dialog is given to: see authenticator().
    "security.webauth.webauthn_enable_softtoken": True,
    "security.webauth.webauthn_enable_usbtoken": False,
    # Nothing goes out.
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}


class FirefoxDesk(Pages):
    """A Firefox on a lab's desktop. Use `with`."""

    def __init__(self, lab, add_on=True, preferences=None, name="profile"):
        need(PROGRAM)
        self.lab = lab
        lab.write_manifest(lab.home / ".mozilla/native-messaging-hosts", allowed_extensions=[ADD_ON])
        self.firefox = Firefox(PROGRAM, lab.folder / name,
                               dict(lab.environment(), MOZ_HEADLESS="1"),
                               preferences={**PREFERENCES, **(preferences or {})})
        self.firefox.trust(lab.sites.ca_file)
        self.first_tab = self.firefox.command("WebDriver:GetWindowHandle")
        if add_on:
            self.firefox.install(lab.pack("firefox", f"{name}.xpi"))

    # ---- pages ----

    def open(self, url):
        """A page in the present tab."""
        self.firefox.go(url)

    def start(self, script):
        """A person's click; the page runs an async function's body."""
        self.firefox.run("document.getElementById('script').value = arguments_[0]", script)
        self.firefox.click("#go")

    def evaluate(self, script):
        """Runs a function's body in the page."""
        return self.firefox.run(script)

    def page(self, code):
        """Has the page itself run something, later, when nobody has clicked."""
        self.firefox.run("window.setTimeout(arguments_[0], 0)", code)

    # ---- tabs and windows ----

    def new_tab(self, url):
        """Opens another tab and looks at it. Returns its handle."""
        handle = self.firefox.command("WebDriver:NewWindow", {"type": "tab"})["handle"]
        self.switch(handle)
        self.open(url)
        return handle

    def switch(self, handle):
        """Looks at a tab or window."""
        self.firefox.command("WebDriver:SwitchToWindow", {"handle": handle})

    def handles(self):
        """All tabs and windows."""
        return self.firefox.command("WebDriver:GetWindowHandles")

    def close_tab(self):
        """Closes the tab or window that is looked at."""
        self.firefox.command("WebDriver:CloseWindow")

    def only_first_tab(self):
        """As it was in the beginning."""
        for handle in self.handles():
            if handle != self.first_tab:
                self.switch(handle)
                self.close_tab()
        self.switch(self.first_tab)

    # ---- the add-on ----

    def base(self):
        """Where the add-on's own pages are."""
        host = self.firefox.chrome(
            "return WebExtensionPolicy.getByID(arguments_[0]).mozExtensionHostname", ADD_ON)
        return f"moz-extension://{host}/"

    def choose(self, choice):
        """In the add-on's popup: ask, phone or browser."""
        self._set_up(f"input[value={choice}]", True)

    def allow_frames(self, allow):
        """In the add-on's popup."""
        self._set_up("#frames", allow)

    def _set_up(self, selector, wanted):
        here = self.firefox.command("WebDriver:GetWindowHandle")
        self.new_tab(self.base() + "common/popup.html")
        self.until("return document.getElementById('firefox').hidden ? null : true")
        if self.firefox.run("return document.querySelector(arguments_[0]).checked",
                            selector) != wanted:
            self.firefox.click(selector)
        self.close_tab()
        self.switch(here)

    def dialog(self):
        """Waits for the window that asks, and looks at it."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for handle in self.handles():
                self.switch(handle)
                try:
                    if self.firefox.run("return location.pathname") == "/choice/choice.html":
                        self.until("return document.getElementById('choices').dataset.ready ?? null")
                        return handle
                except ScriptError:
                    pass  # it is being opened or closed
            time.sleep(0.05)
        raise AssertionError("nobody was asked")

    def until_closed(self, handle):
        """Waits until a tab or window has gone."""
        end = time.monotonic() + SECONDS
        while handle in self.handles():
            assert time.monotonic() < end, "it stays"
            time.sleep(0.02)

    def answer(self, choice, remember=False):
        """What the person answers in that window."""
        self.dialog()
        if remember:
            self.firefox.click("#remember")
        self.firefox.click(f"button[value={choice}]")
        self.switch(self.first_tab)

    # ---- the browser's own authenticator ----

    def authenticator(self):
        """A context with one of the browser's own, which the browser's own dialog asks."""
        return _Authenticator(self.firefox)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.firefox.close()


class _Authenticator:
    def __init__(self, firefox):
        self.firefox = firefox
        self.id = None

    def __enter__(self):
        self.id = self.firefox.command("WebAuthn:AddVirtualAuthenticator", {
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": True,
            "hasUserVerification": True, "isUserConsenting": True, "isUserVerified": True})
        return self

    def n_credentials(self):
        """How many it has made."""
        return len(self.firefox.command("WebAuthn:GetCredentials", {"authenticatorId": self.id}))

    def __exit__(self, *_):
        self.firefox.command("WebAuthn:RemoveVirtualAuthenticator", {"authenticatorId": self.id})
