#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How the window looks: each state of a real ceremony in English, and the code in every style and
language, where it must be readable. Arguments: the build; a folder to keep the pictures in, or none."""

import asyncio
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from desktop import Desktop, SECONDS, tap  # noqa: E402
from hybridd import connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402
from stand_in import BEGINNING, CODE, phone, stand_in  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
FOLDER = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None

STYLES = {
    "light": ({}, "Scan this code"),
    "dark": ({"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}, "Scan this code"),
    "high-contrast": ({"ADW_DEBUG_HIGH_CONTRAST": "1"}, "Scan this code"),
    "double": ({"GDK_SCALE": "2"}, "Scan this code"),
    "large-text": ({"LARGE_TEXT": "1"}, "Scan this code"),
    "right-to-left": ({"LANGUAGE": "he"}, "Scan this code"),
    "german": ({"LANGUAGE": "de"}, "Scannen Sie diesen Code"),
    "french": ({"LANGUAGE": "fr"}, "Scannez ce code"),
    "spanish": ({"LANGUAGE": "es"}, "Escanee este código"),
    "japanese": ({"LANGUAGE": "ja"}, "このコードを読み取って"),
    "chinese": ({"LANGUAGE": "zh_CN"}, "扫描此码"),
}


# Only root's tables are believed; without them the caller is called after its program.
CALLER = "Firefox" if os.geteuid() == 0 else "python3"


class Callers:
    """A table in which the program that runs this test is a browser, as people would see it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-callers-"))
        (self.folder / "browser.conf").write_text(
            f"[caller firefox]\nname = Firefox\nkind = host\n"
            f"exe = {os.path.realpath(sys.executable)}\norigins = *\n", encoding="utf-8")

    def settings(self, others=None):
        """What hybridd needs to know, besides others."""
        found = {section: dict(keys) for section, keys in (others or {}).items()}
        if os.geteuid() != 0:
            return found
        found.setdefault("test", {}).update({
            "callers": None, "callers-vendor-folder": str(self.folder),
            "callers-admin-folder": str(self.folder / "none")})
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


def keep(desktop, name):
    """A picture for people, if they want some."""
    if FOLDER:
        time.sleep(0.3)  # for what moves to come to rest; nothing depends on it
        desktop.picture().write(FOLDER / f"{name}.png")


async def show_code(desktop, name, text):
    """The code in one style."""
    client = await connect(desktop.bus)
    path = await client.get(prompt="auto")
    code = await client.qr_text(path)
    await desktop.shows_code(code)
    await desktop.shows(text)
    await desktop.shows(CALLER)
    x, _, width, height = desktop.display.geometry(desktop.display.window())
    scale = 2 if name == "double" else 1
    assert x >= 0 and width < 640 * scale and height < 1000 * scale, (width, height)
    keep(desktop, f"code-{name}")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    client.close()


def test_code_in_each_style():
    with Callers() as callers:
        for name, (environment, text) in STYLES.items():
            try:
                with Desktop(BUILD, settings=callers.settings(), environment=environment) as desktop:
                    asyncio.run(show_code(desktop, name, text))
            except AssertionError as failure:
                raise AssertionError(name) from failure


async def show_ceremony(desktop, partners):
    """From the code to the end."""
    client = await connect(desktop.bus)
    path = await client.create(prompt="auto")
    code = await client.qr_text(path)
    await desktop.shows_code(code)
    scanner = partners.phone(desktop.bus, code, "--approve", "delay:4")
    await desktop.shows("Continue on your phone")
    keep(desktop, "continue-on-phone")
    await desktop.shows("Your phone has created the passkey")
    keep(desktop, "done")
    assert (await client.response(path, SECONDS))[0] == 0
    assert end_phone(scanner) == 0
    client.close()


def test_states_of_a_ceremony():
    with Partners(BUILD) as partners, Callers() as callers:
        with Desktop(BUILD, settings=callers.settings(partners.settings())) as desktop:
            asyncio.run(show_ceremony(desktop, partners))


async def show_others(desktop):
    """States that take a linked phone, a radio that is off, or bad luck."""
    daemon = await stand_in(desktop.bus)
    now = int(time.time())
    daemon.phones = {"/org/hybridd/Hybrid1/phone/a": phone("Anna's Pixel 9", now - 3600),
                     "/org/hybridd/Hybrid1/phone/b": phone("Work phone", now - 9 * 86400)}
    await daemon.present()
    daemon.tell(**BEGINNING)
    for name, text, properties in (
            ("bluetooth-off", "Turn on Bluetooth?", {"State": "bluetooth-off"}),
            ("choose-phone", "Work phone", {"State": "choose-phone"}),
            ("contacting-phone", "Check your phone",
             {"State": "contacting-phone", "Phone": "/org/hybridd/Hybrid1/phone/a"}),
            ("connecting", "Connecting to your phone", {"State": "connecting"}),
            ("failed", "Stopped for your safety",
             {"State": "failed", "Cause": "two-phones", "CanRetry": True,
              "Message": "Two different phones scanned this code, so it was stopped for your safety. "
                         "If you did not do that, somebody nearby can see your screen. Try again "
                         "where nobody else can."}),
            ("remember", "Remember this phone?",
             {"State": "done", "PhoneToRemember": "Anna's Pixel 9"})):
        daemon.tell(**properties)
        await desktop.shows(text)
        keep(desktop, name)
    daemon.close()


def test_other_states():
    with Desktop(BUILD, daemon=False) as desktop:
        asyncio.run(show_others(desktop))


async def show_tips(desktop):
    """After half a minute in which no phone is heard."""
    daemon = await stand_in(desktop.bus)
    await daemon.present()
    daemon.tell(**{**BEGINNING, "State": "waiting-for-scan"})
    daemon.signal("QrChanged")
    await desktop.shows_code(CODE)
    assert not desktop.says("Not working?")
    began = time.monotonic()
    await desktop.until(lambda: desktop.says("Not working?"), "there are no tips")
    assert time.monotonic() - began > 20
    desktop.press("Tab", "Tab", "Tab", "Return")
    keep(desktop, "tips")
    await desktop.shows_code(CODE)
    daemon.close()


def test_tips_after_a_while():
    with Desktop(BUILD, daemon=False) as desktop:
        asyncio.run(show_tips(desktop))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
