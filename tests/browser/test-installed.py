#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `meson install` gives browsers, found by them where it is: nobody has to load anything by hand. The
files are laid over the system's folders in a mount namespace of the test's own, which only root can do."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import chromium as chromium_module
import firefox as firefox_module
from chromium import BASE, EXTENSION
from lab import HOST_NAME, Lab, ROOT, script_of, tap
from marionette import Firefox

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build")
# Where browsers look, whatever the prefix.
PLACES = {
    "/usr/lib/mozilla/native-messaging-hosts": "native-messaging-hosts",
    "/usr/share/mozilla/extensions": "extensions",
    "/etc/chromium/native-messaging-hosts": "native-messaging-hosts",
    "/usr/share/chromium/extensions": "chromium-extensions",
}
SECONDS = 60


def install(build, destination):
    """Installs all that is browsers', with a prefix of the system's."""
    shutil.rmtree(build, ignore_errors=True)
    for command in (["meson", "setup", str(build), str(ROOT), "--prefix=/usr", "--sysconfdir=/etc",
                     "-Dtests=false", "-Dprompt=disabled", "-Dtools=false"],
                    ["ninja", "-C", str(build), "--quiet"],
                    ["meson", "install", "-C", str(build), "--no-rebuild", "--destdir",
                     str(destination)]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        assert done.returncode == 0, done.stdout[-2000:]


class Installed:
    """A desktop on which hybridd is installed. The native host is the build's: the one in DESTDIR is not
    where its manifest says."""

    def __init__(self):
        if os.geteuid() != 0:
            raise tap.Skip("only root can lay files over the system's folders")
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
            raise tap.Skip("this container allows no mount namespaces")
        self.lab = Lab(BUILD, trusted=False)
        self.root = self.lab.folder / "root"
        install(self.lab.folder / "installed-build", self.root)
        # Programs of the namespace are of another one than hybridd's, which believes no such caller.
        self.binds = []
        for place in PLACES:
            source = self.root / place[1:]
            assert source.is_dir(), place
            for manifest in source.glob(f"{HOST_NAME}.json"):
                text = json.loads(manifest.read_text(encoding="utf-8"))
                assert text["path"] == "/usr/libexec/hybridd/hybrid-native-host", text
                text["path"] = str(self.lab.program)
                manifest.write_text(json.dumps(text), encoding="utf-8")
            self.binds.append((source, place))

    def program(self, name, command, policies=None):
        """A script that starts a browser in a namespace with these files."""
        lines = ["#!/bin/sh", "set -e"]
        binds = list(self.binds)
        if policies:
            folder = self.lab.folder / f"{name}-policies"
            (folder / "managed").mkdir(parents=True)
            (folder / "managed" / "policy.json").write_text(json.dumps(policies), encoding="utf-8")
            binds.append((folder, "/etc/chromium/policies"))
        for source, place in binds:
            lines += [f"mkdir -p '{place}'", f"mount --bind '{source}' '{place}'"]
        inner = self.lab.folder / f"{name}-inner"
        inner.write_text("\n".join([*lines, f'exec {command} "$@"']) + "\n", encoding="utf-8")
        outer = self.lab.folder / name
        outer.write_text(f"#!/bin/sh\nexec unshare --mount --propagation=private '{inner}' \"$@\"\n",
                         encoding="utf-8")
        for path in (inner, outer):
            path.chmod(0o755)
        return str(outer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.__exit__()


def test_firefox_finds_all_by_itself():
    firefox_module.need(firefox_module.PROGRAM)
    with Installed() as here:
        program = here.program("firefox", firefox_module.PROGRAM)
        firefox = Firefox(program, here.lab.folder / "profile",
                          dict(here.lab.environment(), MOZ_HEADLESS="1"),
                          preferences=firefox_module.PREFERENCES)
        try:
            firefox.trust(here.lab.sites.ca_file)
            state = firefox.chrome("""
                const { AddonManager } = ChromeUtils.importESModule(
                    "resource://gre/modules/AddonManager.sys.mjs");
                const found = await AddonManager.getAddonByID(arguments_[0]);
                return found && [found.isActive, found.scope === AddonManager.SCOPE_SYSTEM];""",
                                   firefox_module.ADD_ON)
            assert state == [True, True], state
            firefox.go(here.lab.sites.secure + "/")
            firefox.run("document.getElementById('script').value = arguments_[0]",
                        script_of("register", more={"hints": ["hybrid"]}))
            firefox.click("#go")
            end = time.monotonic() + SECONDS
            while not (text := firefox.run(
                    "const output = document.getElementById('result');"
                    "return output.dataset.done ? output.textContent : ''")):
                assert time.monotonic() < end, here.lab.bus.log()[-1000:]
                time.sleep(0.05)
            assert json.loads(text)["value"]["verified"], text
        finally:
            firefox.close()


def test_chromium_finds_all_by_itself_and_obeys_its_policy():
    """An administrator has it attached for everybody: no switch is touched."""
    chromium_module.need(chromium_module.PROGRAM, chromium_module.DRIVER)
    with Installed() as here:
        policy = {"3rdparty": {"extensions": {EXTENSION: {"attach": True}}}}
        program = here.program("chromium", chromium_module.PROGRAM, policy)
        with PolicyDesk(here, program) as desk:
            desk.open(BASE + "common/popup.html")
            desk.until("return document.getElementById('chromium').hidden ? null : true")
            desk.until_attached(True)
            assert not desk.driver.find_element("id", "attached").is_enabled()
            desk.open(here.lab.sites.secure + "/")
            assert desk.value(script_of("register"))["verified"]


class PolicyDesk(chromium_module.ChromiumDesk):
    """Chromium with the installed extension, as Debian's wrapper loads it, and no manifest of the person's."""

    def __init__(self, here, program):
        super().__init__(here.lab, manifest=False, program=program,
                         extension=pathlib.Path("/usr/share/chromium/extensions/hybridd"))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
