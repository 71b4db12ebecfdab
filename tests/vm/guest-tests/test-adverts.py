#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An advert of 20 bytes for 0xFFF9, sent by one controller, reaches clients of bluetoothd on the
other one: by discovery, as hybridd scans, and by a passive monitor. Prints how long it takes."""

import asyncio
import contextlib
import os
import pathlib
import statistics
import sys
import time

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import bluez_client  # noqa: E402
import guest_services  # noqa: E402
import tap  # noqa: E402

N_ADVERTS = 10
ADVERT_SIZE = 20
# btvirt passes an advert on once, when it begins. A report that comes while the other side is not
# ready for it is lost for good, so that the advert has to begin again.
ATTEMPTS = 4
ATTEMPT_SECONDS = 3


async def send_until_heard(bluez, sender, data, heard):
    """Advertises until the bytes are heard; returns from which device, how long it took from the
    call that begins the advert, and how many attempts."""
    for attempt in range(1, ATTEMPTS + 1):
        began = time.monotonic()
        async with bluez.advert(sender, data):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    while True:
                        when, device, bytes_heard, _ = await heard.get()
                        if bytes_heard == data:
                            return device, when - began, attempt
    raise AssertionError(f"{data.hex()} was not heard, {ATTEMPTS} times")


async def measure(scan):
    """Sends some adverts, each with bytes of its own, while scan(bluez, adapter) lasts."""
    async with bluez_client.connect() as bluez:
        receiver, sender = await bluez.adapters()
        seconds, n_lost = [], 0
        async with scan(bluez, receiver) as heard:
            for _ in range(N_ADVERTS):
                device, took, attempts = await send_until_heard(
                    bluez, sender, os.urandom(ADVERT_SIZE), heard)
                assert device.startswith(f"{receiver}/dev_"), device
                seconds.append(took)
                n_lost += attempts - 1
        milliseconds = sorted(1000 * s for s in seconds)
        print(f"# from RegisterAdvertisement to the signal, {N_ADVERTS} times: "
              f"{milliseconds[0]:.0f} to {milliseconds[-1]:.0f} ms, "
              f"median {statistics.median(milliseconds):.0f} ms; {n_lost} reports lost")


def test_discovery_hears_adverts():
    asyncio.run(measure(bluez_client.Bluez.discovery))


def test_a_monitor_hears_adverts():
    asyncio.run(measure(bluez_client.Bluez.monitor))


def test_discovery_hears_adverts_with_legacy_controllers():
    guest_services.make_ready(guest_services.LEGACY)
    asyncio.run(measure(bluez_client.Bluez.discovery))


def test_a_monitor_hears_adverts_with_legacy_controllers():
    guest_services.make_ready(guest_services.LEGACY)
    asyncio.run(measure(bluez_client.Bluez.monitor))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
