#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The BlueZ radio against a bluetoothd that does what a test wants. hybrid-ble is the program that
uses it."""

import asyncio
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from bluez import ADVERTISEMENT, PROPERTIES, Bluez, uuid128  # noqa: E402
from dbus_fast import Message, Variant  # noqa: E402
from scanner import BUILD, Program, scanning, until, with_bluez  # noqa: E402

DATA = bytes(range(20))


# ---- adverts ------------------------------------------------------------------------------------

def test_advert_of_a_new_device_and_its_changes():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        bluez.hear("hci0", DATA, rssi=-71)
        said = await program.wait_for("advert")
        assert (said["uuid"], said["rssi"], said["data"]) == ("fff9", -71, DATA.hex().upper())
        bluez.hear("hci0", DATA[::-1])  # the same device, other data
        assert (await program.wait_for("advert"))["data"] == DATA[::-1].hex().upper()
        assert await program.end() == 0
    with_bluez(check, hci0=True)


def test_rssi():
    """What bluetoothd says, where it is anything that an advert can have been heard with."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        for rssi, wanted in ((-1, -1), (-128, -128), (20, 20), (127, None), (None, None),
                             (-129, None), (-32768, None), (300, None)):
            bluez.hear("hci0", DATA, rssi=rssi)
            said = await program.wait_for("advert")
            assert said.get("rssi") == wanted, (rssi, said)
        await program.end()
    with_bluez(check, hci0=True)


def test_both_uuids_and_longer_data():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        bluez.hear("hci0", DATA, uuid=0xFDE2, address="01")
        assert (await program.wait_for("advert"))["uuid"] == "fde2"
        bluez.hear("hci0", DATA + b"\xa1\x00\x18\x80", address="02")  # with a suffix of CTAP 2.3
        assert (await program.wait_for("advert"))["data"] == (DATA + b"\xa1\0\x18\x80").hex().upper()
        bluez.hear("hci0", DATA, uuid=0xFD6F, address="03")  # somebody else's
        bluez.hear("hci0", b"", address="04")
        bluez.hear("hci0", bytes(252), address="05")  # longer than an advert can be
        bluez.hear("hci0", b"last", address="06")
        assert (await program.wait_for("advert"))["data"] == ""
        assert (await program.wait_for("advert"))["data"] == b"last".hex().upper()
        await program.end()
    with_bluez(check, hci0=True)


def test_advert_that_was_heard_before_anybody_listened():
    async def check(bus, bluez):
        for number in range(300):
            bluez.remember("hci0", number.to_bytes(20, "big"), address=f"{number:04}")
        program = await scanning(bus, bluez)
        for _ in range(300):
            await program.wait_for("advert")
        heard = {said["data"] for said in program.seen if said["event"] == "advert"}
        assert len(heard) == 300
        await program.end()
    with_bluez(check, hci0=True)


def test_stale_adverts_do_not_open():
    """What bluetoothd still has from earlier ceremonies is tried as everything is: the key decides."""
    eids = json.loads((ROOT / "tests/vectors/eid.json").read_text(encoding="utf-8"))["valid"]
    ours, stale = eids[0], eids[1:4]

    async def check(bus, bluez):
        key = bus.folder / "key"
        key.write_text(ours["eid_key"] + "\n", encoding="ascii")
        for number, eid in enumerate([*stale, ours]):
            bluez.remember("hci0", bytes.fromhex(eid["service_data"]), address=f"{number:02}")
        program = await scanning(bus, bluez, "--key", str(key))
        opened = {}
        for _ in range(len(stale) + 1):
            said = await program.wait_for("advert")
            opened[said["data"].lower()] = said["match"]
        assert opened == {eid["service_data"]: eid is ours for eid in (*stale, ours)}, opened
        await program.end()
    with_bluez(check, hci0=True)


def test_key_opens_its_advert_only():
    async def check(bus, bluez):
        key = bus.folder / "key"
        key.write_text("00" * 64 + "\n", encoding="ascii")
        program = await scanning(bus, bluez, "--key", str(key))
        bluez.hear("hci0", DATA)
        assert (await program.wait_for("advert"))["match"] is False
        await program.end()
    with_bluez(check, hci0=True)


# ---- discovery ----------------------------------------------------------------------------------

def test_filter_is_the_good_one():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        (used,) = bluez.adapters["hci0"].filters.values()
        assert used == {"Transport": "le", "DuplicateData": True}, used
        members = [member for _, member, _ in bluez.calls]
        assert members.index("SetDiscoveryFilter") < members.index("StartDiscovery")
        await program.end()
    with_bluez(check, hci0=True)


def test_discovery_ends_with_the_scan():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        await program.end()
        await until(lambda: not bluez.adapters["hci0"].clients)
    with_bluez(check, hci0=True)


def test_all_powered_adapters_are_used():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        await until(lambda: bluez.adapters["hci2"].clients)
        assert not bluez.adapters["hci1"].clients, "it is off"
        bluez.hear("hci2", DATA)
        await program.wait_for("advert")
        bluez.set_powered("hci1", True)
        await until(lambda: bluez.adapters["hci1"].clients)
        await program.end()
    with_bluez(check, hci0=True, hci1=False, hci2=True)


def test_only_the_named_adapter_is_used():
    async def check(bus, bluez):
        program = await scanning(bus, bluez, "--ble", "bluez:hci1", adapter="hci1")
        assert not bluez.adapters["hci0"].clients
        bluez.hear("hci0", b"other", address="01")
        bluez.hear("hci10", b"other", address="02")
        bluez.hear("hci1", DATA, address="03")
        assert (await program.wait_for("advert"))["data"] == DATA.hex().upper()
        await program.end()
    with_bluez(check, hci0=True, hci1=True, hci10=True)


def test_others_scans_are_theirs():
    """Another program's discovery, under way before ours, goes on after ours."""
    async def check(bus, bluez):
        other = Bluez(bus.address)
        await other.start_client()
        for member, signature, body in (("SetDiscoveryFilter", "a{sv}", [{}]),
                                        ("StartDiscovery", "", [])):
            await other.bus.call(Message(destination="org.bluez", path="/org/bluez/hci0",
                                         interface="org.bluez.Adapter1", member=member,
                                         signature=signature, body=body))
        program = await Program.start(bus, "scan")
        await until(lambda: len(bluez.adapters["hci0"].clients) == 2)
        await program.end()
        await until(lambda: len(bluez.adapters["hci0"].clients) == 1)
        other.bus.disconnect()
    with_bluez(check, hci0=True)


async def other_client(bus):
    """Another program that scans, with a filter of its own."""
    other = Bluez(bus.address)
    await other.start_client()
    await call_adapter(other, "SetDiscoveryFilter", "a{sv}", {"Transport": Variant("s", "le")})
    await call_adapter(other, "StartDiscovery")
    return other


async def call_adapter(client, member, signature="", *body):
    """A call of another program's."""
    await client.bus.call(Message(destination="org.bluez", path="/org/bluez/hci0",
                                  interface="org.bluez.Adapter1", member=member,
                                  signature=signature, body=list(body)))


def test_others_that_leave_take_ours_with_them():
    """As with the real bluetoothd, if they have stopped but not taken back their filter. Each time."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        adapter = bluez.adapters["hci0"]
        for number in range(1, 3):
            await until(lambda: adapter.running)
            other = await other_client(bus)
            await call_adapter(other, "StopDiscovery")
            assert adapter.running and adapter.n_started == 2 * number
            other.bus.disconnect()
            await until(lambda: not adapter.running)
            await until(lambda: adapter.running)
            (used,) = adapter.filters.values()
            assert used == {"Transport": "le", "DuplicateData": True}, used
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await asyncio.sleep(1.5)
        assert adapter.n_started == 5, "once each time"
        await program.end()
        await until(lambda: not adapter.running)
    with_bluez(check, hci0=True)


def test_discovery_that_will_not_stay():
    """It is begun again, and not all the time."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        adapter = bluez.adapters["hci0"]
        end = asyncio.get_running_loop().time() + 3
        while asyncio.get_running_loop().time() < end:
            adapter.running = False
            bluez.send_discovering(adapter)
            await asyncio.sleep(0.01)
        assert 2 <= adapter.n_started <= 5, adapter.n_started
        await until(lambda: adapter.running)
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await program.end()
    with_bluez(check, hci0=True)


def test_deaf_discovery_is_begun_anew():
    """One that tells of nothing for 25 seconds, whatever else bluetoothd says; and no other one."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        deaf, other = bluez.adapters["hci0"], bluez.adapters["hci1"]
        await until(lambda: deaf.running and other.running)
        begin = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < begin + 24:
            bluez.hear("hci1", b"", rssi=-50, address="01")
            bluez.send_powered("hci0", True)
            await asyncio.sleep(1)
        assert (deaf.n_started, other.n_started) == (1, 1)
        await until(lambda: deaf.n_started == 2 and deaf.running)
        await asyncio.sleep(3)
        assert (deaf.n_started, other.n_started) == (2, 1)
        bluez.hear("hci0", DATA)
        while (await program.wait_for("advert"))["data"] != DATA.hex().upper():
            pass
        await program.end()
    with_bluez(check, hci0=True, hci1=True)


def test_refusals_are_tried_again():
    async def check(bus, bluez):
        bluez.errors["StartDiscovery"] = ["org.bluez.Error.Failed", "org.bluez.Error.NotReady"]
        program = await scanning(bus, bluez)
        assert [m for _, m, _ in bluez.calls].count("StartDiscovery") == 3
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await program.end()
    with_bluez(check, hci0=True)


def test_scan_of_a_crashed_bluetoothd_is_in_the_way():
    async def check(bus, bluez):
        bluez.errors["StartDiscovery"] = ["org.bluez.Error.InProgress"] * 2
        program = await Program.start(bus, "scan")
        await until(lambda: [m for _, m, _ in bluez.calls].count("StartDiscovery") == 1)
        for number in range(20):  # what is heard meanwhile is no reason to ask at once
            bluez.hear("hci0", DATA, address=f"{number:02}")
        await program.wait_for("advert")
        assert [m for _, m, _ in bluez.calls].count("StartDiscovery") == 1
        await until(lambda: bluez.adapters["hci0"].clients)
        assert [m for _, m, _ in bluez.calls].count("StartDiscovery") == 3
        await program.end()
    with_bluez(check, hci0=True)


# ---- trouble ------------------------------------------------------------------------------------

def test_power_goes_and_comes_back():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        await program.wait_for("status", status="on")
        bluez.set_powered("hci0", False)
        await program.wait_for("status", status="off")
        bluez.set_powered("hci0", True)
        await program.wait_for("status", status="on")
        await until(lambda: bluez.adapters["hci0"].clients)
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await program.end()
    with_bluez(check, hci0=True)


def test_blocked_by_rfkill():
    """As far as bluetoothd knows; the kernel's own word is for the virtual machine."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        bluez.set_powered("hci0", False, state="off-blocked")
        await program.wait_for("status", status="blocked")
        bluez.set_powered("hci0", False, state="off")
        await program.wait_for("status", status="off")
        bluez.set_powered("hci0", False, state="off-blocked")
        await program.wait_for("status", status="blocked")
        bluez.set_powered("hci0", True)
        await program.wait_for("status", status="on")
        await until(lambda: bluez.adapters["hci0"].clients)
        bluez.set_powered("hci0", False, state="no such state")
        await program.wait_for("status", status="off")
        await program.end()
    with_bluez(check, hci0=True)


def test_one_adapter_is_blocked_and_the_other_is_on():
    async def check(bus, bluez):
        bluez.adapters["hci0"].state = "off-blocked"
        program = await scanning(bus, bluez, adapter="hci1")
        await program.wait_for("status", status="on")
        bluez.set_powered("hci1", False)
        await program.wait_for("status", status="blocked")
        await program.end()
    with_bluez(check, hci0=False, hci1=True)


def test_adapter_is_pulled_out_and_put_in_again():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        bluez.remove_adapter("hci0")
        await program.wait_for("status", status="absent")
        bluez.add_adapter("hci0")
        await program.wait_for("status", status="on")
        await until(lambda: bluez.adapters["hci0"].clients)
        await program.end()
    with_bluez(check, hci0=True)


def test_bluetoothd_restarts():
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        await program.wait_for("status", status="on")
        bluez.stop()
        await program.wait_for("status", status="no-service")
        await asyncio.sleep(1.2)  # it is asked for in vain meanwhile
        await bluez.start()
        await program.wait_for("status", status="on")
        await until(lambda: bluez.adapters["hci0"].clients)
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await program.end()
    with_bluez(check, hci0=True)


def test_bluetoothd_comes_late():
    async def check(bus, bluez):
        bluez.stop()
        program = await Program.start(bus, "scan")
        await program.wait_for("status", status="no-service")
        await bluez.start()
        await program.wait_for("status", status="on")
        bluez.hear("hci0", DATA)
        await program.wait_for("advert")
        await program.end()
    with_bluez(check, hci0=True)


def test_bluetoothd_that_does_not_answer():
    async def check(bus, bluez):
        bluez.silent = True
        program = await Program.start(bus, "scan")
        await program.wait_for("status", status="no-service", seconds=4)
        bluez.silent = False
        await program.wait_for("status", status="on")
        await program.end()
    with_bluez(check, hci0=True)


def test_no_permission():
    async def check(bus, bluez):
        bluez.errors["GetManagedObjects"] = ["org.freedesktop.DBus.Error.AccessDenied"] * 2
        program = await Program.start(bus, "scan")
        await program.wait_for("status", status="no-permission")
        await program.wait_for("status", status="on")
        await program.end()
    with_bluez(check, hci0=True)


def test_no_bus_at_all():
    async def main():
        program = Program(await asyncio.create_subprocess_exec(
            str(BUILD / "tools/hybrid-ble/hybrid-ble"), "scan", "--json",
            env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent"),
            stdout=subprocess.PIPE))
        await program.wait_for("status", status="no-service")
        await asyncio.sleep(1.5)
        assert program.process.returncode is None, "it gave up"
        assert await program.end() == 0
    asyncio.run(main())


def test_odd_messages():
    """Objects and properties of shapes that bluetoothd never sends."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        bluez.send_odd_messages()
        bluez.hear("hci0", DATA)
        assert (await program.wait_for("advert"))["data"] == DATA.hex().upper()
        await program.end()
    with_bluez(check, hci0=True)


def test_signals_of_others():
    """Anybody may address signals to us; only bluetoothd and the bus are believed."""
    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        (name,) = bluez.adapters["hci0"].clients
        forger = Bluez(bus.address)
        await forger.start_client()
        forger.adapters = bluez.adapters
        forger.destination = name
        forger.hear("hci0", b"forged", address="new")
        forger.hear("hci0", b"forged", address="new")
        forger.send_powered("hci0", False)
        forger.send_removed("hci0")
        forger.send_owner_changed(bluez.bus.unique_name)
        await asyncio.sleep(0.5)
        bluez.hear("hci0", DATA)
        assert (await program.wait_for("advert"))["data"] == DATA.hex().upper()
        assert [s["status"] for s in program.seen if s["event"] == "status"] == ["starting", "on"]
        forger.bus.disconnect()
        await program.end()
    with_bluez(check, hci0=True)


def test_flood():
    def n_heard_of(program):
        return sum(said["event"] == "advert" for said in program.seen)

    async def check(bus, bluez):
        program = await scanning(bus, bluez)
        for number in range(5000):
            bluez.hear("hci0", number.to_bytes(20, "big"), address=f"{number % 50:02}")
            if number % 50 == 49:
                # The library loses what does not fit into the socket.
                await program.wait_for("advert", seconds=30, data=number.to_bytes(20, "big").hex().upper())
        bluez.hear("hci0", DATA, address="ours")
        await program.wait_for("advert", seconds=30, data=DATA.hex().upper())
        assert n_heard_of(program) == 5001, f"{n_heard_of(program)} were heard"
        await program.end()
    with_bluez(check, hci0=True)


# ---- advertising --------------------------------------------------------------------------------

async def advertised(bus, bluez, adapter):
    """What bluetoothd reads of the one advertisement that is registered with it."""
    await until(lambda: bluez.adapters[adapter].advertisements)
    ((client, path),) = bluez.adapters[adapter].advertisements.items()
    reply = await bluez.bus.call(Message(
        destination=client, path=path, interface=PROPERTIES,
        member="GetAll", signature="s", body=[ADVERTISEMENT]))
    return {name: value.value for name, value in reply.body[0].items()}


def test_advertisement():
    async def check(bus, bluez):
        for word, uuid in (("fff9", 0xFFF9), ("fde2", 0xFDE2)):
            program = await Program.start(bus, "advertise", "--data", DATA.hex(), "--uuid", word)
            said = await advertised(bus, bluez, "hci0")
            data = {key: bytes(value.value) for key, value in said["ServiceData"].items()}
            assert said["Type"] == "broadcast" and said["ServiceUUIDs"] == [uuid128(uuid)], said
            assert data == {uuid128(uuid): DATA}, data
            assert (said["MinInterval"], said["MaxInterval"]) == (100, 100)
            await program.end()
            await until(lambda: not bluez.adapters["hci0"].advertisements)
    with_bluez(check, hci0=True)


def test_advertisement_is_told_its_power():
    """bluetoothd sets TxPower; and takes what it finds there for a wish."""
    async def check(bus, bluez):
        program = await Program.start(bus, "advertise", "--data", DATA.hex())
        assert "TxPower" not in await advertised(bus, bluez, "hci0")
        ((client, path),) = bluez.adapters["hci0"].advertisements.items()

        async def call(caller, member, *body):
            reply = await caller.bus.call(Message(
                destination=client, path=path, interface=PROPERTIES, member=member,
                signature="ssv" if member == "Set" else "ss", body=[ADVERTISEMENT, *body]))
            return reply.error_name or reply.body
        assert await call(bluez, "Set", "TxPower", Variant("n", -7)) == []
        ((power,),) = [await call(bluez, "Get", "TxPower")]
        assert power.value == -7
        assert "TxPower" not in await advertised(bus, bluez, "hci0")

        wrong = await call(bluez, "Set", "TxPower", Variant("s", "high"))
        assert wrong == "org.freedesktop.DBus.Error.InvalidArgs", wrong
        refused = await call(bluez, "Set", "Type", Variant("s", "peripheral"))
        assert refused == "org.freedesktop.DBus.Error.PropertyReadOnly", refused
        stranger = Bluez(bus.address)
        await stranger.start_client()
        for arguments in (("Set", "TxPower", Variant("n", 20)), ("Get", "ServiceData")):
            refused = await call(stranger, *arguments)
            assert refused == "org.freedesktop.DBus.Error.AccessDenied", refused
        ((power,),) = [await call(bluez, "Get", "TxPower")]
        assert power.value == -7
        stranger.bus.disconnect()
        await program.end()
    with_bluez(check, hci0=True)


def test_advertisement_is_released():
    """By bluetoothd, then it is registered again; or so a stranger says."""
    async def check(bus, bluez):
        program = await Program.start(bus, "advertise", "--data", DATA.hex())
        await advertised(bus, bluez, "hci0")
        ((client, path),) = bluez.adapters["hci0"].advertisements.items()

        def n_registered():
            return [m for _, m, _ in bluez.calls].count("RegisterAdvertisement")
        stranger = Bluez(bus.address)
        await stranger.start_client()
        for caller, error in ((stranger, "org.freedesktop.DBus.Error.AccessDenied"), (bluez, None)):
            assert n_registered() == 1
            reply = await caller.bus.call(Message(
                destination=client, path=path, interface=ADVERTISEMENT, member="Release"))
            assert reply.error_name == error, reply.error_name
            await asyncio.sleep(1.5 if caller is stranger else 0)
        await until(lambda: n_registered() == 2)
        stranger.bus.disconnect()
        await program.end()
    with_bluez(check, hci0=True)


def test_advertisement_outlives_trouble():
    async def check(bus, bluez):
        bluez.errors["RegisterAdvertisement"] = ["org.bluez.Error.Failed"]
        program = await Program.start(bus, "advertise", "--data", DATA.hex(), "--ble", "bluez:hci1")
        await until(lambda: bluez.adapters["hci1"].advertisements)
        bluez.stop()
        await asyncio.sleep(0.2)
        await bluez.start()
        await until(lambda: bluez.adapters["hci1"].advertisements)
        bluez.remove_adapter("hci1")
        await asyncio.sleep(0.2)
        bluez.add_adapter("hci1")
        await until(lambda: bluez.adapters["hci1"].advertisements)
        assert not bluez.adapters["hci0"].advertisements
        await program.end()
    with_bluez(check, hci0=True, hci1=True)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
