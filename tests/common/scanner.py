# SPDX-License-Identifier: MIT
"""hybrid-ble as a user of the BlueZ radio, against the bluetoothd of bluez.py. The first argument of
a test that uses this is the build folder."""

import asyncio
import json
import os
import pathlib
import subprocess
import sys

from bluez import Bluez
from hybridd import Bus

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")


class Program:
    """hybrid-ble, and the events that it has told so far."""

    running = []

    def __init__(self, process):
        self.process = process
        self.seen = []
        self.running.append(process)

    @classmethod
    async def start(cls, bus, *arguments):
        """Starts it on a bus that stands for the system's."""
        return cls(await asyncio.create_subprocess_exec(
            str(BUILD / "tools/hybrid-ble/hybrid-ble"), *arguments, "--json",
            env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address), stdout=subprocess.PIPE))

    async def wait_for(self, event, seconds=10, **members):
        """The next event with these members."""
        async def wait():
            while True:
                line = await self.process.stdout.readline()
                assert line, f"the program has ended; it said {self.seen}"
                said = json.loads(line)
                self.seen.append(said)
                if said["event"] == event and members.items() <= said.items():
                    return said
        try:
            return await asyncio.wait_for(wait(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {event} {members}; it said {self.seen}") from None

    async def nothing(self, event, seconds=0.5):
        """Asserts that there is no such event for a while."""
        try:
            said = await asyncio.wait_for(self.wait_for(event, seconds * 2), seconds)
        except (AssertionError, asyncio.TimeoutError):
            return
        raise AssertionError(f"it said {said}")

    @classmethod
    async def end_all(cls):
        """Ends those that a failed test has left."""
        for process in cls.running:
            if process.returncode is None:
                process.kill()
                await process.wait()
        cls.running.clear()

    async def end(self):
        """Ends it in order."""
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), 10)


async def until(condition, seconds=5):
    """Waits until a condition holds."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


def with_bluez(check, **adapters):
    """Runs check(bus, bluez) with a bus and a bluetoothd with these adapters: name=powered."""
    async def main(bus):
        bluez = Bluez(bus.address)
        for name, powered in adapters.items():
            bluez.add_adapter(name, powered)
        await bluez.start()
        try:
            await check(bus, bluez)
        finally:
            await Program.end_all()
            bluez.stop()
    with Bus(BUILD) as bus:
        asyncio.run(main(bus))


async def scanning(bus, bluez, *arguments, adapter="hci0"):
    """A program that scans, with its discovery running."""
    program = await Program.start(bus, "scan", *arguments)
    await until(lambda: bluez.adapters[adapter].clients)
    return program
