#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How long ceremonies take to hear their phone, by backend and way of scanning. The last lines are a
table. Argument: the build folder."""

import asyncio
import pathlib
import statistics
import subprocess
import sys
import time

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import bluez_client  # noqa: E402
import guest_services  # noqa: E402
import tap  # noqa: E402
from hybridd import connect  # noqa: E402
from lab import SECONDS, Lab  # noqa: E402

N_TRIES = 5
TABLE = {}


def measure(name, backend, scan):
    """Some ceremonies; enters how long each of them took from the advert to the match."""
    async def main():
        client = await connect(lab.bus)
        for _ in range(N_TRIES):
            path = await client.create()
            await client.state(path, "waiting-for-scan", SECONDS)
            await asyncio.sleep(0.5)  # a person takes longer
            seconds, n_lost = await lab.answer(client, path)
            taken.append(1000 * seconds)
            lost.append(n_lost)
            client.signals.clear()
        client.close()

    taken, lost = [], []
    with Lab(backend, scan=scan) as lab:
        asyncio.run(main())
    TABLE[name] = (sorted(taken), sum(lost))


def n_discoveries():
    """How many bluetoothd has begun so far, as btmon has seen it: what it tells the kernel."""
    log = (guest_services.LOGS / "btmon.log").read_text(encoding="utf-8", errors="replace")
    return log.count("MGMT Command: Start Servic.. (0x003a)") + log.count(
        "MGMT Command: Start Discov.. (0x0023)")


def test_bluez_active():
    before = n_discoveries()
    measure("bluez active", "bluez", "active")
    assert n_discoveries() - before >= N_TRIES, "the log of btmon does not tell"


def test_bluez_passive():
    """The first ceremony may be too slow for a monitor that has never reported anything."""
    before = n_discoveries()
    measure("bluez passive", "bluez", "passive")
    n_active = n_discoveries() - before
    print(f"# {n_active} discoveries in {N_TRIES} ceremonies")
    assert n_active <= 1, "that was not passive"


def test_passive_scans_are_passive():
    """As long as the monitor may be trusted the adapter discovers nothing."""
    async def main():
        async with bluez_client.connect() as bluez:
            receiver, _ = await bluez.adapters()
            client = await connect(lab.bus)
            path = await client.create()
            await client.state(path, "waiting-for-scan", SECONDS)
            began = time.monotonic()
            await asyncio.sleep(1)
            assert not await bluez.get(receiver, bluez_client.ADAPTER, "Discovering")
            # The monitor has nothing to report: then discovery joins in.
            while not await bluez.get(receiver, bluez_client.ADAPTER, "Discovering"):
                await asyncio.sleep(0.05)
                assert time.monotonic() - began < 5
            print(f"# discovery joined in after {time.monotonic() - began:.1f} s")
            seconds, _ = await lab.answer(client, path)
            print(f"# and then {1000 * seconds:.0f} ms from the advert to the match")
            client.close()
    with Lab(scan="passive") as lab:
        asyncio.run(main())


def test_passive_without_experimental():
    """As bluetoothd comes: it has no monitors, and discovery is there at once."""
    guest_services.restart_bluetoothd(guest_services.PLAIN)
    try:
        measure("bluez passive, no monitors", "bluez", "passive")
    finally:
        guest_services.restart_bluetoothd(guest_services.EXPERIMENTAL)


def after_a_crash(name, scan):
    """A discovery of a bluetoothd that has crashed is in the way of ours; how long does it take now
    until a phone is heard that advertises all the time?"""
    async def main():
        client = await connect(lab.bus)
        path = await client.create()
        await client.state(path, "waiting-for-scan", SECONDS)
        await asyncio.sleep(1)
        guest_services.bluetoothd.stop(9)
        await client.state(path, "bluetooth-off", SECONDS)
        client.signals.clear()
        guest_services.bluetoothd.start()
        await client.state(path, "waiting-for-scan", SECONDS)
        async with bluez_client.connect() as bluez:
            taken.append(1000 * await lab.answer_over(bluez, client, path))
        client.close()
    taken = []
    for _ in range(2):
        with Lab(scan=scan) as lab:
            asyncio.run(main())
    TABLE[name] = (sorted(taken), 0)


def test_after_a_crash_active():
    after_a_crash("bluez active, after a crash", "active")


def test_after_a_crash_auto():
    after_a_crash("bluez auto, after a crash", "auto")


def test_raw_hci():
    """Without bluetoothd. The last test, since it stops that."""
    guest_services.bluetoothd.stop()
    for name in ("hci0", "hci1"):
        subprocess.run(["hciconfig", name, "up"], check=True)
    measure("hci active", "hci", "active")
    measure("hci passive", "hci", "passive")

    async def trouble(client, path, _):
        await client.state(path, "waiting-for-scan", SECONDS)
        subprocess.run(["hciconfig", "hci0", "down"], check=True)
        await client.state(path, "bluetooth-off", SECONDS)
        client.signals.clear()
        subprocess.run(["hciconfig", "hci0", "up"], check=True)
        await client.state(path, "waiting-for-scan", SECONDS)
    with Lab("hci") as lab:
        lab.ceremony(trouble=trouble)


def print_table():
    """What was measured."""
    print("# from the advert to the match, ms    tries    min median    max   lost")
    for name, (milliseconds, n_lost) in TABLE.items():
        print(f"# {name:34} {len(milliseconds):6} {milliseconds[0]:6.0f} "
              f"{statistics.median(milliseconds):6.0f} {milliseconds[-1]:6.0f} {n_lost:6}")


if __name__ == "__main__":
    STATUS = tap.run(tap.collect(dict(globals())))
    print_table()
    sys.exit(STATUS)
