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
from bluez import Bluez  # noqa: E402
from hybridd import MANAGER, PATH, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

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


async def remember(desktop, client, partners, name, others=()):
    """A phone is linked under this name, besides others."""
    path = await client.create(prompt="auto")
    if others:
        await desktop.until(lambda: desktop.focus() in others, "the focus is elsewhere")
        desktop.press(*["Down"] * len(others), "Return")  # another phone or tablet
    scanner = partners.phone(desktop.bus, await client.qr_text(path), "--link", "first", "--name", name,
                             store=name)
    await desktop.shows("Remember this phone?")
    await desktop.shows(name)
    await desktop.until(lambda: desktop.usable("Remember"), "it cannot be answered")
    keep(desktop, "remember")
    await desktop.choose("Remember")
    assert (await client.response(path, SECONDS))[0] == 0
    assert end_phone(scanner) == 0
    await desktop.shows_nothing()


async def show_linked_phones(desktop, partners):
    """Phones that are remembered, chosen, and asked."""
    client = await connect(desktop.bus)
    await remember(desktop, client, partners, "Work phone")
    await asyncio.sleep(1)  # uses are noted in seconds, and the last one comes first
    await remember(desktop, client, partners, "Anna's Pixel 9", ["Work phone"])
    # The tunnel service knows it, but it will not answer.
    waiting = await partners.waiting_phone(desktop.bus, store="Anna's Pixel 9")
    waiting.kill()
    waiting.wait()
    path = await client.get(prompt="auto")
    await desktop.shows("Work phone")
    await desktop.until(lambda: desktop.focus() == "Anna's Pixel 9", "the focus is elsewhere")
    keep(desktop, "choose-phone")
    desktop.press("Return")
    await desktop.shows("Check your phone")
    keep(desktop, "contacting-phone")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    client.close()


def test_linked_phones():
    with Partners(BUILD) as partners, Callers() as callers:
        with Desktop(BUILD, settings=callers.settings(partners.settings())) as desktop:
            asyncio.run(show_linked_phones(desktop, partners))


async def show_a_slow_phone(desktop, partners):
    """One that is near, and then says nothing: the window connects."""
    client = await connect(desktop.bus)
    path = await client.get(prompt="auto")
    scanner = partners.phone(desktop.bus, await client.qr_text(path), "--fault", "silent-message-2",
                             "--timeout", "30")
    await desktop.shows("Connecting to your phone")
    keep(desktop, "connecting")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    end_phone(scanner, 40)
    client.close()


async def show_two_phones(desktop, partners):
    """Somebody else has seen the code."""
    client = await connect(desktop.bus)
    path = await client.create(prompt="auto")
    scanner = partners.phone(desktop.bus, await client.qr_text(path), "--fault", "two-adverts",
                             "--approve", "delay:3")
    await desktop.shows("Stopped for your safety")
    keep(desktop, "failed")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[1]["cause"] == "two-phones"
    end_phone(scanner, 40)
    client.close()


def test_what_goes_wrong():
    with Partners(BUILD) as partners, Callers() as callers:
        with Desktop(BUILD, settings=callers.settings(partners.settings())) as desktop:
            asyncio.run(show_a_slow_phone(desktop, partners))
            asyncio.run(show_two_phones(desktop, partners))


async def show_bluetooth_off(desktop):
    """The bus stands for the system's as well, with a bluetoothd whose adapter is off."""
    client = await connect(desktop.bus)
    bluez = Bluez(desktop.bus.address)
    bluez.add_adapter("hci0", False)
    await bluez.start()
    while await client.get_property(PATH, MANAGER, "Bluetooth") != "off":
        await asyncio.sleep(0.05)
    path = await client.get(prompt="auto")
    await desktop.shows("Turn on Bluetooth?")
    await desktop.until(lambda: desktop.usable("Turn On"), "it cannot be answered")
    keep(desktop, "bluetooth-off")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    bluez.stop()
    client.close()


def test_bluetooth_that_is_off():
    with Callers() as callers:
        settings = callers.settings({"bluetooth": {"backend": "bluez", "loopback-dir": None}})
        with Desktop(BUILD, settings=settings) as desktop:
            asyncio.run(show_bluetooth_off(desktop))


async def show_permission(desktop):
    """A program that is in no table."""
    client = await connect(desktop.bus)
    path = await client.get(prompt="auto")
    await desktop.shows("Allow this program?")
    await desktop.until(lambda: desktop.usable("Allow"), "it cannot be answered")
    keep(desktop, "permission")
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    client.close()


def test_a_program_that_nobody_knows():
    with Desktop(BUILD, settings={"requests": {"unknown-callers": "ask"},
                                  "test": {"callers": None}}) as desktop:
        asyncio.run(show_permission(desktop))


async def show_tips(desktop):
    """After half a minute in which no phone is heard."""
    client = await connect(desktop.bus)
    path = await client.get(prompt="auto")
    code = await client.qr_text(path)
    await desktop.shows_code(code)
    assert not desktop.says("Not working?")
    began = time.monotonic()
    await desktop.until(lambda: desktop.says("Not working?"), "there are no tips")
    assert time.monotonic() - began > 20
    desktop.press("Tab", "Tab", "Tab", "Return")
    keep(desktop, "tips")
    await desktop.shows_code(code)
    desktop.press("Escape")
    assert (await client.response(path, SECONDS))[0] == 1
    client.close()


def test_tips_after_a_while():
    with Callers() as callers:
        with Desktop(BUILD, settings=callers.settings()) as desktop:
            asyncio.run(show_tips(desktop))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
