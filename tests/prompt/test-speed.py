#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""From the call to the code on the screen: with a window program that has to be started, and with one
that is there, beside a bare GTK program on the same machine. Arguments: the build, hello."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from desktop import Desktop, SECONDS, tap  # noqa: E402
from hybridd import connect  # noqa: E402

BUILD, HELLO = sys.argv[1:3]
N_TIMES = 5
WARM_RATIO_MAX = 1.3  # of the time that a bare program takes


def count_drawn(data):
    """Bytes of the screen that are not black."""
    return len(data) - data.count(0)


def count_white(data):
    """Pixels of the color that only the code has."""
    return data.count(b"\xff\xff\xff")


def wait_for_pixels(display, count, n, wanted=True):
    """Until there are so many, or no more."""
    path = display.folder / "Xvfb_screen0"
    deadline = time.monotonic() + SECONDS
    while (count(path.read_bytes()) >= n) != wanted:
        assert time.monotonic() < deadline, "it is not on the screen"


def time_hello(desktop):
    """Seconds from its start to its window."""
    before = time.monotonic()
    process = subprocess.Popen([HELLO], env={**os.environ, **desktop.environment,
                                             "DBUS_SESSION_BUS_ADDRESS": desktop.bus.address},
                               stderr=subprocess.DEVNULL)
    wait_for_pixels(desktop.display, count_drawn, 300000)
    seconds = time.monotonic() - before
    process.terminate()
    process.wait(SECONDS)
    wait_for_pixels(desktop.display, count_drawn, 300000, False)
    return seconds


async def time_code(desktop, client):
    """Seconds from the call to the code."""
    before = time.monotonic()
    path = await client.get(prompt="auto")
    await asyncio.to_thread(wait_for_pixels, desktop.display, count_white, 20000)
    seconds = time.monotonic() - before
    await client.cancel(path)
    await client.response(path, SECONDS)
    await desktop.shows_nothing()
    return seconds


def test_time_to_the_code():
    async def measure(desktop):
        client = await connect(desktop.bus)
        cold = await time_code(desktop, client)
        warm = [await time_code(desktop, client) for _ in range(N_TIMES)]
        client.close()
        return cold, statistics.median(warm)

    with Desktop(BUILD) as desktop:
        time_hello(desktop)  # so that all libraries are in memory
        hello = statistics.median(time_hello(desktop) for _ in range(N_TIMES))
        cold, warm = asyncio.run(measure(desktop))
    print(f"# bare GTK program {1000 * hello:.0f} ms; code cold {1000 * cold:.0f} ms "
          f"({cold / hello:.2f} times), warm {1000 * warm:.0f} ms ({warm / hello:.2f} times)")
    assert warm < WARM_RATIO_MAX * hello, (hello, warm)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
