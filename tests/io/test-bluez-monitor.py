#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passive scans of the BlueZ radio, against a bluetoothd that does what a test wants."""

import asyncio
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from bluez import MONITOR, OBJECT_MANAGER, PROPERTIES, Bluez  # noqa: E402
from scanner import Program, until, with_bluez  # noqa: E402

DATA = bytes(range(20))
DEVICE = "/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF"
ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
# How long a monitor may be silent: new ones, and such as have reported something.
PATIENCE, PATIENCE_PROVEN = 3, 10


def with_monitors(check, **adapters):
    """The same with a bluetoothd that has advertisement monitors."""
    async def able(bus, bluez):
        for adapter in bluez.adapters.values():
            adapter.can_monitor = True
        await check(bus, bluez)
    with_bluez(able, **adapters)


async def monitoring(bus, bluez, where="bluez:passive", adapter="hci0"):
    """A program that scans passively, its monitor activated."""
    program = await Program.start(bus, "scan", "--ble", where)
    await until(lambda: bluez.adapters[adapter].monitors)
    assert await bluez.call_monitor(adapter, "Activate") is None
    return program


async def until_discovery(bluez, at_least, at_most):
    """Asserts that one begins so many seconds from now."""
    began = time.monotonic()
    await until(lambda: bluez.adapters["hci0"].clients, at_most + 1)
    took = time.monotonic() - began
    assert at_least <= took <= at_most, f"after {took:.2f} s"


async def still_heard(program, bluez):
    """Asserts that adverts still come through."""
    bluez.hear("hci0", DATA)
    assert (await program.wait_for("advert"))["data"] == DATA.hex().upper()


def members(bluez):
    """All methods that were called."""
    return [member for _, member, _ in bluez.calls]


# ---- monitors that work -------------------------------------------------------------------------

def test_passive_scan_is_a_monitor():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        _, path, properties = await bluez.read_monitor("hci0")
        assert path.startswith("/org/hybridd/monitor/hci0/"), path
        assert properties == {"Type": "or_patterns", "Patterns": [
            [0, 0x16, b"\xf9\xff"], [0, 0x16, b"\xe2\xfd"]]}, properties
        await still_heard(program, bluez)
        assert "StartDiscovery" not in members(bluez)
        assert await program.end() == 0
        await until(lambda: not bluez.adapters["hci0"].monitors)
    with_monitors(check, hci0=True)


def test_one_that_reports_is_trusted_for_longer():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        assert await bluez.call_monitor("hci0", "DeviceFound", DEVICE) is None
        assert await bluez.call_monitor("hci0", "DeviceLost", DEVICE) is None
        began = time.monotonic()
        await asyncio.sleep(PATIENCE + 2)
        assert not bluez.adapters["hci0"].clients
        await until_discovery(bluez, 0, PATIENCE_PROVEN)
        took = time.monotonic() - began
        assert PATIENCE_PROVEN - 0.2 <= took <= PATIENCE_PROVEN + 1, took
        assert bluez.adapters["hci0"].monitors, "it may go on"
        await program.end()
        await until(lambda: not bluez.adapters["hci0"].clients)
    with_monitors(check, hci0=True)


def test_monitors_of_several_adapters():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        await until(lambda: bluez.adapters["hci1"].monitors)
        # The one of hci0 is lost; hci1's has nothing to do with that.
        assert await bluez.call_monitor("hci0", "Release") is None
        await until(lambda: bluez.adapters["hci0"].clients)
        assert not bluez.adapters["hci1"].clients
        await program.end()
    with_monitors(check, hci0=True, hci1=True)


def test_named_adapter():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez, "bluez:hci1,passive", adapter="hci1")
        assert not bluez.adapters["hci0"].monitors and not bluez.adapters["hci0"].clients
        await program.end()
    with_monitors(check, hci0=True, hci1=True)


# ---- monitors that do not -----------------------------------------------------------------------

def test_no_monitors_here():
    async def check(bus, bluez):
        program = await Program.start(bus, "scan", "--ble", "bluez:passive")
        await until_discovery(bluez, 0, 1)
        assert "RegisterMonitor" not in members(bluez)
        await still_heard(program, bluez)
        await program.end()
    with_bluez(check, hci0=True)


def test_refused():
    async def check(bus, bluez):
        bluez.errors["RegisterMonitor"] = ["org.bluez.Error.Failed"]
        program = await Program.start(bus, "scan", "--ble", "bluez:passive")
        await until_discovery(bluez, 0, 1)
        await still_heard(program, bluez)
        await asyncio.sleep(1.5)
        assert members(bluez).count("RegisterMonitor") == 1, "once is enough"
        await program.end()
        await until(lambda: not bluez.adapters["hci0"].clients)
    with_monitors(check, hci0=True)


def test_never_answered():
    async def check(bus, bluez):
        bluez.unanswered.add("RegisterMonitor")
        program = await Program.start(bus, "scan", "--ble", "bluez:passive")
        await until(lambda: "RegisterMonitor" in members(bluez))
        await until_discovery(bluez, PATIENCE - 0.5, PATIENCE + 1)
        await still_heard(program, bluez)
        await program.end()
    with_monitors(check, hci0=True)


def test_silent():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        await until_discovery(bluez, PATIENCE - 0.5, PATIENCE + 1)
        await still_heard(program, bluez)
        # Late is better than never, but discovery stays for the rest of this scan.
        assert await bluez.call_monitor("hci0", "DeviceFound", DEVICE) is None
        await asyncio.sleep(0.5)
        assert bluez.adapters["hci0"].clients and bluez.adapters["hci0"].monitors
        await program.end()
        await until(lambda: not bluez.adapters["hci0"].clients)
        await until(lambda: not bluez.adapters["hci0"].monitors)
    with_monitors(check, hci0=True)


def test_released_in_the_middle():
    for proven in (False, True):
        async def check(bus, bluez, proven=proven):
            program = await monitoring(bus, bluez)
            if proven:
                assert await bluez.call_monitor("hci0", "DeviceFound", DEVICE) is None
            assert not bluez.adapters["hci0"].clients
            assert await bluez.call_monitor("hci0", "Release") is None
            await until_discovery(bluez, 0, 1)
            await still_heard(program, bluez)
            assert await bluez.call_monitor("hci0", "Release") is None  # once more
            await program.end()
            await until(lambda: not bluez.adapters["hci0"].clients)
        with_monitors(check, hci0=True)


def test_power_goes_and_comes_back():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        for _ in range(2):
            bluez.set_powered("hci0", False)
            await program.wait_for("status", status="off")
            await until(lambda: not bluez.adapters["hci0"].monitors)
            bluez.set_powered("hci0", True)
            await until(lambda: bluez.adapters["hci0"].monitors)
        assert await bluez.call_monitor("hci0", "Activate") is None
        await still_heard(program, bluez)
        assert "StartDiscovery" not in members(bluez)
        await program.end()
    with_monitors(check, hci0=True)


def test_adapter_is_replaced():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        bluez.remove_adapter("hci0")
        await program.wait_for("status", status="absent")
        bluez.add_adapter("hci0", can_monitor=True)
        await until(lambda: bluez.adapters["hci0"].monitors)
        await program.end()
    with_monitors(check, hci0=True)


def test_bluetoothd_restarts():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        assert await bluez.call_monitor("hci0", "DeviceFound", DEVICE) is None
        bluez.stop()
        await program.wait_for("status", status="no-service")
        await bluez.start()
        await until(lambda: bluez.adapters["hci0"].monitors)
        # What the old one could do says nothing of the new one.
        await until_discovery(bluez, PATIENCE - 0.5, PATIENCE + 1)
        await program.end()
    with_monitors(check, hci0=True)


# ---- strangers ----------------------------------------------------------------------------------

def test_calls_of_strangers():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        began = time.monotonic()
        client, path, _ = await bluez.read_monitor("hci0")
        root = path.rsplit("/", 1)[0]
        stranger = Bluez(bus.address)
        await stranger.start_client()
        for arguments in ((path, MONITOR, "Release"), (path, MONITOR, "Activate"),
                          (path, MONITOR, "DeviceFound", DEVICE),
                          (path, MONITOR, "DeviceLost", DEVICE), (root, OBJECT_MANAGER,
                                                                 "GetManagedObjects"),
                          (path, PROPERTIES, "GetAll"), ("/", "org.freedesktop.DBus.Peer", "Ping")):
            error = await stranger.call_object(client, *arguments)
            assert error == ACCESS_DENIED, (arguments, error)
        await asyncio.sleep(0.5)
        assert not bluez.adapters["hci0"].clients, "it believed that the monitor is released"
        await until(lambda: bluez.adapters["hci0"].clients, PATIENCE + 2)
        assert time.monotonic() - began < PATIENCE + 1, "it believed that the monitor works"
        stranger.bus.disconnect()
        await program.end()
    with_monitors(check, hci0=True)


def test_odd_calls_of_bluetoothd():
    async def check(bus, bluez):
        program = await monitoring(bus, bluez)
        for member, paths in (("DeviceFound", ()), ("Release", (DEVICE,)), ("NoSuchMethod", ())):
            error = await bluez.call_monitor("hci0", member, *paths)
            assert error in ("org.freedesktop.DBus.Error.InvalidArgs",
                             "org.freedesktop.DBus.Error.UnknownMethod"), error
        await asyncio.sleep(0.3)
        assert not bluez.adapters["hci0"].clients
        await still_heard(program, bluez)
        await program.end()
    with_monitors(check, hci0=True)


# ---- the other ways of scanning -----------------------------------------------------------------

def test_a_monitor_stands_in_while_discovery_is_refused():
    async def check(bus, bluez):
        bluez.errors["StartDiscovery"] = ["org.bluez.Error.InProgress"] * 2
        program = await monitoring(bus, bluez, "bluez")
        assert not bluez.adapters["hci0"].clients
        await still_heard(program, bluez)
        await until(lambda: bluez.adapters["hci0"].clients)
        await until(lambda: not bluez.adapters["hci0"].monitors)
        assert members(bluez).count("RegisterMonitor") == 1
        assert members(bluez).count("StartDiscovery") == 3
        await program.end()
    with_monitors(check, hci0=True)


def test_both_are_refused():
    async def check(bus, bluez):
        bluez.errors["StartDiscovery"] = ["org.bluez.Error.InProgress"]
        bluez.errors["RegisterMonitor"] = ["org.bluez.Error.Failed"]
        program = await Program.start(bus, "scan")
        await until_discovery(bluez, 0.5, 3)
        assert not bluez.adapters["hci0"].monitors
        await program.end()
    with_monitors(check, hci0=True)


def test_no_monitor_where_discovery_runs():
    async def check(bus, bluez):
        for where in "bluez", "bluez:active", "bluez:hci0,active":
            program = await Program.start(bus, "scan", "--ble", where)
            await until(lambda: bluez.adapters["hci0"].clients)
            await asyncio.sleep(0.3)
            assert "RegisterMonitor" not in members(bluez)
            await program.end()
            await until(lambda: not bluez.adapters["hci0"].clients)
    with_monitors(check, hci0=True)


def test_active_is_never_passive():
    async def check(bus, bluez):
        bluez.errors["StartDiscovery"] = ["org.bluez.Error.InProgress"] * 2
        program = await Program.start(bus, "scan", "--ble", "bluez:active")
        await until(lambda: bluez.adapters["hci0"].clients)
        assert members(bluez).count("StartDiscovery") == 3
        assert "RegisterMonitor" not in members(bluez)
        await program.end()
    with_monitors(check, hci0=True)


def test_odd_words_for_a_radio():
    async def check(bus, bluez):
        for where in ("hci0,lazy", "hci0,", ",passive", "passive,hci0", "hci0,passive,", "hci0 passive",
                      "/org/bluez/hci0", "h" * 40, "hci0,Passive", ","):
            program = await Program.start(bus, "scan", "--ble", f"bluez:{where}")
            assert await asyncio.wait_for(program.process.wait(), 10) != 0, where
        assert "StartDiscovery" not in members(bluez) and "RegisterMonitor" not in members(bluez)
    with_monitors(check, hci0=True)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
