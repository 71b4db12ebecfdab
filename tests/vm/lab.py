# SPDX-License-Identifier: MIT
"""hybridd in the guest: it listens on the first controller; phones advertise on the second one."""

import asyncio
import contextlib
import os
import pathlib
import sys
import time

import bluez_client

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
from hybridd import Bus, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
# btvirt passes an advert on once; one that is lost is lost. Then the phone scans again.
ATTEMPTS = 3
SECONDS = 15
# How often an advert begins anew, where the test begins it.
AGAIN_SECONDS = 1
ADVERT_DIGITS = 40


class Lab:
    """hybridd on the real system bus, tunnel services and phones."""

    def __init__(self, backend="bluez", **bluetooth):
        self.partners = Partners(BUILD)
        self.backend = backend
        settings = dict(self.partners.settings(), bluetooth={
            "backend": backend, "adapter": "hci0", "loopback-dir": None, **bluetooth})
        self.bus = Bus(BUILD, settings=settings, system_bus=SYSTEM_BUS)
        self.bus.start()

    def close(self):
        """Ends all of them."""
        status = self.bus.stop()
        log = self.bus.log()
        self.bus.__exit__()
        self.partners.__exit__()
        assert status == 0 and "ERROR: " not in log, log

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print(self.bus.log())
        self.close()

    def phone(self, code, *options):
        """A phone whose radio is the second controller. It writes down its advert as it begins."""
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = SYSTEM_BUS
        return self.partners.phone(self.bus, code, "--ble", f"{self.backend}:hci1",
                                   "--print-advert", *options)

    async def answer(self, client, path, *options):
        """Lets a phone answer a request, well; returns how many seconds after the advert began it
        was taken, and how often it was not heard."""
        code = await client.qr_text(path)
        for attempt in range(ATTEMPTS):
            phone = self.phone(code, *options)
            try:
                await client.state(path, "connecting", SECONDS)
                # The phone's clock is the time of its file, which is its advert so far.
                seconds = time.time() - os.stat(phone.log).st_mtime
                code_, results = await client.response(path, SECONDS)
                assert code_ == 0, results
                end_phone(phone)
                return seconds, attempt
            except asyncio.TimeoutError:
                phone.terminate()
                phone.wait()
        raise AssertionError(f"the phone was not heard {ATTEMPTS} times: {self.bus.log()}")

    async def silent_phone(self, code):
        """A phone that has no radio of its own, and its advert."""
        phone = self.phone(code, "--ble", "none")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for word in phone.log.read_text(encoding="ascii").split():
                if len(word) == ADVERT_DIGITS:
                    return phone, bytes.fromhex(word)
            await asyncio.sleep(0.02)
        raise AssertionError(f"no advert: {phone.log.read_text(encoding='ascii')}")

    async def answer_over(self, bluez, client, path):
        """The same, with adverts that begin again and again, as they come from a real radio: where
        something else takes the air now and then. Returns the seconds from the first one."""
        phone, advert = await self.silent_phone(await client.qr_text(path))
        _, sender, *_ = await bluez.adapters()
        began = time.monotonic()
        taken = asyncio.ensure_future(client.state(path, "connecting", 2 * SECONDS))
        while not taken.done():
            async with bluez.advert(sender, advert):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(asyncio.shield(taken), AGAIN_SECONDS)
        seconds = time.monotonic() - began
        await taken
        code, results = await client.response(path, SECONDS)
        assert code == 0, results
        end_phone(phone)
        return seconds

    def ceremony(self, *options, operation="create", trouble=None, again=False):
        """One ceremony from the request to a good answer, with trouble(client, path, bluez) between
        the code and the phone. Returns whatever that returned."""
        async def main():
            client = await connect(self.bus)
            async with contextlib.AsyncExitStack() as stack:
                bluez = await stack.enter_async_context(
                    bluez_client.connect()) if self.backend == "bluez" else None
                path = await (client.create() if operation == "create" else client.get())
                if trouble:
                    result = await trouble(client, path, bluez)
                else:
                    result = await client.state(path, "waiting-for-scan", SECONDS)
                if again:
                    seconds, n_lost = await self.answer_over(bluez, client, path), 0
                else:
                    seconds, n_lost = await self.answer(client, path, *options)
                lost = f", {n_lost} adverts lost before" if n_lost else ""
                print(f"# {operation}: {1000 * seconds:.0f} ms from the advert to the match{lost}")
            client.close()
            return result
        return asyncio.run(main())
