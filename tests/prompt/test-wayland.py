#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybrid-prompt under Wayland: a compositor without a screen, the code in a picture of its output, and
a caller's window that it belongs to. Arguments: the build; the program exporter."""

import asyncio
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from desktop import Desktop, SECONDS, tap  # noqa: E402
from hybridd import connect  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
EXPORTER = sys.argv[2] if len(sys.argv) > 2 else f"{BUILD}/tests/prompt/exporter"
CONFIG = "xwayland disable\noutput * mode 1000x1400\nfor_window [app_id=.*] floating enable\n"


class Compositor:
    """sway, which draws into memory."""

    def __init__(self):
        for program in ("sway", "grim", "zbarimg"):
            if not shutil.which(program):
                raise tap.Skip(f"{program} is not installed")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-sway-"))
        (self.folder / "config").write_text(CONFIG, encoding="utf-8")
        self.environment = {
            **os.environ, "XDG_RUNTIME_DIR": str(self.folder), "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1", "HOME": str(self.folder)}
        for name in ("WAYLAND_DISPLAY", "DISPLAY", "SWAYSOCK"):
            self.environment.pop(name, None)
        self.log_path = self.folder / "sway.log"
        # It does not run as root.
        person = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
        if person:
            shutil.chown(self.folder, "nobody", "nogroup")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["sway", "--config", str(self.folder / "config")], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **person)
        try:
            self.name = str(self._wait())
        except BaseException:
            self.close()
            raise
        self.environment["WAYLAND_DISPLAY"] = self.name

    def _wait(self):
        """Until it takes connections; returns where."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            for path in self.folder.glob("wayland-*"):
                with socket.socket(socket.AF_UNIX) as client:
                    if not path.name.endswith(".lock") and client.connect_ex(str(path)) == 0:
                        return path
            time.sleep(0.05)
        raise tap.Skip("sway does not start here: " + self.log_path.read_text(encoding="utf-8")[-300:])

    def code(self):
        """The text of the code on the output; "" if there is none."""
        path = self.folder / "screen.png"
        subprocess.run(["grim", str(path)], env=self.environment, check=True, timeout=SECONDS,
                       stdout=subprocess.DEVNULL)
        return subprocess.run(["zbarimg", "--quiet", "--raw", str(path)], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()

    def close(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait(SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def caller_window(compositor):
    """A window of somebody else, and its handle."""
    process = subprocess.Popen([EXPORTER], stdout=subprocess.PIPE, text=True,
                               env={**compositor.environment, "GDK_BACKEND": "wayland",
                                    "GSK_RENDERER": "cairo", "GTK_A11Y": "none"})
    return process, process.stdout.readline().strip()


def on_wayland(check):
    """Runs a coroutine check(compositor, desktop, client) with a real hybridd."""
    async def main(compositor, desktop):
        client = await connect(desktop.bus)
        await check(compositor, desktop, client)
        client.close()
        assert "CRITICAL" not in desktop.log() and "Sanitizer" not in desktop.log(), desktop.log()
    compositor = Compositor()
    try:
        environment = {"GDK_BACKEND": "wayland", "WAYLAND_DISPLAY": compositor.name, "DISPLAY": "",
                       "WAYLAND_DEBUG": "1"}
        with Desktop(BUILD, environment=environment) as desktop:
            asyncio.run(main(compositor, desktop))
    finally:
        compositor.close()


async def show_code(compositor, desktop, client, window):
    """A request whose caller has this window."""
    path = await client.get(prompt="auto", window=window)
    text = await client.qr_text(path)
    await desktop.until(lambda: compositor.code() == text, "the code is not shown")
    await desktop.shows("Sign in to example.com")
    await client.cancel(path)
    assert (await client.response(path, SECONDS))[0] == 1
    await desktop.until(lambda: not compositor.code(), "the code stays")


def test_the_code_is_shown():
    async def check(compositor, desktop, client):
        await show_code(compositor, desktop, client, "")
        assert "set_parent_of" not in desktop.log()
    on_wayland(check)


def test_it_belongs_to_the_window_of_the_caller():
    async def check(compositor, desktop, client):
        process, handle = caller_window(compositor)
        try:
            assert handle, "the compositor gives no handle"
            await show_code(compositor, desktop, client, f"wayland:{handle}")
            said = desktop.log()
            assert f'"{handle}"' in said and "set_parent_of" in said, said
        finally:
            process.terminate()
            process.wait(SECONDS)
            process.stdout.close()
    on_wayland(check)


def test_a_window_that_is_not_there_is_no_harm():
    async def check(compositor, desktop, client):
        await show_code(compositor, desktop, client, "wayland:nonsense")
    on_wayland(check)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
