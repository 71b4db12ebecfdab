#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridd is killed while it links a phone, renames and forgets it, again and again: what it said to
be done is done when it has started again, and whatever is there is whole. The ceremony is a stand-in
that offers a link at once."""

import asyncio
import os
import pathlib
import random
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
sys.path.insert(0, str(ROOT / "tests" / "bus"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from checks import rogue, rogues  # noqa: E402
from hybridd import Bus, BusFailure, NAME, PATH, REQUEST, Variant, connect  # noqa: E402
from secrets_mock import MockSecrets  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PHONE = NAME + ".Phone"
N_ROUNDS = 1000
N_KEYRING_ROUNDS = 200
# In the beginning; then it follows the disk, so that about half of the kills come before the answer.
LATEST_SECONDS = 0.002
STEP = 1.1


class Killer:
    """What was said to be so, and what may be so."""

    def __init__(self, bus):
        self.bus = bus
        self.rng = random.Random(11)
        self.names = {""}  # that the phone may have now; "": it is not linked
        self.n_done = 0
        self.latest = LATEST_SECONDS

    async def linked(self, client):
        """The phone's path and name; ("", "") if there is none."""
        objects = (await client.call(PATH, OBJECT_MANAGER, "GetManagedObjects"))[0]
        found = [(path, interfaces[PHONE]["Name"].value) for path, interfaces in objects.items()]
        assert len(found) <= 1, found
        return found[0] if found else ("", "")

    async def kill_during(self, call, name):
        """Kills hybridd somewhere in a call, after which the phone has this name."""
        task = asyncio.ensure_future(call)
        await asyncio.sleep(self.rng.random() * self.latest)
        os.kill(self.bus.daemon.pid, signal.SIGKILL)
        try:
            await asyncio.wait_for(task, 10)
            self.names = {name}
            self.n_done += 1
            self.latest /= STEP
        except BusFailure:
            self.names |= {name}
            self.latest *= STEP

    async def round(self, number):
        """One of the three things that are written."""
        client = await connect(self.bus)
        path, name = await self.linked(client)
        assert name in self.names, (name, self.names)
        self.names = {name}
        if not path:
            request = await client.create(origin=rogue("answers-and-offers"), remember=Variant("b", True))
            await client.wait_for(lambda s: s.path == request and s.body and len(s.body) > 1 and
                                  "PhoneToRemember" in s.body[1])
            await self.kill_during(client.call(request, REQUEST, "RememberPhone", "b", [True]),
                                   "Pixel")
        elif number % 3 == 0:
            await self.kill_during(client.call(path, PHONE, "Forget"), "")
        else:
            await self.kill_during(client.call(path, PHONE, "Rename", "s", [f"Name {number}"]),
                                   f"Name {number}")
        client.close()


def test_killed_at_any_moment():
    with rogues(BUILD) as build, Bus(build) as bus:
        killer = Killer(bus)
        folder = bus.folder / "state" / "hybridd" / "phones"
        for number in range(N_ROUNDS):
            bus.start()
            asyncio.run(killer.round(number))
            bus.daemon.wait(10)
            assert not list(folder.glob("*.damaged")), "it wrote half of a file"
        print(f"# {N_ROUNDS} kills, {killer.n_done} after the answer")
        assert N_ROUNDS / 10 < killer.n_done < N_ROUNDS * 9 / 10, "not at any moment"


def test_killed_while_a_keyring_keeps_it():
    """The same with phones in the Secret Service, which lives on."""
    settings = {"daemon": {"phone-store": "secret-service"}}
    with rogues(BUILD) as build, Bus(build, settings=settings) as bus:
        keyring = MockSecrets(bus.address)
        killer = Killer(bus)
        for number in range(N_KEYRING_ROUNDS):
            bus.start()
            asyncio.run(killer.round(number))
            bus.daemon.wait(10)
            assert len(keyring.items) <= 1, keyring.items
        keyring.stop()
        assert not (bus.folder / "state").exists(), "it wrote files"
        print(f"# {N_KEYRING_ROUNDS} kills, {killer.n_done} after the answer")
        assert N_KEYRING_ROUNDS / 10 < killer.n_done < N_KEYRING_ROUNDS * 9 / 10, \
            "not at any moment"


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
