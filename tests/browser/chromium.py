# SPDX-License-Identifier: MIT
"""Chromium with the extension, and what a person does in it."""

import os
import time

from lab import SECONDS, SECURE_HOST, Pages, need
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PROGRAM = "/usr/lib/chromium/chromium"
DRIVER = "/usr/bin/chromedriver"
# Of the public key in browser/chromium/manifest.json; test-extensions.py checks that.
EXTENSION = "mefppbdempmapnkfkhiheladdbcjlnek"
BASE = f"chrome-extension://{EXTENSION}/"


def options_of(lab, profile, extension):
    """How Chromium is started."""
    options = webdriver.ChromeOptions()
    for argument in (
            "--headless=new", "--disable-gpu", "--disable-component-update", "--no-first-run",
            f"--user-data-dir={profile}", f"--load-extension={extension}",
            "--disable-features=DisableLoadExtensionCommandLineSwitch",
            f"--host-resolver-rules=MAP {SECURE_HOST} 127.0.0.1,MAP www.example.org 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={lab.sites.key_digest()}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # its sandbox is not for root
    return options


class ChromiumDesk(Pages):
    """A Chromium on a lab's desktop. Use `with`."""

    def __init__(self, lab, manifest=True, program=PROGRAM, extension=None):
        need(PROGRAM, DRIVER)
        self.lab = lab
        profile = lab.home / "chromium"
        if manifest:
            lab.write_manifest(profile / "NativeMessagingHosts", allowed_origins=[BASE])
        options = options_of(lab, profile, extension or lab.pack("chromium", "extension"))
        options.binary_location = program
        # The browser has the driver's environment.
        service = Service(DRIVER, env=lab.environment(), log_path=str(lab.folder / "driver.log"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(SECONDS)
        self.first_tab = self.driver.current_window_handle

    # ---- pages ----

    def open(self, url):
        """A page in the present tab."""
        self.driver.get(url)

    def start(self, script):
        """A person's click; the page runs an async function's body."""
        self.driver.execute_script("document.getElementById('script').value = arguments[0]", script)
        self.driver.find_element("css selector", "#go").click()

    def evaluate(self, script):
        """Runs a function's body in the page."""
        return self.driver.execute_script(script)

    # ---- tabs ----

    def new_tab(self, url):
        """Opens another tab and looks at it. Returns its handle."""
        self.driver.switch_to.new_window("tab")
        self.open(url)
        return self.driver.current_window_handle

    def switch(self, handle):
        """Looks at a tab."""
        self.driver.switch_to.window(handle)

    def only_first_tab(self):
        """As it was in the beginning."""
        for handle in self.driver.window_handles:
            if handle != self.first_tab:
                self.switch(handle)
                self.driver.close()
        self.switch(self.first_tab)

    # ---- the extension ----

    def set_attached(self, wanted):
        """The switch in the extension's popup; waits until it has its effect."""
        self.new_tab(BASE + "common/popup.html")
        self.until("return document.getElementById('chromium').hidden ? null : true")
        box = self.driver.find_element("id", "attached")
        if box.is_selected() != wanted:
            box.click()
        self.until_attached(wanted)
        self.only_first_tab()

    def until_attached(self, wanted):
        """Waits in one of the extension's pages: only one who is not attached can attach."""
        end = time.monotonic() + SECONDS
        while self.is_attached() != wanted:
            assert time.monotonic() < end, f"attached: {not wanted}"
            time.sleep(0.05)

    def is_attached(self):
        """Whether the extension stands in for the browser's authenticators."""
        return self.driver.execute_async_script(
            "const done = arguments[0];"
            "chrome.runtime.sendMessage({ type: 'attached' }).then(done)")

    def badge(self):
        """What stands on the toolbar's button."""
        return self.driver.execute_async_script(
            "chrome.action.getBadgeText({}).then(arguments[0])")

    def cdp(self, command, **parameters):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
