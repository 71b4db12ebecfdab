#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Linked phones in the Secret Service: a mock that can misbehave, and gnome-keyring. Nothing falls
back to files, nothing waits for the service, and nothing is lost that was said to be kept."""

import asyncio
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from dbus_fast import Variant

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
sys.path.insert(0, str(ROOT / "tests" / "bus"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from checks import memory_of  # noqa: E402
from hybridd import BusFailure, MANAGER, PATH, REQUEST, connect  # noqa: E402
from linked import (Lab, PHONE, link, managed, options, property_becomes,  # noqa: E402
                    sign_in)
from partners import end_phone  # noqa: E402
from secrets_mock import MockSecrets, NAME as SECRETS, PATH as SECRETS_PATH  # noqa: E402

SETTINGS = {"daemon": {"phone-store": "secret-service", "idle-exit": "0"}}
ATTRIBUTES = {"xdg:schema", "phone"}


class Keyring:
    """A gnome-keyring-daemon with a folder of its own, unlocked by a password."""

    def __init__(self, lab):
        if shutil.which("gnome-keyring-daemon") is None:
            raise tap.Skip("needs gnome-keyring-daemon (package gnome-keyring)")
        self.folder = lab.bus.folder / "keyring"
        self.folder.mkdir(mode=0o700)
        self.environment = dict(lab.bus.environment(), HOME=str(self.folder),
                                XDG_DATA_HOME=str(self.folder / "data"),
                                XDG_RUNTIME_DIR=str(self.folder))
        self.address = lab.bus.address
        self.log = self.folder / "log"
        self.process = None
        self.start()

    def start(self):
        """Starts it, and waits until it has its name and a default keyring."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
                env=self.environment, stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.process.stdin.write(b"password of a test")
        self.process.stdin.close()
        end = time.monotonic() + 30
        while "collection/" not in self._default():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def _default(self):
        return subprocess.run(
            ["busctl", f"--address={self.address}", "call", SECRETS, SECRETS_PATH,
             "org.freedesktop.Secret.Service", "ReadAlias", "s", "default"],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stdout

    def stop(self):
        """Ends it, by its process number."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def with_service(function, service=MockSecrets, prepare=None, start=True):
    """function(lab, service) with hybridd on the bus of a service."""
    with Lab(start=False, settings=SETTINGS) as lab:
        keeper = service(lab.bus.address) if service is MockSecrets else service(lab)
        try:
            if prepare:
                prepare(keeper)
            if start:
                lab.bus.start()
            function(lab, keeper)
            assert lab.files() == [], "phones are in files"
        finally:
            keeper.stop()


def with_client(function, *arguments, **more):
    """async function(lab, client, service)."""
    async def main(lab, service):
        client = await connect(lab.bus)
        await function(lab, client, service)
        client.close()
    with_service(lambda lab, service: asyncio.run(main(lab, service)), *arguments, **more)


async def until(condition, what, seconds=20):
    """Waits for something that others do."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.02)


async def names_become(client, wanted, seconds=20):
    """Waits until the phones that are linked have these names."""
    end = time.monotonic() + seconds
    while (names := sorted(p["Name"] for p in (await managed(client)).values())) != wanted:
        assert time.monotonic() < end, names
        await asyncio.sleep(0.02)


# ---- what goes well -----------------------------------------------------------------------------

def live_with(lab, restart_service):
    """Linked, kept over restarts of both, asked, renamed, linked again, forgotten."""
    async def linking():
        client = await connect(lab.bus)
        await link(lab, client)
        await link(lab, client, store="other", name="Tablet")
        phones = await managed(client)
        assert sorted(p["Name"] for p in phones.values()) == ["Pixel", "Tablet"], phones
        client.close()
        return next(path for path, values in phones.items() if values["Name"] == "Pixel")

    async def using():
        client = await connect(lab.bus)
        assert len(await managed(client)) == 2
        await sign_in(lab, client, phone)
        assert (await managed(client))[phone]["LastUsed"] > 0
        await client.call(phone, PHONE, "Rename", "s", ["Mine"])
        await link(lab, client)
        client.close()

    async def forgetting():
        client = await connect(lab.bus)
        assert (await managed(client))[phone]["Name"] == "Mine"
        await client.call(phone, PHONE, "Forget")
        assert phone not in await managed(client)
        client.close()

    async def the_other():
        client = await connect(lab.bus)
        assert [p["Name"] for p in (await managed(client)).values()] == ["Tablet"]
        client.close()

    def restart():
        assert lab.bus.stop() == 0
        restart_service()
        lab.bus.start()

    phone = asyncio.run(linking())
    restart()
    asyncio.run(using())
    restart()
    asyncio.run(forgetting())
    restart()
    asyncio.run(the_other())


def test_mock():
    def check(lab, service):
        live_with(lab, lambda: None)
        [(attributes, label, secret)] = service.items.values()
        assert set(attributes) == ATTRIBUTES and label == "Linked phone: Tablet", (attributes, label)
        link_hex = re.search(r"^link ([0-9A-F]+)$", bytes(secret).decode(), re.M).group(1)
        assert link_hex.lower() not in lab.bus.log().lower()
    with_service(check)


def test_gnome_keyring():
    def check(lab, service):
        def restart():
            service.stop()
            service.start()
        live_with(lab, restart)
        # It keeps them encrypted, and what is in the clear says nothing of them.
        [keyring] = (service.folder / "data" / "keyrings").glob("*.keyring")
        assert b"hybridd-phone" not in keyring.read_bytes() and b"Tablet" not in keyring.read_bytes()
    with_service(check, Keyring)


async def code_of_another(lab):
    """The memory of a ceremony that shows a code to another program, while it does."""
    before = lab.bus.children()
    client = await connect(lab.bus)
    path = await client.get(**options(choose=False))
    await client.state(path, "waiting-for-scan")
    [pid] = [pid for pid in lab.bus.children() if pid not in before]
    memory = memory_of(pid)
    await client.cancel(path)
    await client.response(path)
    client.close()
    return memory


def test_ceremonies_have_no_links():
    """They are made of hybridd's process, which has them all: one that it keeps, and one that the
    person is asked about."""
    os.environ.pop("MALLOC_PERTURB_", None)  # which would erase what is left behind

    async def check(lab, client, service):
        path = await client.create(**options(choose=False))
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes")
        await property_becomes(client, path, "PhoneToRemember", bool)
        memories = [await code_of_another(lab)]
        await client.call(path, REQUEST, "RememberPhone", "b", [True])
        code, results = await client.response(path, 40)
        assert code == 0 and end_phone(phone) == 0, results
        memories.append(await code_of_another(lab))

        text = service.secrets()[0]
        link_hex = re.search(r"^link ([0-9A-F]+)$", text, re.M).group(1)
        record = bytes.fromhex(link_hex)
        assert record in memory_of(lab.bus.daemon.pid), "the test looks for the wrong thing"
        for memory in memories:
            assert record not in memory
            assert link_hex.encode() not in memory
    with_client(check)


# ---- what does not ------------------------------------------------------------------------------

async def code_alone_works(lab, client):
    """A ceremony with a code, in which no phone is linked."""
    path = await client.create(**options())
    phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes", store="none")
    code, results = await client.response(path, 40)
    assert code == 0 and end_phone(phone) == 0, results
    assert not [s for s in client.signals if s.path == path and s.member == "PropertiesChanged"
                and s.body[1].get("PhoneToRemember", Variant("s", "")).value]


def test_no_service():
    """Said aloud, with what to do; no file is written instead."""
    with Lab(settings=SETTINGS) as lab:
        async def check():
            client = await connect(lab.bus)
            await code_alone_works(lab, client)
            try:
                await managed(client)
                raise AssertionError("phones could be read")
            except BusFailure as failure:
                assert "see the log" in failure.args[1], failure
            client.close()
        asyncio.run(check())
        assert lab.files() == []
        assert lab.bus.log().count("The Secret Service does not answer") == 1, lab.bus.log()
        assert "phone-store = file" in lab.bus.log()


def test_no_default_keyring():
    async def check(lab, client, service):
        await code_alone_works(lab, client)
        assert "There is no default keyring" in lab.bus.log()
    with_client(check, prepare=lambda service: setattr(service, "default", "/"))


def test_locked_and_unlocked():
    async def check(lab, client, service):
        await link(lab, client)
        service.locked = True
        service.signal()
        await until(lambda: "The keyring is locked" in lab.bus.log(), "it is not said")
        await code_alone_works(lab, client)
        assert len(service.items) == 1
        service.locked = False
        service.signal("org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
                       ["org.freedesktop.Secret.Collection", {"Locked": Variant("b", False)}, []])
        await client.wait_for(lambda s: s.member == "InterfacesAdded" and s.path == PATH)
        [phone] = await managed(client)
        await sign_in(lab, client, phone)
    with_client(check)


def test_service_that_keeps_nothing():
    """An error, a question that nobody answers: the person is told, and no phone is there."""
    async def check(lab, client, service):
        await link(lab, client, store="kept", name="Kept")
        before = dict(service.items)
        for failures, prompts in (({"CreateItem": "org.freedesktop.Secret.Error.IsLocked"}, False),
                                  ({"CreateItem": "org.freedesktop.DBus.Error.Failed"}, False),
                                  ({}, True)):
            service.failures, service.prompts = failures, prompts
            n_said = lab.bus.log().count("The keyring did not keep a linked phone")
            path = await client.create(**options(choose=False))
            phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", "yes")
            await property_becomes(client, path, "PhoneToRemember", bool)
            try:
                await client.call(path, REQUEST, "RememberPhone", "b", [True])
                raise AssertionError("it was said to be kept")
            except BusFailure as failure:
                assert "keyring did not keep" in failure.args[1], failure
            code, results = await client.response(path, 40)
            assert code == 0 and end_phone(phone) == 0, results
            assert lab.bus.log().count("The keyring did not keep a linked phone") > n_said
            service.failures, service.prompts = {}, False
            await names_become(client, ["Kept"])
            assert service.items == before
    with_client(check)


def test_silent_service():
    """hybridd goes on while it waits."""
    async def check(lab, client, service):
        await link(lab, client)
        [phone] = await managed(client)
        service.silent = {"CreateItem"}
        rename = asyncio.ensure_future(client.call(phone, PHONE, "Rename", "s", ["New"]))
        await until(lambda: service.calls[-1] == "CreateItem", "it is not asked")
        other = await connect(lab.bus)
        slowest = 0
        for _ in range(20):
            before = time.monotonic()
            await other.get_property(PATH, MANAGER, "Version")
            slowest = max(slowest, time.monotonic() - before)
        assert not rename.done() and slowest < 1, slowest
        other.close()
        service.silent = set()
        try:
            await rename
            raise AssertionError("it was said to be kept")
        except BusFailure as failure:
            assert "keyring did not keep" in failure.args[1], failure
        await client.wait_for(lambda s: s.path == phone and s.member == "PropertiesChanged" and
                              s.body[1]["Name"].value == "Pixel" and len(s.body[1]) > 1)
        await names_become(client, ["Pixel"])
    with_client(check)


def test_silent_from_the_beginning():
    """hybridd serves nevertheless, after three seconds."""
    async def check(lab, client, service):
        assert "The Secret Service is slow" in lab.bus.log()
        path = await client.create()
        assert (await client.qr_text(path)).startswith("FIDO:/")
        await client.cancel(path)
        await until(lambda: "The Secret Service does not answer" in lab.bus.log(), "it waits on")
    with_client(check, prepare=lambda service: service.silent.add("OpenSession"))


def test_slow_from_the_beginning():
    """Who called hybridd by the bus does not wait for all the answers together."""
    def check(lab, service):
        async def with_bus(function):
            client = await connect(lab.bus)
            await function(client)
            client.close()

        async def later(client):
            n_refused = 0
            for _ in range(1000):
                try:
                    phones = await managed(client)
                    break
                except BusFailure as failure:
                    assert "cannot be read" in failure.args[1], failure
                    n_refused += 1
                    await asyncio.sleep(0.02)
            assert n_refused > 0 and [p["Name"] for p in phones.values()] == ["Pixel"], phones
        asyncio.run(with_bus(lambda client: link(lab, client)))
        lab.bus.stop()
        service.delay = 1.2
        lab.bus.start()
        assert "The Secret Service is slow" in lab.bus.log()
        asyncio.run(with_bus(later))
        assert "The Secret Service does not answer" not in lab.bus.log()
    with_service(check)


def test_more_changes_than_can_wait():
    """The name that is refused is not shown either."""
    async def check(lab, client, service):
        await link(lab, client)
        [phone] = await managed(client)
        service.delay = 2
        renames = [asyncio.ensure_future(client.call(phone, PHONE, "Rename", "s", [f"n{i}"]))
                   for i in range(70)]
        ends = await asyncio.wait_for(asyncio.gather(*renames[64:], return_exceptions=True), 20)
        assert all(isinstance(end, BusFailure) for end in ends), ends
        assert [p["Name"] for p in (await managed(client)).values()] == ["n63"]
        service.delay = 0
        await asyncio.wait_for(asyncio.gather(*renames[:64]), 60)
        await names_become(client, ["n63"])
    with_client(check)


def test_changed_by_others():
    """Deleted with another program, and damaged."""
    async def check(lab, client, service):
        await link(lab, client)
        await link(lab, client, store="other", name="Tablet")
        path = next(path for path, item in service.items.items() if item[1].endswith("Pixel"))
        attributes, label, secret = service.items[path]
        for bad in (b"", b"x", secret[:-1], secret.replace(b"Pixel", b"Fixel"), b"\xff" * 9000,
                    b"0" * 32 + secret[32:60]):
            n_said = lab.bus.log().count("is damaged")
            service.items[path] = (attributes, label, bad)
            service.signal()
            await until(lambda: lab.bus.log().count("is damaged") > n_said, f"{bad[:40]} was taken")
            await names_become(client, ["Tablet"])
        assert path in service.items, "what is damaged is left to its owner"

        def n_signals(member):
            return sum(s.member == member for s in client.signals)
        n_added, n_removed = n_signals("InterfacesAdded"), n_signals("InterfacesRemoved")
        service.items[path] = (attributes, label, secret)
        service.signal()
        await until(lambda: n_signals("InterfacesAdded") == n_added + 1, "it is not there again")
        assert len(await managed(client)) == 2
        service.items.clear()
        service.signal(member="ItemDeleted")
        await until(lambda: n_signals("InterfacesRemoved") == n_removed + 2, "they are still there")
        assert await managed(client) == {}
    with_client(check)


def test_too_many_items():
    """No more are read than phones can be linked."""
    async def check(lab, client, service):
        await link(lab, client)
        [(attributes, label, secret)] = service.items.values()
        for number in range(70):
            name = f"{number:032X}"
            service.items[f"{SECRETS_PATH}/collection/test/x{number}"] = (
                dict(attributes, phone=name), label, name.encode() + secret[32:])
        service.signal()
        await until(lambda: "too many phones" in lab.bus.log(), "it is not said")
        await until(lambda: sum(s.member == "InterfacesAdded" for s in client.signals) >= 63, "added")
        assert len(await managed(client)) == 64
    with_client(check)


def test_service_that_leaves():
    """Its session is gone, and made anew when something is to be kept."""
    async def check(lab, client, service):
        await link(lab, client)
        [phone] = await managed(client)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, service.stop)
        try:
            await client.call(phone, PHONE, "Rename", "s", ["Lost"])
            raise AssertionError("it was said to be kept")
        except BusFailure as failure:
            assert "keyring did not keep" in failure.args[1], failure
        await loop.run_in_executor(None, service.start)
        path = await client.get(**options())
        await until(lambda: service.calls[-1] == "GetSecrets", "it is not asked again")
        await client.cancel(path)
        await client.response(path)
        assert (await managed(client))[phone]["Name"] == "Pixel"
        await client.call(phone, PHONE, "Rename", "s", ["Kept"])
        assert "name Kept" in service.secrets()[0]
    with_client(check)


def test_setting():
    """A place that is not known is said with the line, and hybridd does not start."""
    with Lab(start=False, settings={"daemon": {"phone-store": "cloud"}}) as lab:
        done = subprocess.run(lab.bus.daemon_command(), env=lab.bus.environment(), text=True,
                              capture_output=True, timeout=20, check=False)
        assert done.returncode == 1, done
        assert "[daemon] phone-store: must be file or secret-service" in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
