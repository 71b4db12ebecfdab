#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridctl doctor with the real bluetoothd and the real rfkill: what is wrong is said first.
Argument: the build folder."""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import bluez_client  # noqa: E402
import guest_services  # noqa: E402
import tap  # noqa: E402
from hybridd import Bus  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"


class Lab:
    """hybridd on the real system bus, with all adapters."""

    def __init__(self):
        settings = {"bluetooth": {"backend": "bluez", "loopback-dir": None}}
        self.bus = Bus(BUILD, settings=settings, system_bus=SYSTEM_BUS)
        self.bus.start()

    def close(self):
        """Ends it."""
        self.bus.stop()
        self.bus.__exit__()

    def doctor(self):
        """What it finds, and its exit status."""
        done = subprocess.run([str(BUILD / "tools/hybridctl/hybridctl"), "doctor", "--json"],
                              env=self.bus.environment(), capture_output=True, text=True,
                              timeout=60, check=False)
        assert not done.stderr, done.stderr
        findings = [json.loads(line) for line in done.stdout.splitlines()][:-1]
        print(f"# {findings[0]['id']}: {findings[0]['summary']} {findings[0].get('remedy', '')}")
        return findings, done.returncode


def with_lab(check):
    """Runs check(lab), and ends what that began."""
    lab = Lab()
    try:
        check(lab)
    finally:
        lab.close()


async def power(on):
    """Switches all adapters."""
    async with bluez_client.connect() as bluez:
        for adapter in await bluez.adapters():
            await bluez.power(adapter, on)


@contextlib.contextmanager
def blocked():
    """Flight mode."""
    switches = list(pathlib.Path("/sys/class/rfkill").glob("*/soft"))
    assert switches, "no rfkill here"
    for switch in switches:
        switch.write_text("1", encoding="ascii")
    try:
        yield
    finally:
        for switch in switches:
            switch.write_text("0", encoding="ascii")


def test_all_is_well():
    def check(lab):
        findings, status = lab.doctor()
        found = [finding["id"] for finding in findings]
        assert found[:3] == ["adapter-ready", "adapter-ready", "no-adverts"] and status == 0, found
    with_lab(check)


def test_adverts_are_heard():
    def check(lab):
        async def main():
            async with bluez_client.connect() as bluez:
                _, sender = await bluez.adapters()
                running = asyncio.get_running_loop().run_in_executor(None, lab.doctor)
                while not running.done():  # btvirt passes each advert on once
                    async with bluez.advert(sender, os.urandom(20)):
                        await asyncio.sleep(0.1)
                return await running
        findings, status = asyncio.run(main())
        assert "adverts-heard" in [finding["id"] for finding in findings] and status == 0, findings
    with_lab(check)


def test_switched_off():
    def check(lab):
        asyncio.run(power(False))
        try:
            findings, status = lab.doctor()
        finally:
            asyncio.run(power(True))
        assert findings[0]["id"] == "adapter-off" and status == 0, findings
    with_lab(check)


def test_flight_mode():
    def check(lab):
        with blocked():
            findings, status = lab.doctor()
        assert findings[0]["id"] == "rfkill-soft" and status == 1, findings
        assert "rfkill unblock bluetooth" in findings[0]["remedy"], findings
    with_lab(check)


def test_bluetoothd_stopped():
    def check(lab):
        guest_services.bluetoothd.stop()
        findings, status = lab.doctor()
        assert findings[0]["id"] == "service-not-running" and status == 1, findings
    with_lab(check)


def test_no_adapter():
    """The last test: it pulls both controllers out."""
    def check(lab):
        guest_services.btvirt.stop()
        findings, status = lab.doctor()
        assert findings[0]["id"] == "no-adapter" and status == 1, findings
        assert "virtual machine" in findings[0]["summary"], findings
    with_lab(check)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
