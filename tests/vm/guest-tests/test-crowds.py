#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Ceremonies that are not alone: other phones' adverts in the air, and other programs' scans on the
same controller. Argument: the build folder."""

import asyncio
import contextlib
import os
import pathlib
import subprocess
import sys
import time

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import bluez_client  # noqa: E402
import guest_services  # noqa: E402
import tap  # noqa: E402
from bluez_client import GOOGLE_UUID, HEART_RATE_UUID, HYBRID_UUID, Variant  # noqa: E402
from flood import Flood  # noqa: E402
from hybridd import connect  # noqa: E402
from lab import SECONDS, Lab  # noqa: E402

FLOOD_SECONDS = 0.01  # between two adverts, and what it takes to send one
# What other programs ask bluetoothd for: nothing in particular, as bluetoothctl does; a kind of
# device, as a browser does for a site; everything that is near.
FILTERS = {
    "none": {},
    "heart rate monitors": {"Transport": Variant("s", "le"),
                            "UUIDs": Variant("as", [HEART_RATE_UUID])},
    "both radios, each device once": {"Transport": Variant("s", "auto"),
                                      "DuplicateData": Variant("b", False)},
}


# ---- adverts ------------------------------------------------------------------------------------

def test_two_adverts_at_once(lab):
    """A stranger's under the same UUID, and ours, at the same time: ours is taken. And the other way
    round in which UUID is whose."""
    for ours, theirs in (("fff9", HYBRID_UUID), ("fff9", GOOGLE_UUID), ("fde2", HYBRID_UUID)):
        async def check(theirs=theirs, ours=ours):
            async with bluez_client.connect() as bluez:
                _, sender = await bluez.adapters()
                client = await connect(lab.bus)
                path = await client.create()
                await client.state(path, "waiting-for-scan", SECONDS)
                async with bluez.advert(sender, os.urandom(20), theirs):
                    await asyncio.sleep(0.5)
                    states = [s for s in client.signals if "connecting" in str(s.body)]
                    assert not states, "a stranger's advert was taken"
                    seconds, _ = await lab.answer(client, path, "--uuid", ours)
                print(f"# ours under {ours}, a stranger's under {theirs[4:8]}: "
                      f"{1000 * seconds:.0f} ms from the advert to the match")
                client.close()
        asyncio.run(check())


def test_two_ceremonies_at_once(lab):
    """Each phone's advert is a stranger's to the other ceremony."""
    async def check():
        client = await connect(lab.bus)
        paths = [await client.create(), await client.get()]
        for path in paths:
            await client.state(path, "waiting-for-scan", SECONDS)
        for path in paths:
            seconds, _ = await lab.answer(client, path)
            print(f"# {1000 * seconds:.0f} ms from the advert to the match")
        client.close()
    asyncio.run(check())


def test_flood(lab):
    """Strangers' adverts under both UUIDs, each from another address, from a third controller. It could
    send some 350 a second; but from 100 on this bluetoothd, on an emulated processor, answers nobody."""
    guest_services.make_ready(guest_services.CROWDED)
    try:
        asyncio.run(ceremony_in_a_flood(lab))
    finally:
        guest_services.make_ready()


async def ceremony_in_a_flood(lab):
    """The same, with the third controller there."""
    client = await connect(lab.bus)
    async with bluez_client.connect() as bluez:
        n_told = [0]

        def on_signal(message):
            data = bluez_client.changed_device(message)[1].get("ServiceData")
            n_told[0] += bool(data and {HYBRID_UUID, GOOGLE_UUID} & data.value.keys())

        path = await client.create()
        await client.state(path, "waiting-for-scan", SECONDS)
        with Flood(2, FLOOD_SECONDS) as flood:
            await asyncio.sleep(2)
            bluez.signals.append(on_signal)
            began, n_sent = time.monotonic(), flood.n_sent
            seconds = await lab.answer_over(bluez, client, path)
            took, n_sent = time.monotonic() - began, flood.n_sent - n_sent
        print(f"# {1000 * seconds:.0f} ms from the advert to the match; strangers sent "
              f"{n_sent / took:.0f} adverts a second, bluetoothd told of {n_told[0] / took:.0f}")
        assert n_sent / took > 10 and n_told[0] / took > 5, "that is no flood"
    client.close()


# ---- scans --------------------------------------------------------------------------------------

async def is_heard(bluez, adverts, sender):
    """Asserts that another program's discovery brings it what a device says."""
    data = os.urandom(8)
    for _ in range(20):
        async with bluez.advert(sender, data, HEART_RATE_UUID, "peripheral"):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while await adverts.get() != data:
                        pass
                    return
    raise AssertionError("the other program hears nothing any more")


@contextlib.asynccontextmanager
async def other_program(settings):
    """Another client of bluetoothd with a discovery of its own; gives it, and what it hears."""
    async with bluez_client.connect() as bluez:
        receiver, _ = await bluez.adapters()
        heard = asyncio.Queue()

        def on_signal(message):
            path, properties = bluez_client.changed_device(message)
            data = bluez_client.plain(properties).get("ServiceData", {}).get(HEART_RATE_UUID)
            if path.startswith(receiver + "/") and data is not None:
                heard.put_nowait(bytes(data))

        bluez.signals.append(on_signal)
        async with bluez.discovery(receiver, settings):
            yield bluez, heard


def other_scan(lab, settings, stays):
    """Another program's scan begins before ours; stays to its end, or ends in the middle of it."""
    async def check():
        async with contextlib.AsyncExitStack() as stack:
            other, heard = await stack.enter_async_context(other_program(settings))
            _, sender = await other.adapters()
            await is_heard(other, heard, sender)
            client = await connect(lab.bus)
            path = await client.create()
            await client.state(path, "waiting-for-scan", SECONDS)
            await asyncio.sleep(0.5)
            await is_heard(other, heard, sender)
            async with bluez_client.connect() as bluez:
                if not stays:
                    await stack.aclose()
                seconds = await lab.answer_over(bluez, client, path)
            print(f"#   {1000 * seconds:.0f} ms from the advert to the match")
            client.close()
            if stays:
                await asyncio.sleep(0.5)
                await is_heard(other, heard, sender)
    asyncio.run(check())


def test_another_program_scans_before_and_after_ours(lab):
    for name, settings in FILTERS.items():
        print(f"# filter: {name}")
        other_scan(lab, settings, stays=True)


def test_another_programs_scan_ends_in_the_middle_of_ours(lab):
    for name, settings in FILTERS.items():
        print(f"# filter: {name}")
        other_scan(lab, settings, stays=False)


def test_another_program_scans_on_when_hybridd_leaves():
    """bluetoothd ends the last one's discovery with a client that leaves behind its filter."""
    async def check():
        async with other_program(FILTERS["heart rate monitors"]) as (other, heard):
            receiver, sender = await other.adapters()
            own = await asyncio.to_thread(Lab)  # which has a loop of its own
            client = await connect(own.bus)
            path = await client.create()
            await client.state(path, "waiting-for-scan", SECONDS)
            await own.answer_over(other, client, path)
            client.close()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(own.close)
            await asyncio.sleep(0.5)
            assert await other.get(receiver, bluez_client.ADAPTER, "Discovering")
            await is_heard(other, heard, sender)
    asyncio.run(check())


def test_bluetoothctl_scans_and_is_killed(lab):
    """It neither takes back its filter nor stops; the bus tells that it has gone."""
    async def trouble(client, path, bluez):
        await client.state(path, "waiting-for-scan", SECONDS)
        with subprocess.Popen(["bluetoothctl", "--timeout", "100", "scan", "on"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as other:
            await asyncio.sleep(3)
            assert other.poll() is None, "bluetoothctl has ended"
            other.kill()
        receiver, _ = await bluez.adapters()
        assert await bluez.get(receiver, bluez_client.ADAPTER, "Discovering"), "ours has ended too"
    lab.ceremony(trouble=trouble, again=True)


if __name__ == "__main__":
    LAB = Lab()
    try:
        STATUS = tap.run(tap.collect(dict(globals())), lambda: LAB)
    finally:
        LAB.close()
    sys.exit(STATUS)
