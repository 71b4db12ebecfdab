#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Very many ceremonies through one hybridd: it stays as large as it was.

    tests/bench/soak.py BUILD [N]

Sixteen programs keep a request open each, all that hybridd allows; a virtual phone answers each.
Prints what hybridd has in memory and open: on the way, and at rest, after a hundred and after all. N
is 10,000 if it is not given."""

import asyncio
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
from hybridd import Bus, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

N_CALLERS = 16
N_SAMPLES = 10
N_FIRST = 100


def private_dirty_kb(pid):
    """Private dirty memory of a process, in KiB."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(r"^Private_Dirty: +(\d+)", text, re.M).group(1))


class Soak:
    """One run of it."""

    def __init__(self, bus, partners, n_ceremonies, tell):
        self.bus, self.partners, self.tell = bus, partners, tell
        self.n_ceremonies = n_ceremonies
        self.n_begun = self.n_done = 0

    def sample(self, when):
        """What hybridd has now: (KiB, descriptors)."""
        now = private_dirty_kb(self.bus.daemon.pid), self.bus.n_fds()
        self.tell(f"{self.n_done:6} ceremonies, {when}: {now[0]} KiB, {now[1]} descriptors")
        return now

    async def ceremonies(self, client, n_to_begin):
        """One after the other, as long as there are some to do."""
        while self.n_begun < n_to_begin:
            self.n_begun += 1
            path = await client.create()
            code = await client.qr_text(path)
            phone = self.partners.phone(self.bus, code, store=f"store-{self.n_begun}")
            code, results = await client.response(path, 60)
            assert code == 0, results
            client.signals.clear()
            await asyncio.get_running_loop().run_in_executor(None, end_phone, phone)
            phone.log.unlink()
            self.n_done += 1
            if self.n_done % max(1, self.n_ceremonies // N_SAMPLES) == 0:
                self.sample("at work")

    async def until(self, n_ceremonies):
        """So many; what hybridd has when ceremonies and callers have gone, and the spare process."""
        clients = [await connect(self.bus) for _ in range(N_CALLERS)]
        await asyncio.gather(*(self.ceremonies(client, n_ceremonies) for client in clients))
        for client in clients:
            client.close()
        for _ in range(300):
            if not self.bus.children():
                break
            await asyncio.sleep(0.1)
        return self.sample("at rest")

    async def run(self):
        """All of them; what hybridd has after the first ones and in the end."""
        return await self.until(min(N_FIRST, self.n_ceremonies)), \
            await self.until(self.n_ceremonies)


def soak(build, n_ceremonies, tell):
    """Runs it; what hybridd has after the first ones and in the end: twice (KiB, descriptors)."""
    with Partners(build) as partners, Bus(build, settings=partners.settings()) as bus:
        # At the debug level the log would be what grows.
        plain = bus.daemon_command
        bus.daemon_command = lambda: [word for word in plain()
                                      if not word.startswith("--log-level")]
        bus.start()
        samples = asyncio.run(Soak(bus, partners, n_ceremonies, tell).run())
        assert bus.stop() == 0
    return samples


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    began = time.monotonic()
    soak(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000,
         lambda line: print(line, flush=True))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
