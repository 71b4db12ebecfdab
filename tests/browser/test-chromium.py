#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's Chromium with the extension: registers and signs in with a phone through hybridd while the
person wants that, and is what it was when they do not."""

import os
import pathlib
import sys

import chromium as chromium_module
import lab as lab_module
from chromium import BASE, ChromiumDesk
from lab import BrowserWorld, Once, client_data, script_of

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(lab_module.ROOT / "build")
REGISTER = script_of("register")
SIGN_IN = script_of("signIn")


class World(BrowserWorld):
    """With a Chromium."""

    def __init__(self):
        chromium_module.need(chromium_module.PROGRAM, chromium_module.DRIVER)
        super().__init__(BUILD, ChromiumDesk)

    def fresh(self, url=None, attached=True):
        """The first tab only, with a page; phones say yes."""
        self.desk.only_first_tab()
        self.person.options = []
        self.desk.set_attached(attached)
        self.desk.open((url or self.lab.sites.secure) + "/")
        return self.desk


class OwnAuthenticator:
    """One of the browser's own, as the DevTools have it."""

    def __init__(self, desk):
        self.desk = desk

    def __enter__(self):
        self.desk.cdp("WebAuthn.enable")
        self.id = self.desk.cdp("WebAuthn.addVirtualAuthenticator", options={
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True})["authenticatorId"]
        return self

    def n_credentials(self):
        """How many it has made."""
        return len(self.desk.cdp("WebAuthn.getCredentials", authenticatorId=self.id)["credentials"])

    def __exit__(self, *_):
        self.desk.cdp("WebAuthn.disable")


def test_registers_and_signs_in(world):
    for site in (world.lab.sites.localhost, world.lab.sites.secure):
        desk = world.fresh(site)
        registered = desk.value(REGISTER)
        assert registered["verified"], registered
        assert client_data(registered["response"])["origin"] == site
        assert desk.value(SIGN_IN)["verified"]
        assert desk.value(script_of("signIn", allow=False))["verified"]


def test_ids_of_requests_may_be_negative(world):
    """Chromium draws them out of all that 32 bits can hold: enough sign-ins have seen both signs."""
    desk = world.fresh()
    assert desk.value(REGISTER)["verified"]
    for _ in range(8):
        assert desk.value(SIGN_IN)["verified"]


def test_prf(world):
    desk = world.fresh()
    made, found = desk.value("""
        const extensions = { prf: { eval: { first: new Uint8Array(32).fill(1), second: new Uint8Array(5) } } };
        const made = await register({ extensions });
        const found = await signIn({ extensions });
        const of = ({ credential }) => Object.values(credential.getClientExtensionResults().prf.results)
            .map((value) => Array.from(new Uint8Array(value.buffer ?? value)).join());
        return [of(made), of(found)];""")
    assert made == found and len(set(made)) == 2 and all(len(text) > 60 for text in made), made


def test_page_aborts(world):
    desk = world.fresh()
    world.person.options = None  # nobody scans
    n = world.n_requests()
    desk.start("""
        window.controller = new AbortController();
        await register({ signal: controller.signal });""")
    path = world.person.wait_for_request(n + 1)
    desk.driver.execute_script("controller.abort()")
    assert desk.outcome()["error"]["name"] == "AbortError"
    world.person.wait_for_end(path)


def test_two_tabs_get_their_own_answers(world):
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    sites = (world.lab.sites.secure, world.lab.sites.localhost)
    tabs = [desk.first_tab, desk.new_tab(sites[1] + "/")]
    paths = []
    for i, tab in enumerate(tabs):
        desk.switch(tab)
        desk.start(REGISTER)
        paths.append(world.person.wait_for_request(n + i + 1))
    # The later one first. Chromium gives an answer only to a page that can be seen.
    for tab, site, path in reversed(list(zip(tabs, sites, paths))):
        desk.switch(tab)
        world.person.scan(path)
        outcome = desk.outcome()
        assert "value" in outcome, outcome
        value = outcome["value"]
        assert value["verified"] and client_data(value["response"])["origin"] == site


def test_frames_of_other_sites_are_refused(world):
    desk = world.fresh(world.lab.sites.localhost)
    n = world.n_requests()
    desk.value("""
        const frame = document.createElement("iframe");
        frame.allow = "publickey-credentials-get *; publickey-credentials-create *";
        frame.src = "%s/";
        document.body.append(frame);
        await new Promise((resolve) => frame.addEventListener("load", resolve));"""
               % world.lab.sites.secure)
    desk.driver.switch_to.frame(desk.driver.find_element("css selector", "iframe"))
    assert desk.error(REGISTER) == "NotAllowedError"
    assert desk.error(script_of("signIn", allow=False)) == "NotAllowedError"
    assert world.n_requests() == n


def test_failures_are_the_right_exceptions(world):
    desk = world.fresh()

    def fails(script, name, *options):
        world.person.options = list(options)
        n = world.n_requests()
        desk.start(script)
        world.person.close_failed(world.person.wait_for_request(n + 1))
        outcome = desk.outcome()
        assert outcome["error"]["name"] == name and outcome["error"]["dom"], outcome

    fails(REGISTER, "NotAllowedError", "--approve", "no")
    world.person.options = []
    desk.value(REGISTER)
    fails(script_of("register", exclude=True), "InvalidStateError")
    fails(SIGN_IN, "NotAllowedError", "--store", str(world.lab.folder / "another"))


def test_the_phone_is_no_platform_authenticator(world):
    desk = world.fresh()
    assert desk.value(
        "return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()") is False


def test_the_browsers_own_works_when_it_is_off(world):
    desk = world.fresh(attached=False)
    n = world.n_requests()
    with OwnAuthenticator(desk) as own:
        assert desk.value(REGISTER)["verified"]
        assert desk.value(SIGN_IN)["verified"]
        assert own.n_credentials() == 1
    assert world.n_requests() == n


def in_popup(world):
    """Looks at the extension's popup, in a tab."""
    world.desk.new_tab(BASE + "common/popup.html")
    return world.desk


def test_the_popup_tells_how_hybridd_is(world):
    world.fresh()
    desk = in_popup(world)
    desk.until("return document.querySelector('#state[data-severity=info]') && true")
    desk.until("return document.querySelector('#findings li') && true")


def native_hosts(world):
    """Process ids of native hosts of this desktop."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "exe") == str(world.lab.program):
                    found.append(int(entry.name))
            except OSError:
                pass
    return found


def test_the_host_dies(world):
    """The page hears of it at once, and the browser has its own authenticators again."""
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    desk.start(REGISTER)
    world.person.wait_for_state(world.person.wait_for_request(n + 1), "waiting-for-scan")
    for pid in native_hosts(world):
        os.kill(pid, 9)
    outcome = desk.outcome()
    assert outcome["error"]["name"] in ("UnknownError", "AbortError"), outcome
    desk = in_popup(world)
    desk.until_attached(False)
    assert desk.badge() == "!"
    desk.only_first_tab()
    with OwnAuthenticator(desk) as own:
        assert desk.value(REGISTER)["verified"]
        assert own.n_credentials() == 1
    desk.set_attached(False)
    desk.set_attached(True)


def test_hybridd_ends_in_the_middle(world):
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    desk.start(REGISTER)
    world.person.wait_for_state(world.person.wait_for_request(n + 1), "waiting-for-scan")
    world.lab.bus.stop()
    try:
        outcome = desk.outcome()
        assert outcome["error"]["name"] == "UnknownError" and outcome["error"]["dom"], outcome
        # Nobody can start it anew: with the next request the extension steps aside.
        desk.error(REGISTER)
        desk = in_popup(world)
        desk.until_attached(False)
        desk.until("return document.querySelector('#state[data-severity=error]') && true")
        desk.only_first_tab()
        with OwnAuthenticator(desk):
            assert desk.value(REGISTER)["verified"]
    finally:
        world.lab.bus.start()
    desk.set_attached(False)
    desk = world.fresh()
    assert desk.value(REGISTER)["verified"]


if __name__ == "__main__":
    sys.exit(Once(World).run(dict(globals())))
