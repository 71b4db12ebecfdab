#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole ceremonies over the real bluetoothd: hybridd listens on the first controller, hybrid-phone
advertises on the second. Argument: the build folder."""

import asyncio
import json
import os
import pathlib
import sys
import time

from dbus_fast import Variant

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import guest_services  # noqa: E402
import tap  # noqa: E402
from hybridd import MANAGER, PATH, REQUEST, connect  # noqa: E402
from partners import end_phone  # noqa: E402
from lab import ATTEMPTS, BUILD, SECONDS, Lab  # noqa: E402


async def through_trouble(client, path, end_trouble):
    """Waits until a request has told that Bluetooth is off, and after end_trouble() that it goes on."""
    await client.state(path, "bluetooth-off", SECONDS)
    client.signals.clear()
    await end_trouble()
    await client.state(path, "waiting-for-scan", SECONDS)


def test_register_and_sign_in(lab):
    for operation in ("create", "get"):
        lab.ceremony(operation=operation)

    async def look():
        client = await connect(lab.bus)
        assert await client.get_property(PATH, MANAGER, "Bluetooth") == "on"
        client.close()
    asyncio.run(look())


async def link(lab, client):
    """Registers with a code, and remembers the phone: the path of its object."""
    for _ in range(ATTEMPTS):
        path = await client.create(remember=Variant("b", True))
        phone = lab.phone(await client.qr_text(path), "--link", "yes")
        try:
            await client.wait_for(
                lambda s, path=path: s.path == path and s.member == "PropertiesChanged" and
                s.body[1].get("PhoneToRemember", Variant("s", "")).value, SECONDS)
            await client.call(path, REQUEST, "RememberPhone", "b", [True])
            assert (await client.response(path, SECONDS))[0] == 0
            end_phone(phone)
            return await phones(client)
        except asyncio.TimeoutError:
            phone.terminate()
            phone.wait()
            await client.cancel(path)
    raise AssertionError(f"the phone was not heard: {lab.bus.log()}")


async def phones(client):
    """The path of the only linked phone."""
    objects = (await client.call(PATH, "org.freedesktop.DBus.ObjectManager",
                                 "GetManagedObjects"))[0]
    return list(objects)[0]


async def wait_phone(lab):
    """A linked phone that waits, and advertises with the second controller."""
    service = lab.partners.google
    process = await asyncio.create_subprocess_exec(
        str(BUILD / "tools/hybrid-phone/hybrid-phone"), "wait", "--connect", service.address,
        "--ca", str(service.ca_file), "--ble", "bluez:hci1", "--store",
        str(lab.partners.folder / "store"), "--approve", "yes", "--json",
        env=dict(lab.bus.environment()), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE)
    line = await asyncio.wait_for(process.stdout.readline(), SECONDS)
    assert json.loads(line)["event"] == "waiting", line
    return process


def test_linked_phone_without_a_code(lab):
    """Links a phone, starts hybridd anew, and signs in without a code over the real radio."""
    async def first():
        client = await connect(lab.bus)
        path = await link(lab, client)
        client.close()
        return path

    async def second():
        client = await connect(lab.bus)
        assert await phones(client) == phone_path
        for _ in range(ATTEMPTS):
            phone = await wait_phone(lab)
            path = await client.get(phone=Variant("o", phone_path))
            try:
                code, results = await client.response(path, SECONDS)
                assert code == 0 and results["authenticator"]["linked"], results
                assert await asyncio.wait_for(phone.wait(), SECONDS) == 0
                break
            except asyncio.TimeoutError:
                await client.cancel(path)
                phone.terminate()
                await phone.wait()
        else:
            raise AssertionError(f"the phone was not heard: {lab.bus.log()}")
        client.close()

    phone_path = asyncio.run(first())
    assert lab.bus.stop() == 0
    lab.bus.start()
    asyncio.run(second())


def test_linked_phone_that_has_gone(lab):
    """The service has never heard of it: it is forgotten, and another one signs in with the code."""
    async def main():
        client = await connect(lab.bus)
        gone = await link(lab, client)
        path = await client.get(phone=Variant("o", gone))
        told = await client.wait_for(
            lambda s: s.path == path and s.member == "PropertiesChanged" and
            s.body[1].get("PhoneProblem", Variant("s", "")).value, SECONDS)
        assert told.body[1]["PhoneProblem"].value == "phone-gone", told.body
        assert (await client.call(PATH, "org.freedesktop.DBus.ObjectManager",
                                  "GetManagedObjects"))[0] == {}
        for _ in range(ATTEMPTS):
            phone = lab.phone(await client.qr_text(path))
            try:
                code, results = await client.response(path, SECONDS)
                assert code == 0 and not results["authenticator"]["linked"], results
                end_phone(phone)
                break
            except asyncio.TimeoutError:
                phone.terminate()
                phone.wait()
                await client.cancel(path)
                path = await client.get()
        else:
            raise AssertionError(f"the phone was not heard: {lab.bus.log()}")
        client.close()
    asyncio.run(main())


def test_old_uuid(lab):
    lab.ceremony("--uuid", "fde2")


def test_power_goes_and_comes_back(lab):
    async def trouble(client, path, bluez):
        await client.state(path, "waiting-for-scan", SECONDS)
        receiver, _ = await bluez.adapters()
        await bluez.power(receiver, False)
        await through_trouble(client, path, lambda: bluez.power(receiver, True))
    lab.ceremony(trouble=trouble)


def test_switched_on_by_hybridd(lab):
    async def trouble(client, path, bluez):
        await client.state(path, "waiting-for-scan", SECONDS)
        receiver, _ = await bluez.adapters()
        await bluez.power(receiver, False)
        await through_trouble(client, path, lambda: client.call(
            path, "org.hybridd.Hybrid1.Request", "TurnOnBluetooth"))
    lab.ceremony(trouble=trouble)


def test_bluetoothd_crashes_and_is_started_again(lab):
    async def start():
        guest_services.bluetoothd.start()

    async def trouble(client, path, _):
        await client.state(path, "waiting-for-scan", SECONDS)
        guest_services.bluetoothd.stop(9)
        await through_trouble(client, path, start)
    lab.ceremony(trouble=trouble)


def test_controllers_are_pulled_out_and_put_in_again(lab):
    """Both: btvirt's come and go together. One that misses its first command when it comes back needs
    longer than hybridd waits, so there are several attempts."""
    async def plug_in():
        await asyncio.to_thread(guest_services.make_ready)

    async def trouble(client, path, _):
        await client.state(path, "waiting-for-scan", SECONDS)
        guest_services.btvirt.stop()
        began = time.monotonic()
        await through_trouble(client, path, plug_in)
        print(f"# the controllers were away for {time.monotonic() - began:.1f} s")

    for attempt in range(ATTEMPTS):
        try:
            lab.ceremony(trouble=trouble)
            return
        except asyncio.TimeoutError:
            if attempt == ATTEMPTS - 1:
                raise
            guest_services.make_ready()
            print("# the controllers did not come back in time")


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


if __name__ == "__main__":
    LAB = Lab()
    try:
        STATUS = tap.run(tap.collect(dict(globals())), lambda: LAB)
    finally:
        LAB.close()
    sys.exit(STATUS)
