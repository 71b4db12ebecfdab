#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The guest itself: two virtual controllers, which the real bluetoothd has found and powered."""

import asyncio
import pathlib
import subprocess
import sys

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import bluez_client  # noqa: E402
import guest_services  # noqa: E402
import tap  # noqa: E402
from bluez_client import ADAPTER, ADVERTISING_MANAGER, MONITOR_MANAGER  # noqa: E402


def test_bluetoothd_is_the_real_one():
    version = subprocess.run([guest_services.bluetoothd.command[0], "--version"], check=True,
                             capture_output=True, text=True).stdout.strip()
    print(f"# bluetoothd {version}")
    pid = guest_services.bluetoothd.pid()
    exe = pathlib.Path(f"/proc/{pid}/exe").resolve()
    assert str(exe) == guest_services.bluetoothd.command[0], exe


def test_both_controllers_are_there_and_powered():
    async def look():
        async with bluez_client.connect() as bluez:
            objects = await bluez.objects()
            adapters = await bluez.adapters()
            assert adapters == ["/org/bluez/hci0", "/org/bluez/hci1"], adapters
            for path in adapters:
                adapter = objects[path][ADAPTER]
                print(f"# {path}: {adapter['Address']} {adapter['AddressType']}")
                assert adapter["Powered"] is True
            assert len({objects[path][ADAPTER]["Address"] for path in adapters}) == 2
    asyncio.run(look())


def test_both_can_advertise_and_monitor():
    async def look():
        async with bluez_client.connect() as bluez:
            objects = await bluez.objects()
            for path in await bluez.adapters():
                manager = objects[path][ADVERTISING_MANAGER]
                print(f"# {path}: {manager['SupportedInstances']} adverts at once, of "
                      f"{manager['SupportedCapabilities']['MaxAdvLen']} bytes")
                monitors = objects[path][MONITOR_MANAGER]
                assert "or_patterns" in monitors["SupportedMonitorTypes"], monitors
                assert manager["SupportedInstances"] > 0
                assert manager["SupportedCapabilities"]["MaxAdvLen"] >= 31
    asyncio.run(look())


def test_a_controller_can_be_switched_off_and_on():
    async def switch():
        async with bluez_client.connect() as bluez:
            second = (await bluez.adapters())[1]
            for on in (False, True):
                await bluez.power(second, on)
                assert await bluez.get(second, ADAPTER, "Powered") is on
    asyncio.run(switch())


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
