#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole ceremonies over the real bluetoothd: hybridd listens on the first controller, hybrid-phone
advertises on the second. Argument: the build folder."""

import asyncio
import json
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
from hybridd import Bus, MANAGER, PATH, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
# btvirt passes an advert on once; one that is lost is lost. Then the phone scans again.
ATTEMPTS = 3
SECONDS = 15


class Lab:
    """hybridd on the real system bus, tunnel services and phones."""

    def __init__(self, backend="bluez"):
        self.partners = Partners(BUILD)
        self.backend = backend
        settings = dict(self.partners.settings(), bluetooth={
            "backend": backend, "adapter": "hci0", "loopback-dir": None})
        self.bus = Bus(BUILD, settings=settings, system_bus=SYSTEM_BUS)
        self.bus.start()

    def close(self):
        """Ends all of them."""
        status = self.bus.stop()
        log = self.bus.log()
        self.bus.__exit__()
        self.partners.__exit__()
        assert status == 0 and "ERROR: " not in log, log

    def phone(self, code, *options):
        """A phone whose radio is the second controller."""
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = SYSTEM_BUS
        return self.partners.phone(self.bus, code, "--ble", f"{self.backend}:hci1",
                                   *options)

    async def answer(self, client, path, *options):
        """Lets a phone answer a request; returns the response and how long it took from the scan."""
        code = await client.qr_text(path)
        for _ in range(ATTEMPTS):
            began = time.monotonic()
            phone = self.phone(code, *options)
            try:
                code_, results = await client.response(path, SECONDS)
                end_phone(phone)
                return code_, results, time.monotonic() - began
            except asyncio.TimeoutError:
                phone.terminate()
                phone.wait()
        raise AssertionError(f"the phone was not heard {ATTEMPTS} times: {self.bus.log()}")


async def waiting(client, operation="create"):
    """A request that waits for a phone."""
    path = await (client.create() if operation == "create" else client.get())
    await client.state(path, "waiting-for-scan", SECONDS)
    return path


def test_register_and_sign_in(lab):
    async def main():
        client = await connect(lab.bus)
        for operation in ("create", "get"):
            path = await waiting(client, operation)
            code, results, seconds = await lab.answer(client, path)
            assert code == 0, results
            print(f"# {operation}: {seconds:.1f} s from the scan of the code to the answer")
        assert await client.get_property(PATH, MANAGER, "Bluetooth") == "on"
        client.close()
    asyncio.run(main())


def test_old_uuid(lab):
    async def main():
        client = await connect(lab.bus)
        code, results, _ = await lab.answer(client, await waiting(client), "--uuid", "fde2")
        assert code == 0, results
        client.close()
    asyncio.run(main())


def test_strangers_in_the_air(lab):
    """Adverts of others, more and more of them, and only ours is taken."""
    async def main():
        client = await connect(lab.bus)
        path = await waiting(client)

        # Not ended by cancel(): wait_for() loses that when its call is just done (CPython 86296).
        enough = asyncio.Event()

        async def strangers():
            async with bluez_client.connect() as bluez:
                _, sender = await bluez.adapters()
                while not enough.is_set():
                    async with bluez.advert(sender, os.urandom(20)):
                        await asyncio.sleep(0.05)
        crowd = asyncio.ensure_future(strangers())
        await asyncio.sleep(2)
        code, results, _ = await lab.answer(client, path)
        enough.set()
        await crowd
        assert code == 0, results
        client.close()
    asyncio.run(main())


def test_power_goes_and_comes_back(lab):
    async def main():
        client = await connect(lab.bus)
        path = await waiting(client)
        async with bluez_client.connect() as bluez:
            receiver, _ = await bluez.adapters()
            await bluez.power(receiver, False)
            await client.state(path, "bluetooth-off", SECONDS)
            client.signals.clear()
            await bluez.power(receiver, True)
            await client.state(path, "waiting-for-scan", SECONDS)
        code, results, _ = await lab.answer(client, path)
        assert code == 0, results
        client.close()
    asyncio.run(main())


def test_switched_on_by_hybridd(lab):
    async def main():
        client = await connect(lab.bus)
        async with bluez_client.connect() as bluez:
            receiver, _ = await bluez.adapters()
            await bluez.power(receiver, False)
        path = await client.create()
        await client.state(path, "bluetooth-off", SECONDS)
        await client.call(path, "org.hybridd.Hybrid1.Request", "TurnOnBluetooth")
        await client.state(path, "waiting-for-scan", SECONDS)
        code, results, _ = await lab.answer(client, path)
        assert code == 0, results
        client.close()
    asyncio.run(main())


def test_bluetoothd_crashes_and_is_started_again(lab):
    async def main():
        client = await connect(lab.bus)
        path = await waiting(client)
        guest_services.bluetoothd.stop(9)
        await client.state(path, "bluetooth-off", SECONDS)
        client.signals.clear()
        guest_services.bluetoothd.start()
        await client.state(path, "waiting-for-scan", SECONDS)
        code, results, _ = await lab.answer(client, path)
        assert code == 0, results
        client.close()
    asyncio.run(main())


def test_blocked_by_rfkill(lab):
    async def main():
        client = await connect(lab.bus)
        for path in pathlib.Path("/sys/class/rfkill").glob("*/soft"):
            path.write_text("1", encoding="ascii")
        try:
            await asyncio.sleep(1)
            code, results = await client.response(await client.get(), SECONDS)
            assert (code, results["cause"]) == (2, "bluetooth-blocked"), results
            assert await client.get_property(PATH, MANAGER, "Bluetooth") == "blocked"
        finally:
            for path in pathlib.Path("/sys/class/rfkill").glob("*/soft"):
                path.write_text("0", encoding="ascii")
        client.close()
    asyncio.run(main())


def test_hybrid_ble_hears_what_hybrid_ble_sends(lab):
    async def main():
        data = os.urandom(20).hex().upper()
        environment = dict(lab.bus.environment())
        program = str(BUILD / "tools/hybrid-ble/hybrid-ble")
        receiver = await asyncio.create_subprocess_exec(
            program, "scan", "--ble", "bluez:hci0", "--json", env=environment,
            stdout=asyncio.subprocess.PIPE)
        await asyncio.sleep(2)
        for _ in range(ATTEMPTS):
            sender = await asyncio.create_subprocess_exec(
                program, "advertise", "--ble", "bluez:hci1", "--data", data, "--json",
                env=environment, stdout=asyncio.subprocess.DEVNULL)
            began = time.monotonic()
            try:
                async with asyncio.timeout(8):
                    while json.loads(await receiver.stdout.readline()).get("data") != data:
                        pass
                print(f"# heard {1000 * (time.monotonic() - began):.0f} ms after the other began")
                break
            except TimeoutError:
                continue
            finally:
                sender.terminate()
                await sender.wait()
        else:
            raise AssertionError("it was not heard")
        receiver.terminate()
        assert await receiver.wait() == 0
    asyncio.run(main())


def test_raw_hci():
    """Without bluetoothd. The last test, since it stops that."""
    guest_services.bluetoothd.stop()
    for name in ("hci0", "hci1"):
        subprocess.run(["hciconfig", name, "up"], check=True)
    lab = Lab("hci")
    try:
        async def main():
            client = await connect(lab.bus)
            for operation in ("create", "get"):
                path = await waiting(client, operation)
                code, results, seconds = await lab.answer(client, path)
                assert code == 0, results
                print(f"# raw HCI, {operation}: {seconds:.1f} s from the scan to the answer")
            path = await waiting(client)
            subprocess.run(["hciconfig", "hci0", "down"], check=True)
            await client.state(path, "bluetooth-off", SECONDS)
            client.signals.clear()
            subprocess.run(["hciconfig", "hci0", "up"], check=True)
            await client.state(path, "waiting-for-scan", SECONDS)
            code, results, _ = await lab.answer(client, path)
            assert code == 0, results
            client.close()
        asyncio.run(main())
    finally:
        lab.close()


if __name__ == "__main__":
    LAB = Lab()
    try:
        STATUS = tap.run(tap.collect(dict(globals())), lambda: LAB)
    finally:
        LAB.close()
    sys.exit(STATUS)
