#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybrid-prompt on a screen: each state, what a screen reader is told of it, and the keyboard.
Argument: the build."""

import asyncio
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from desktop import Desktop, SECONDS, tap  # noqa: E402
from bluez import Bluez  # noqa: E402
from hybridd import BusFailure, MANAGER, PATH, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402
from stand_in import BEGINNING, PROMPT, CODE, phone, stand_in  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
PHONE_PATH = "/org/hybridd/Hybrid1/phone/"
CANCELLED = (1, "cancelled")


def with_desktop(check, **arguments):
    """Runs a coroutine check(desktop, client) with a real hybridd."""
    async def main(desktop):
        client = await connect(desktop.bus)
        await check(desktop, client)
        client.close()
        assert "CRITICAL" not in desktop.log() and "Sanitizer" not in desktop.log(), desktop.log()
        assert "FIDO:" not in desktop.log() + desktop.bus.log()
    with Desktop(BUILD, **arguments) as desktop:
        asyncio.run(main(desktop))


def with_stand_in(check, **arguments):
    """Runs a coroutine check(desktop, daemon) with a window that a stand-in has shown."""
    async def main(desktop):
        daemon = await stand_in(desktop.bus)
        await daemon.present()
        daemon.tell(**BEGINNING)
        await check(desktop, daemon)
        daemon.close()
        assert "CRITICAL" not in desktop.log() and "Sanitizer" not in desktop.log(), desktop.log()
    with Desktop(BUILD, daemon=False, **arguments) as desktop:
        asyncio.run(main(desktop))


async def ended(client, path):
    """Code and cause of the Response."""
    code, results = await client.response(path, SECONDS)
    return code, results.get("cause")


def roles(desktop, role):
    """The names of what has a role."""
    return [o["name"] for o in desktop.objects() if o["role"] == role]


# ---- with a real hybridd and a virtual phone -----------------------------------------------------

def test_a_ceremony_from_end_to_end():
    with Partners(BUILD) as partners:
        async def check(desktop, client):
            path = await client.create(prompt="auto")
            text = await client.qr_text(path)
            await desktop.shows_code(text)
            await desktop.shows("Create a passkey for example.com")
            await desktop.shows("Requested by python3")
            scanner = partners.phone(desktop.bus, text, "--approve", "delay:3")
            # As soon as a phone has answered there is nothing left to be scanned.
            await desktop.until(lambda: not desktop.code(), "the code stays")
            await desktop.shows("Continue on your phone")
            await desktop.shows("Your phone has created the passkey for example.com")
            assert (await ended(client, path))[0] == 0
            assert end_phone(scanner) == 0
            await desktop.shows_nothing()

            path = await client.get(prompt="auto")
            text = await client.qr_text(path)
            await desktop.shows_code(text)
            await desktop.shows("Sign in to example.com")
            desktop.press("Escape")
            assert await ended(client, path) == CANCELLED
            await desktop.shows_nothing()
        with_desktop(check, settings=partners.settings())


def test_try_again_by_keyboard():
    with Partners(BUILD) as partners:
        async def check(desktop, client):
            path = await client.get(prompt="auto")
            text = await client.qr_text(path)
            await desktop.shows_code(text)
            scanner = partners.phone(desktop.bus, text)
            await desktop.shows("No passkey on that phone")
            await desktop.shows("There is no passkey for example.com on that phone.")
            end_phone(scanner)
            assert not [s for s in client.signals if s.member == "Response"]
            await desktop.until(lambda: desktop.focus() == "Try Again", "the focus is elsewhere")
            desktop.press("Return")
            again = await desktop.until(desktop.code, "there is no other code")
            assert again != text
            desktop.press("Tab", "Escape")
            assert await ended(client, path) == CANCELLED
            await desktop.shows_nothing()
        with_desktop(check, settings=partners.settings())


def test_closing_a_failure_tells_the_caller():
    async def check(desktop, client):
        path = await client.get(prompt="auto")
        await desktop.shows("No Bluetooth")
        desktop.press("Escape")
        assert await ended(client, path) == (2, "no-adapter")
        await desktop.shows_nothing()
    with_desktop(check, settings={"bluetooth": {"backend": "none"}})


def test_policy_is_said_in_words():
    with Partners(BUILD):
        async def check(desktop, client):
            desktop.bus.policy.mkdir(mode=0o755, exist_ok=True)
            (desktop.bus.policy / "policy.conf").write_text(
                "[rp]\ndeny = example.com\n", encoding="utf-8")
            path = await client.get(prompt="auto")
            await desktop.shows("Not allowed here")
            assert "Try Again" not in roles(desktop, "push button"), desktop.objects()
            desktop.press("Return")
            assert await ended(client, path) == (2, "policy")
        with_desktop(check)


def test_a_window_that_crashes_comes_back():
    async def check(desktop, client):
        path = await client.get(prompt="auto")
        text = await client.qr_text(path)
        await desktop.shows_code(text)
        first = (await client.call("/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "GetConnectionUnixProcessID", "s", [PROMPT],
                                   "org.freedesktop.DBus"))[0]

        os.kill(first, 9)
        await desktop.until(lambda: "showing it again" in desktop.bus.log(), "it is not missed")
        await desktop.shows_code(text)
        await client.cancel(path)
        assert await ended(client, path) == CANCELLED
        await desktop.shows_nothing()
    with_desktop(check)


def test_no_display():
    async def check(desktop, client):
        path = await client.get(prompt="auto")
        assert await ended(client, path) == (2, "no-prompt")
        assert "no display" in desktop.log()
        # Who draws the code needs no window.
        path = await client.get(prompt="none")
        assert (await client.qr_text(path)).startswith("FIDO:/")
    with_desktop(check, environment={"DISPLAY": ":nowhere"})


def test_caller_that_goes():
    async def check(desktop, client):
        other = await connect(desktop.bus)
        path = await other.get(prompt="auto")
        await desktop.shows_code(await other.qr_text(path))
        other.close()
        await desktop.shows_nothing()
    with_desktop(check)


def test_nobody_else_has_windows_shown():
    async def check(desktop, client):
        try:
            await client.call("/org/hybridd/Prompt1", PROMPT, "Present", "oss", ["/a", "", ""],
                              PROMPT)
        except BusFailure as failure:
            assert failure.args[0].endswith("AccessDenied"), failure
        else:
            raise AssertionError("it showed a window for a stranger")
    with_desktop(check)


def test_the_window_leaves_no_core_dump():
    def leaves_core(pid):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
        core = next(line for line in limits.splitlines() if line.startswith("Max core"))
        return core.split()[4] != "0"

    async def check(desktop, client):
        path = await client.get(prompt="auto")
        await desktop.shows_code(await client.qr_text(path))
        pid = (await client.call("/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "GetConnectionUnixProcessID", "s", [PROMPT],
                                 "org.freedesktop.DBus"))[0]
        assert not leaves_core(pid)
        found = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        assert found.endswith(b"hybrid-prompt\0"), found
        await client.cancel(path)
        await ended(client, path)
    with_desktop(check)


# ---- with a stand-in -----------------------------------------------------------------------------

def test_turning_bluetooth_on():
    async def check(desktop, daemon):
        daemon.tell(State="bluetooth-off")
        await desktop.shows("Turn on Bluetooth?")
        await desktop.choose("Turn On")
        await daemon.called("TurnOnBluetooth")
        daemon.tell(State="waiting-for-scan")
        daemon.signal("QrChanged")
        await desktop.shows_code(CODE)
    with_stand_in(check)


def test_choosing_a_phone_by_keyboard():
    async def check(desktop, daemon):
        now = int(time.time())
        daemon.phones = {PHONE_PATH + "a": phone("Old <b>phone</b>", now - 90 * 86400),
                         PHONE_PATH + "b": phone("Anna's Pixel 9", now - 3600)}
        daemon.tell(State="choose-phone")
        await desktop.shows("Anna's Pixel 9")
        await desktop.shows("Old <b>phone</b>")
        await desktop.shows("Another phone or tablet")
        rows = roles(desktop, "list item")
        assert rows == ["Anna's Pixel 9", "Old <b>phone</b>", "Another phone or tablet"], rows
        await desktop.until(lambda: desktop.focus() == "Anna's Pixel 9", "the focus is elsewhere")
        desktop.press("Down", "Return")
        await daemon.called("UsePhone", PHONE_PATH + "a")
        daemon.tell(State="contacting-phone", Phone=PHONE_PATH + "b")
        await desktop.shows("A message was sent to Anna's Pixel 9.")
        await desktop.until(lambda: desktop.focus() == "Show a Code Instead", "the focus is elsewhere")
        desktop.press("space")
        await daemon.called("UseQr")
    with_stand_in(check)


def linked_phones(when):
    """A phone is remembered, chosen, and asked; and then it is left for a code."""
    with Partners(BUILD) as partners:
        async def check(desktop, client):
            path = await client.create(prompt="auto")
            scanner = partners.phone(desktop.bus, await client.qr_text(path), "--link", when,
                                     "--name", "Pixel", store="linked")
            await desktop.shows("Remember this phone?")
            await desktop.choose("Remember")
            assert (await ended(client, path))[0] == 0
            assert end_phone(scanner) == 0
            await desktop.shows_nothing()

            waiting = await partners.waiting_phone(desktop.bus, store="linked")
            path = await client.get(prompt="auto")
            await desktop.until(lambda: desktop.focus() == "Pixel", "the focus is elsewhere")
            assert not desktop.code()
            desktop.press("Return")
            assert (await ended(client, path))[0] == 0
            assert end_phone(waiting) == 0
            await desktop.shows_nothing()

            path = await client.get(prompt="auto")
            await desktop.until(lambda: desktop.focus() == "Pixel", "the focus is elsewhere")
            desktop.press("Return")  # nobody waits any more
            await desktop.shows("A message was sent to Pixel.")
            await desktop.until(lambda: desktop.focus() == "Show a Code Instead",
                                "the focus is elsewhere")
            desktop.press("space")
            await desktop.shows_code(await client.qr_text(path))
            desktop.press("Escape")
            assert await ended(client, path) == CANCELLED
            await desktop.shows_nothing()
        with_desktop(check, settings=partners.settings())


def test_bluetooth_is_turned_on_by_the_window():
    """The bus stands for the system's as well, with a bluetoothd whose adapter is off."""
    async def check(desktop, client):
        bluez = Bluez(desktop.bus.address)
        bluez.add_adapter("hci0", False)
        await bluez.start()
        while await client.get_property(PATH, MANAGER, "Bluetooth") != "off":
            await asyncio.sleep(0.05)
        path = await client.get(prompt="auto")
        await desktop.shows("Turn on Bluetooth?")
        assert not desktop.code(), "nobody could answer it"
        await desktop.choose("Turn On")
        await desktop.shows_code(await client.qr_text(path))
        desktop.press("Escape")
        assert await ended(client, path) == CANCELLED
        bluez.stop()
    with_desktop(check, settings={"bluetooth": {"backend": "bluez", "loopback-dir": None}})


def test_a_program_is_allowed_by_the_window():
    async def check(desktop, client):
        path = await client.get(prompt="auto")
        await desktop.shows("Allow this program?")
        assert not desktop.code()
        await desktop.choose("Allow")
        await desktop.shows_code(await client.qr_text(path))
        desktop.press("Escape")
        assert await ended(client, path) == CANCELLED

        path = await client.get(prompt="auto")
        await desktop.shows("Allow this program?")
        desktop.press("Escape")
        code, cause = await ended(client, path)
        assert (code, cause) == CANCELLED, cause
    with_desktop(check, settings={"requests": {"unknown-callers": "ask"},
                                  "test": {"callers": None}})


def test_it_belongs_to_the_window_of_the_caller():
    """By the hint that window managers go by; a window that is none, or has gone, is no harm."""
    async def check(desktop, client):
        parent = desktop.display.root()
        for window, hint in ((f"x11:{parent:x}", f"window id # {parent:#x}"),
                             ("x11:12345", "window id # 0x12345"), ("x11:nonsense", "not found"),
                             ("wayland:handle", "not found"), ("", "not found")):
            path = await client.get(prompt="auto", window=window)
            await desktop.shows_code(await client.qr_text(path))
            said = desktop.display.hint(desktop.display.window(), "WM_TRANSIENT_FOR")
            assert hint in said, (window, said)
            desktop.press("Escape")
            assert await ended(client, path) == CANCELLED
            await desktop.shows_nothing()
    with_desktop(check)


def test_linked_phones_from_end_to_end():
    linked_phones("first")


def test_linked_phones_that_say_so_after_their_answer():
    linked_phones("late")


async def window_process(client):
    """The process that serves the window."""
    return (await client.call("/org/freedesktop/DBus", "org.freedesktop.DBus",
                              "GetConnectionUnixProcessID", "s", [PROMPT],
                              "org.freedesktop.DBus"))[0]


def link_after_the_window(has_crashed):
    """A link that comes when the window has closed is asked about in another one."""
    with Partners(BUILD) as partners:
        async def check(desktop, client):
            path = await client.create(prompt="auto")
            text = await client.qr_text(path)
            await desktop.shows_code(text)
            scanner = partners.phone(desktop.bus, text, "--link", "late:8", "--name", "Pixel",
                                     store="linked")
            assert (await ended(client, path))[0] == 0
            await desktop.shows_nothing()
            if has_crashed:
                os.kill(await window_process(client), 9)
            await desktop.shows("Remember this phone?")
            await desktop.choose("Remember")
            await desktop.shows_nothing()
            assert end_phone(scanner) == 0

            path = await client.get(prompt="auto")
            await desktop.until(lambda: desktop.focus() == "Pixel", "the phone is not remembered")
            desktop.press("Escape")
            assert await ended(client, path) == CANCELLED
        with_desktop(check, settings=partners.settings())


def test_a_link_after_the_window_has_closed():
    link_after_the_window(False)


def test_a_link_after_the_window_has_crashed():
    link_after_the_window(True)


def moves(desktop):
    """Whether the window is another one a moment later."""
    before = desktop.picture()
    time.sleep(0.1)
    after = desktop.picture()
    return before and after and before.rows != after.rows


def test_the_wheel_turns():
    async def check(desktop, daemon):
        daemon.tell(State="connecting")
        await desktop.shows("Connecting to your phone")
        for _ in range(5):
            await desktop.until(lambda: moves(desktop), "nothing moves")
    with_stand_in(check)


def test_nothing_moves_where_nothing_shall():
    async def check(desktop, daemon):
        daemon.tell(State="connecting")
        await desktop.shows("Connecting to your phone")
        await desktop.until(lambda: not any(moves(desktop) for _ in range(10)), "something moves")
    with_stand_in(check, environment={"NO_MOTION": "1"})


def test_another_phone():
    async def check(desktop, daemon):
        daemon.phones = {PHONE_PATH + "a": phone("Phone", 1)}
        daemon.tell(State="choose-phone")
        await desktop.until(lambda: desktop.focus() == "Phone", "the focus is elsewhere")
        desktop.press("End", "Return")
        await daemon.called("UseQr")
    with_stand_in(check)


def test_a_phone_is_never_remembered_unasked():
    for answer in (True, False):
        async def check(desktop, daemon, answer=answer):
            daemon.tell(State="continue-on-phone", PhoneToRemember="Anna's Pixel 9")
            await desktop.shows("Continue on your phone")
            daemon.tell(State="done")
            await desktop.shows("Remember this phone?")
            assert not daemon.calls, daemon.calls
            if answer:
                await desktop.choose("Remember")
            else:
                desktop.press("Escape")
            await daemon.called("RememberPhone", answer)
            await desktop.shows_nothing()
        with_stand_in(check)


def test_permission():
    async def check(desktop, daemon):
        daemon.tell(State="asking-permission", Caller="Trust me", CallerKind="host",
                    CallerPath="/tmp/Trust me", Origin="https://example.com")
        await desktop.shows("Allow this program?")
        await desktop.shows("A program wants to sign in to example.com")
        await desktop.shows("Program: /tmp/Trust␣me")
        await desktop.shows("Origin: https://example.com")
        assert not desktop.says("Trust me"), "it is called as it likes"
        await desktop.choose("Allow")
        await daemon.called("Allow")
    with_stand_in(check)


QUESTIONS = {
    "Allow": ({"State": "asking-permission"}, "Allow this program?"),
    "Remember": ({"State": "done", "PhoneToRemember": "Pixel"}, "Remember this phone?"),
    "Turn On": ({"State": "bluetooth-off"}, "Turn on Bluetooth?"),
}
PAUSE_SECONDS = 0.7


def test_typing_at_once_answers_nothing():
    """The keys come when the window has just got the keyboard, in which a person types."""
    for button, (properties, heading) in QUESTIONS.items():
        async def check(desktop, daemon, button=button, properties=properties, heading=heading):
            daemon.tell(**properties)
            await desktop.shows(heading)
            began = time.monotonic()
            desktop.press("h", "Return", "Right", "space")
            if time.monotonic() - began > PAUSE_SECONDS:
                raise tap.Skip("this machine types too slowly")
            await desktop.until(lambda: desktop.usable(button), f"never to be used: {button}")
            assert not daemon.calls, (button, daemon.calls)
            await desktop.choose(button)
            await desktop.until(lambda: daemon.calls, f"not answered: {button}")
        with_stand_in(check)


def test_typing_on_refuses():
    """Whoever does not look agrees to nothing, however long that takes."""
    for button, (properties, heading) in QUESTIONS.items():
        async def check(desktop, daemon, button=button, properties=properties, heading=heading):
            daemon.tell(**properties)
            await desktop.shows(heading)
            desktop.press("h")
            await desktop.until(lambda: desktop.usable(button), f"never to be used: {button}")
            desktop.press("e", "l", "space")
            await desktop.shows_nothing()
            assert daemon.calls in ([("Cancel",)], [("RememberPhone", False)]), daemon.calls
        with_stand_in(check)


def test_daemon_that_goes():
    async def check(desktop, daemon):
        daemon.tell(State="waiting-for-scan")
        daemon.signal("QrChanged")
        await desktop.shows_code(CODE)
        daemon.close()
        await desktop.shows("The service behind this window has ended.")
        assert not desktop.code()
        desktop.press("Escape")
        await desktop.shows_nothing()
    with_stand_in(check)


def test_what_is_no_code_is_not_drawn():
    async def check(desktop, daemon):
        daemon.code = "https://phishing.example/"
        daemon.tell(State="waiting-for-scan")
        daemon.signal("QrChanged")
        await desktop.until(lambda: "no code" in desktop.log(), "it says nothing")
        assert not desktop.code()
        daemon.code = CODE
        daemon.signal("QrChanged")
        await desktop.shows_code(CODE)
    with_stand_in(check)


def test_a_long_site_is_shown_whole():
    async def check(desktop, daemon):
        site = ".".join(["accounts-google-com-login-secure"] * 6) + ".evil.example"
        daemon.tell(State="waiting-for-scan", RpId=site)
        daemon.signal("QrChanged")
        await desktop.shows_code(CODE)
        assert desktop.says(f"Sign in to {site}")
        _, _, width, _ = desktop.display.geometry(desktop.display.window())
        assert width < 460, width
    with_stand_in(check)


def test_what_a_screen_reader_is_told():
    async def check(desktop, daemon):
        daemon.tell(State="waiting-for-scan")
        daemon.signal("QrChanged")
        await desktop.shows_code(CODE)
        await desktop.shows("Scan this code with the camera")
        objects = desktop.objects()
        named = {o["role"]: o["name"] for o in objects}
        assert "A screen reader cannot read it" in named.get("icon", named.get("image", "")), objects
        assert any(o["role"] in ("notification", "alert") and "Sign in to" in o["name"]
                   for o in objects), objects
        nameless = [o for o in objects if o["focusable"] and not o["name"] and
                    o["role"] not in ("frame", "window", "panel", "filler")]
        assert not nameless, nameless
        await desktop.until(lambda: desktop.focus() == "Cancel", "the focus is elsewhere")
        # In a circle, by Tab alone: the button, the title bar's, and back.
        seen = []
        for _ in range(3):
            desktop.press("Tab")
            seen.append(desktop.focus())
        assert "Cancel" in seen, seen
    with_stand_in(check)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
