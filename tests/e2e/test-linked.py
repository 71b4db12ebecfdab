#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Linked phones: remembered when the person says so, asked without a code, forgotten when they do
not know this computer any more. hybridd, a tunnel service and virtual phones over loopback."""

import asyncio
import ctypes
import fcntl
import json
import os
import pathlib
import pty
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import zlib

from dbus_fast import Variant

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import (BusFailure, Message, NAME, ORIGIN, PATH, PROPERTIES, REQUEST,  # noqa: E402
                     connect)
from linked import (BUILD, Lab, OBJECT_MANAGER, PHONE, link, managed, options,  # noqa: E402
                    property_becomes, run, sign_in)
from partners import end_phone  # noqa: E402

N_KILLS = 12  # of the whole daemon; tests/phones has a thousand of what writes


# ---- what goes well -----------------------------------------------------------------------------

def test_link_restart_and_sign_in():
    with Lab() as lab:
        async def first():
            client = await connect(lab.bus)
            await link(lab, client)
            phones = await managed(client)
            assert [p["Name"] for p in phones.values()] == ["Pixel"], phones
            client.close()
            return list(phones)[0]

        async def second():
            client = await connect(lab.bus)
            assert list(await managed(client)) == [phone]
            path = await sign_in(lab, client, phone)
            states = [s.body[1]["State"].value for s in client.signals
                      if s.path == path and s.member == "PropertiesChanged"
                      and "State" in s.body[1]]
            assert "contacting-phone" in states and "waiting-for-scan" not in states, states
            assert (await managed(client))[phone]["LastUsed"] > 0
            client.close()

        phone = asyncio.run(first())
        assert lab.bus.stop() == 0
        lab.bus.start()
        asyncio.run(second())


def test_without_signal():
    async def check(lab, client):
        await link(lab, client)
        await sign_in(lab, client, list(await managed(client))[0])
    run(check, "--fault", "no-signal")


def test_link_at_each_moment():
    async def check(lab, client):
        for when in ("first", "late"):
            await link(lab, client, when=when, store=when, name=f"Pixel {when}")
        phones = await managed(client)
        assert sorted(p["Name"] for p in phones.values()) == ["Pixel first", "Pixel late"], phones
        for path, properties in phones.items():
            await sign_in(lab, client, path, store=properties["Name"].split()[1])
    run(check)


def test_link_after_the_next_ceremony_began():
    """The first phone's link comes while the second one is asked: both are as if they were alone."""
    async def check(lab):
        middle = await lab.start_behind(hold=4)
        client = await connect(lab.bus)
        first = await client.create(**options(choose=False))
        late = lab.partners.phone(lab.bus, await client.qr_text(first), "--link", "late", "--name",
                                  "Late", store="first")
        code, results = await client.response(first, 40)
        assert code == 0, results
        await asyncio.wait_for(middle.reached.wait(), 20)

        second = await client.create(**options(choose=False))
        await client.state(second, "waiting-for-scan")
        assert await client.get_property(first, REQUEST, "State") == "lingering"
        middle.release()
        asked = await property_becomes(client, first, "PhoneToRemember", bool)
        assert asked == "Late", asked
        assert await client.get_property(second, REQUEST, "PhoneToRemember") == ""
        assert await client.get_property(second, REQUEST, "State") == "waiting-for-scan"
        await client.call(first, REQUEST, "RememberPhone", "b", [True])
        assert end_phone(late) == 0
        assert [phone["Name"] for phone in (await managed(client)).values()] == ["Late"]

        scanning = lab.partners.phone(lab.bus, await client.qr_text(second), "--link", "yes",
                                      "--name", "Second", store="second")
        asked = await property_becomes(client, second, "PhoneToRemember", bool)
        assert asked == "Second", asked
        await client.call(second, REQUEST, "RememberPhone", "b", [True])
        code, results = await client.response(second, 40)
        assert code == 0 and end_phone(scanning) == 0, results
        names = sorted(phone["Name"] for phone in (await managed(client)).values())
        assert names == ["Late", "Second"], names
        client.close()
        await middle.close()
    with Lab(start=False) as lab:
        asyncio.run(check(lab))


def test_only_the_last_one_lingers():
    """Ceremonies that wait for links do not pile up."""
    async def check(lab):
        middle = await lab.start_behind(hold=4)
        client = await connect(lab.bus)
        phones, paths = [], []
        for number in range(3):
            path = await client.create(**options(choose=False))
            phones.append(lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "late",
                                             store=f"s{number}"))
            code, results = await client.response(path, 40)
            assert code == 0, results
            await client.state(path, "lingering")
            paths.append(path)
        # The first one's was ended when the third began; the two others are still there.
        for path in paths[1:]:
            assert await client.get_property(path, REQUEST, "State") == "lingering"
        try:
            await client.get_property(paths[0], REQUEST, "State")
            raise AssertionError("three ceremonies linger")
        except BusFailure as failure:
            assert failure.args[0].endswith("UnknownObject"), failure
        client.close()
        await middle.close()
        for phone in phones:
            phone.terminate()
            phone.wait(10)
    with Lab(start=False) as lab:
        asyncio.run(check(lab))


def test_android_profile():
    async def check(lab, client):
        path = await client.create(**options(choose=False))
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--profile", "android")
        code, results = await client.response(path, 40)
        assert code == 0 and end_phone(phone) == 0, results
        assert await managed(client) == {}
        await link(lab, client, "--profile", "android", store="android")
        await sign_in(lab, client, list(await managed(client))[0], store="android")
    run(check)


def test_the_person_chooses():
    async def check(lab, client):
        await link(lab, client)
        phone = list(await managed(client))[0]
        path = await client.get(**options())
        await client.state(path, "choose-phone")
        assert await client.get_property(path, REQUEST, "Phones") == [[phone, "Pixel"]]
        assert await client.get_property(path, REQUEST, "DefaultPhone") == phone
        waiting = await lab.wait_phone()
        await client.call(path, REQUEST, "UsePhone", "o", [phone])
        code, results = await client.response(path, 40)
        assert code == 0 and results["authenticator"]["linked"], results
        end_phone(waiting)

        # A code instead, before and while the phone is asked.
        path = await client.get(**options())
        await client.state(path, "choose-phone")
        await client.call(path, REQUEST, "UseQr")
        assert (await client.qr_text(path)).startswith("FIDO:/")
        await client.call(path, REQUEST, "UsePhone", "o", [phone])
        await client.state(path, "contacting-phone")
        assert await client.get_property(path, REQUEST, "Phone") == phone
        await client.call(path, REQUEST, "UseQr")
        assert await client.get_property(path, REQUEST, "Phone") == "/"
        scanning = lab.partners.phone(lab.bus, await client.qr_text(path))
        code, results = await client.response(path, 40)
        assert code == 0 and not results["authenticator"]["linked"], results
        end_phone(scanning)
    run(check)


def test_rename_and_forget():
    async def check(lab, client):
        await link(lab, client)
        await link(lab, client, store="other")
        phones = await managed(client)
        assert sorted(p["Name"] for p in phones.values()) == ["Pixel", "Pixel (2)"], phones
        path = next(p for p, values in phones.items() if values["Name"] == "Pixel")
        await client.call(path, PHONE, "Rename", "s", ["Work phone"])
        assert await client.get_property(path, PHONE, "Name") == "Work phone"
        for bad in ("", " x", "a\nb", "x" * 64, "\x7f", "\x1b[31m"):
            try:
                await client.call(path, PHONE, "Rename", "s", [bad])
                raise AssertionError(f"{bad!r} was taken for a name")
            except BusFailure as failure:
                assert failure.args[0].endswith("InvalidArgs"), failure

        # Linked once more it is the same phone, and keeps the name that its person gave it.
        await link(lab, client)
        assert (await managed(client))[path]["Name"] == "Work phone"
        await client.call(path, PHONE, "Forget")
        assert path not in await managed(client) and len(lab.files()) == 1
        try:
            await client.call(path, PHONE, "Rename", "s", ["x"])
            raise AssertionError("a forgotten phone was renamed")
        except BusFailure as failure:
            assert failure.args[0].endswith("UnknownObject"), failure
    run(check)


class SdBus:
    """A client by libsystemd. Of strings that are not ASCII dbus_fast gives the length in characters,
    and is thrown off the bus for it."""

    class Error(ctypes.Structure):
        """sd_bus_error."""
        _fields_ = [("name", ctypes.c_char_p), ("message", ctypes.c_char_p),
                    ("need_free", ctypes.c_int)]

    def __init__(self, address):
        self.library = ctypes.CDLL("libsystemd.so.0")
        self.bus = ctypes.c_void_p()
        self._check("new", ctypes.byref(self.bus))
        for name, argument in (("set_address", address.encode()), ("set_bus_client", 1)):
            self._check(name, self.bus, argument)
        self._check("start", self.bus)

    def _check(self, name, *arguments):
        result = getattr(self.library, "sd_bus_" + name)(*arguments)
        assert result >= 0, (name, os.strerror(-result))

    def call(self, path, interface, member, *strings):
        """Calls a method of hybridd with strings; BusFailure as of the other clients."""
        error = self.Error()
        result = self.library.sd_bus_call_method(
            self.bus, NAME.encode(), path.encode(), interface.encode(), member.encode(),
            ctypes.byref(error), None, b"s" * len(strings), *[text.encode() for text in strings])
        name = error.name
        self.library.sd_bus_error_free(ctypes.byref(error))
        if result < 0:
            raise BusFailure(name.decode())

    def close(self):
        """Leaves the bus."""
        self.library.sd_bus_flush_close_unref.restype = ctypes.c_void_p
        self.library.sd_bus_flush_close_unref(self.bus)


def test_names_that_disturb():
    """What would move the words beside it about is no name; any other letters are."""
    bad = ["x\u202egnp.exe", "\u202ax\u202c", "\u2066x\u2069", "x\u200e", "x\u200f", "\u061cx",
           "a\u0085b", "a\u2028b", "a\u2029b", "a\u200bb", "\ufeffx", "\x1b[31m", "é" * 32]
    good = ["Téléphone de Zoë", "田中さんの電話", "Телефон", "הטלפון", "📱"]

    async def check(lab, client):
        await link(lab, client)
        [phone] = await managed(client)
        loop = asyncio.get_running_loop()

        def renames():
            sd_bus = SdBus(lab.bus.address)
            sd_bus.call(PATH, OBJECT_MANAGER, "GetManagedObjects")
            for name in bad:
                try:
                    sd_bus.call(phone, PHONE, "Rename", name)
                    raise AssertionError(f"{name!r} was taken for a name")
                except BusFailure as failure:
                    assert failure.args[0].endswith("InvalidArgs"), (name, failure)
            for name in good:
                sd_bus.call(phone, PHONE, "Rename", name)
            sd_bus.close()
        await loop.run_in_executor(None, renames)
        names = [message.body[1]["Name"].value for message in client.signals
                 if message.path == phone and message.member == "PropertiesChanged"]
        assert names[-len(good):] == good, names
        assert (await managed(client))[phone]["Name"] == good[-1]
    run(check)


def from_a_terminal(when):
    """hybridctl: remembers a phone, lists it, renames it, asks it, and has it forgotten."""
    def ctl(lab, *words, code=0):
        done = subprocess.run([str(BUILD / "tools/hybridctl/hybridctl"), *words],
                              env=lab.bus.environment(), capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == code, done
        return [json.loads(line) for line in done.stdout.splitlines()] \
            if "--json" in words else done.stdout + done.stderr

    async def check(lab, client):
        if shutil.which("zbarimg") is None:
            raise tap.Skip("needs zbarimg (package zbar-tools)")
        picture = lab.bus.folder / "code.png"
        assert "No phone is linked" in ctl(lab, "phones")
        process = await asyncio.create_subprocess_exec(
            str(BUILD / "tools/hybridctl/hybridctl"), "create", "--origin", ORIGIN, "--rp",
            "example.com", "--json", "--remember", "--qr-png", str(picture), env=lab.bus.environment(),
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        phone = None
        while line := await asyncio.wait_for(process.stdout.readline(), 40):
            event = json.loads(line)
            if event["event"] == "qr-changed" and phone is None:
                code = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)],
                                      capture_output=True, text=True, check=True).stdout.strip()
                phone = lab.partners.phone(lab.bus, code, "--link", when,
                                           "--name", "Pixel")
        assert await process.wait() == 0 and end_phone(phone) == 0
        listed = ctl(lab, "phones", "--json")
        assert [phone["name"] for phone in listed] == ["Pixel"], listed
        ctl(lab, "phones", "rename", "Pixel", "Mine")
        waiting = await lab.wait_phone()
        loop = asyncio.get_running_loop()
        events = await loop.run_in_executor(None, lambda: ctl(
            lab, "get", "--origin", ORIGIN, "--rp", "example.com", "--json", "--phone", "Mine"))
        assert events[-1]["event"] == "done" and events[-1]["authenticator"]["linked"], events
        assert not [event for event in events if event["event"] == "qr-changed"], events
        assert end_phone(waiting) == 0
        assert "no linked phone" in ctl(lab, "phones", "forget", "Pixel", code=1)
        ctl(lab, "phones", "forget", "Mine")
        assert await managed(client) == {}
    run(check)


def test_from_a_terminal():
    from_a_terminal("first")


def test_from_a_terminal_and_late():
    """After its answer, which is when hybridctl could end."""
    from_a_terminal("late")


class Terminal:
    """hybridctl with a terminal of its own, and what it has written there."""

    def __init__(self, lab, *words):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        os.set_blocking(master, False)
        self.master, self.text = master, ""
        self.process = subprocess.Popen(
            [str(BUILD / "tools/hybridctl/hybridctl"), *words], stdin=slave, stderr=slave,
            stdout=subprocess.DEVNULL, env=lab.bus.environment(), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        os.close(slave)

    async def expect(self, wanted, seconds=40):
        """Waits until it has written this."""
        end = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < end, (wanted, self.text)
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except BlockingIOError:
                await asyncio.sleep(0.02)

    def type(self, keys):
        """Presses keys; what was written before is of no interest any more."""
        self.text = ""
        os.write(self.master, keys.encode())

    async def end(self, status):
        """Waits for its end."""
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, self.process.wait, 40) == status, self.text
        os.close(self.master)


def test_choosing_in_a_terminal():
    """By number; and a code instead, at any time."""
    words = ("get", "--origin", ORIGIN, "--rp", "example.com")

    async def check(lab, client):
        await link(lab, client)
        phone = await lab.wait_phone()
        terminal = Terminal(lab, *words)
        await terminal.expect("1-2 [1]: ")
        assert "1  Pixel" in terminal.text and "2  Another phone" in terminal.text, terminal.text
        terminal.type("7\n")
        await terminal.expect("1-2 [1]: ")
        terminal.type("\n")
        await terminal.end(0)
        assert end_phone(phone) == 0

        # Nobody answers, and the person does not wait.
        terminal = Terminal(lab, *words)
        await terminal.expect("1-2 [1]: ")
        terminal.type("1\n")
        await terminal.expect("Press c")
        terminal.type("xc")
        await terminal.expect("Scan this code")
        terminal.type("\x03")
        await terminal.end(1)

        terminal = Terminal(lab, *words)
        await terminal.expect("1-2 [1]: ")
        terminal.type("2\n")
        await terminal.expect("Scan this code")
        assert "Press c" not in terminal.text, terminal.text
        terminal.type("\x03")
        await terminal.end(1)

        terminal = Terminal(lab, *words)
        await terminal.expect("1-2 [1]: ")
        terminal.type("\x03")
        await terminal.end(1)
    run(check)


# ---- what does not ------------------------------------------------------------------------------

def test_the_person_says_no():
    async def check(lab, client):
        await link(lab, client, remember=False)
        assert await managed(client) == {} and lab.files() == []
    run(check)


def test_nobody_asks():
    """A caller that does not say that it asks: the code does not offer to link."""
    async def check(lab, client):
        path = await client.create()
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes")
        code, results = await client.response(path, 40)
        assert code == 0 and end_phone(phone) == 0, results
        assert not [s for s in client.signals if s.path == path
                    and s.member == "PropertiesChanged"
                    and s.body[1].get("PhoneToRemember", Variant("s", "")).value]
        assert lab.files() == []
    run(check)


def test_a_phone_that_fails_is_not_remembered():
    """Whoever sees the code may scan it first: only the phone that has answered is remembered."""
    async def check(lab, client):
        for fault, cause in (("reply-other-rp", "protocol"), ("two-adverts", "two-phones")):
            path = await client.create(**options(choose=False))
            phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "first",
                                       "--approve", "delay:2", "--fault", fault, store=fault)
            if cause == "protocol":
                await property_becomes(client, path, "PhoneToRemember", bool)
                try:
                    await client.call(path, REQUEST, "RememberPhone", "b", [True])
                    raise AssertionError("it was remembered")
                except BusFailure as failure:
                    assert failure.args[0].endswith(".InvalidStateError"), failure.args
            code, results = await client.response(path, 40)
            assert code == 2 and results["cause"] == cause, results
            end_phone(phone, 40)
            assert await managed(client) == {} and lab.files() == []
    run(check)


def test_a_window_that_answers_late():
    """The first one did not answer before another was called, and does when all is over."""
    async def check(lab):
        client, window = await connect(lab.bus), await connect(lab.bus)
        presented = []

        def present(message):
            if message.member != "Present":
                return None
            presented.append(message)
            return True
        window.bus.add_message_handler(present)
        await window.bus.request_name("org.hybridd.Prompt1")

        path = await client.create(prompt="auto", **options(choose=False))
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "late", "--name",
                                   "Pixel", store="late")
        assert (await client.response(path, 40))[0] == 0
        for _ in range(400):
            if len(presented) == 2:
                break
            await asyncio.sleep(0.05)
        assert len(presented) == 2, presented
        client.close()
        another = await connect(lab.bus)
        await asyncio.sleep(0.3)
        for message in presented:
            await window.bus.send(Message.new_method_return(message))
        for _ in range(3):
            path = await another.create()
            await another.cancel(path)
            assert (await another.response(path))[0] == 1
        assert lab.bus.daemon.poll() is None
        assert end_phone(phone) == 0
        window.close()
        another.close()
    with Lab() as lab:
        asyncio.run(check(lab))


def test_gone_phone_is_forgotten():
    """410: the tunnel service has never heard of the contact. A code follows at once."""
    async def check(lab, client):
        await link(lab, client)
        phone = list(await managed(client))[0]
        path = await client.get(**options(), phone=Variant("o", phone))
        problem = await property_becomes(client, path, "PhoneProblem", bool, 15)
        assert problem == "phone-gone", problem
        scanning = lab.partners.phone(lab.bus, await client.qr_text(path))
        code, results = await client.response(path, 40)
        assert code == 0 and not results["authenticator"]["linked"], results
        end_phone(scanning)
        assert await managed(client) == {} and lab.files() == []
    run(check)


def test_phone_that_does_not_come():
    """Known to the service, but away: after 20 s there is a code, and the phone stays linked."""
    async def check(lab, client):
        await link(lab, client)
        phone = list(await managed(client))[0]
        waiting = await lab.wait_phone()
        waiting.terminate()
        waiting.wait(10)
        path = await client.get(**options(), phone=Variant("o", phone))
        loop = asyncio.get_running_loop()
        before = loop.time()
        problem = await property_becomes(client, path, "PhoneProblem", bool, 40)
        assert problem == "timeout" and loop.time() - before > 15, problem
        assert (await client.qr_text(path)).startswith("FIDO:/")
        assert list(await managed(client)) == [phone]
        await client.cancel(path)
        await client.response(path)
    run(check)


def test_spoiled_links():
    """Ignored, said once in the log, and what is there stays as it is."""
    async def check(lab, client):
        await link(lab, client)
        before = await managed(client)
        for fault in ("link-mac", "link-point", "link-identity"):
            n_said = lab.bus.log().count("linking information that is wrong")
            path = await client.create(**options(choose=False))
            phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes",
                                       "--fault", fault)
            code, results = await client.response(path, 40)
            assert code == 0 and end_phone(phone) == 0, (fault, results)
            assert lab.bus.log().count("linking information that is wrong") == n_said + 1, fault
            assert await managed(client) == before, fault
    run(check)


def phone_key(lab, name):
    """The public key of a phone, in hexadecimal digits, as its link has it."""
    folder = lab.bus.folder / "state" / "hybridd" / "phones"
    text = next(text for text in (path.read_text(encoding="ascii") for path in folder.iterdir())
                if f"\nname {name}\n" in text)
    return re.search(r"^link [0-9A-F]*?5841(04[0-9A-F]{128})", text, re.M).group(1)


def test_identity_of_another_phone():
    """Of two phones that are linked, the second one claims to be the first: nothing changes."""
    async def check(lab, client):
        await link(lab, client, store="first", name="First")
        await link(lab, client, store="second", name="Second")
        folder = lab.bus.folder / "state" / "hybridd" / "phones"
        files = {name: (folder / name).read_bytes() for name in lab.files()}
        assert len(files) == 2 and phone_key(lab, "First") != phone_key(lab, "Second")

        path = await client.create(**options(choose=False))
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes", "--fault",
                                   "link-identity:" + phone_key(lab, "First"), store="second")
        code, results = await client.response(path, 40)
        assert code == 0 and end_phone(phone) == 0, results
        await client.wait_for(lambda s: s.path == path and s.member == "Response")
        assert lab.bus.log().count("linking information that is wrong") == 1
        assert not [s for s in client.signals if s.path == path
                    and s.member == "PropertiesChanged"
                    and s.body[1].get("PhoneToRemember", Variant("s", "")).value]
        assert {name: (folder / name).read_bytes() for name in lab.files()} == files
    run(check)


def test_policy():
    async def check(lab, client):
        await link(lab, client)
        phone = list(await managed(client))[0]
        lab.set_policy("[linking]\nallowed = no\n")
        path = await client.get(**options(), phone=Variant("o", phone))
        await client.state(path, "waiting-for-scan")
        assert await client.get_property(path, REQUEST, "Phone") == "/"
        assert await client.get_property(path, REQUEST, "Phones") == []
        await client.cancel(path)
        await client.response(path)

        path = await client.create(**options())
        scanning = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes",
                                      store="other")
        code, results = await client.response(path, 40)
        assert code == 0 and end_phone(scanning) == 0, results
        assert list(await managed(client)) == [phone]
    run(check)


def make_older(lab, seconds):
    """The only phone was linked so much earlier than it was."""
    [name] = lab.files()
    path = lab.bus.folder / "state" / "hybridd" / "phones" / name
    body = path.read_text(encoding="ascii").rpartition("crc32 ")[0]
    number = int(re.search(r"^linked-at (\d+)$", body, re.M).group(1))
    body = body.replace(f"linked-at {number}\n", f"linked-at {number - seconds}\n")
    path.write_text(f"{body}crc32 {zlib.crc32(body.encode()):08X}\n", encoding="ascii")


def test_links_that_are_too_old():
    """They are not asked, and not lost: the policy may change."""
    async def check(lab, client):
        await link(lab, client)
        lab.set_policy("[linking]\nmax-age = 2h\n")
        for older, usable in ((3600, 1), (3700, 0)):
            make_older(lab, older)
            path = await client.get(**options())
            await client.state(path, "choose-phone" if usable else "waiting-for-scan")
            assert len(await client.get_property(path, REQUEST, "Phones")) == usable, older
            await client.cancel(path)
            await client.response(path)
        assert len(lab.files()) == 1
    run(check)


def test_damaged_file():
    async def check(lab, client):
        await link(lab, client)
        await link(lab, client, store="other")
        folder = lab.bus.folder / "state" / "hybridd" / "phones"
        name = lab.files()[0]
        data = bytearray((folder / name).read_bytes())
        data[40] ^= 1
        (folder / name).write_bytes(data)
        assert len(await managed(client)) == 1
        assert name + ".damaged" in lab.files()
        assert "is damaged" in lab.bus.log()
    run(check)


def test_others_see_nothing():
    async def check(lab, client):
        await link(lab, client)
        phone = list(await managed(client))[0]
        stranger = await connect(lab.bus)
        for member, signature, body in (("Rename", "s", ["x"]), ("Forget", "", [])):
            try:
                await stranger.call(phone, PHONE, member, signature, body)
                raise AssertionError(f"a stranger may call {member}()")
            except BusFailure as failure:
                assert failure.args[0].endswith("AccessDenied"), failure
        try:
            await stranger.call(phone, PROPERTIES, "Get", "ss", [PHONE, "Name"])
            raise AssertionError("a stranger may read a phone's name")
        except BusFailure as failure:
            assert failure.args[0].endswith("AccessDenied"), failure
        await client.call(phone, PHONE, "Rename", "s", ["Hush"])
        await client.wait_for(lambda s: s.path == phone and s.member == "PropertiesChanged")
        await stranger.call(PATH, "org.freedesktop.DBus.Peer", "Ping")
        assert not [s for s in stranger.signals if s.path == phone]
        stranger.close()
    run(check)


def test_killed_daemon():
    """Killed while phones are linked, renamed and forgotten: what was said to be done is done."""
    with Lab() as lab:
        rng = random.Random(7)

        async def once(number, expected):
            client = await connect(lab.bus)
            phones = {values["Name"]: path for path, values in (await managed(client)).items()}
            assert expected <= set(phones), (expected, phones)
            if number % 3 == 0:
                await link(lab, client, store=f"s{number}", name=f"P{number}")
                expected.add(f"P{number}")
            elif phones:
                name = sorted(phones)[0]
                expected.discard(name)
                call = client.call(phones[name], PHONE, "Forget") if number % 3 == 1 else \
                    client.call(phones[name], PHONE, "Rename", "s", [f"R{number}"])
                task = asyncio.ensure_future(call)
                await asyncio.sleep(rng.random() * 0.004)
                os.kill(lab.bus.daemon.pid, signal.SIGKILL)
                try:
                    await asyncio.wait_for(task, 10)
                    if number % 3 == 2:
                        expected.add(f"R{number}")
                except (BusFailure, asyncio.TimeoutError):
                    pass
            if lab.bus.daemon.poll() is None:
                os.kill(lab.bus.daemon.pid, signal.SIGKILL)
            client.close()

        expected = set()
        for number in range(N_KILLS):
            asyncio.run(once(number, expected))
            lab.bus.daemon.wait(10)
            lab.bus.start()
            assert not [name for name in lab.files() if name.endswith(".damaged")]


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
