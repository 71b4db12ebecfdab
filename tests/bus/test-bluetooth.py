#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridd with a bluetoothd that does what a test wants: the same bus stands for the session's and
for the system's."""

import asyncio
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from bluez import Bluez  # noqa: E402
import checks  # noqa: E402
from checks import rogue, rogues, until_property  # noqa: E402
from hybridd import Bus, BusFailure, GET_OPTIONS, MANAGER, PATH, REQUEST, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
SETTINGS = {"bluetooth": {"backend": "bluez", "loopback-dir": None}}


async def until(condition, seconds=5):
    """Waits until a condition holds."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


def with_bluez(check, settings=None, prepare=lambda bluez: None, build=BUILD, **adapters):
    """Runs check(bus, client, bluez) with a bluetoothd that has these adapters: name=powered; and
    that was prepared for something before."""
    with Bus(build, settings=settings or SETTINGS) as bus:
        async def main():
            bluez = Bluez(bus.address)
            for name, powered in adapters.items():
                bluez.add_adapter(name, powered)
            prepare(bluez)
            await bluez.start()
            # In a thread: it waits for the name, and has a loop of its own.
            await asyncio.get_running_loop().run_in_executor(None, bus.start)
            client = await connect(bus)
            await check(bus, client, bluez)
            client.close()
            bluez.stop()
        asyncio.run(main())
        assert bus.stop() == 0
        assert "ERROR: " not in bus.log(), bus.log()


async def radio(client):
    """The property Bluetooth."""
    return await client.get_property(PATH, MANAGER, "Bluetooth")


async def until_radio(client, wanted):
    """Waits until the property says so."""
    for _ in range(250):
        if await radio(client) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the radio is {await radio(client)}")


async def waiting(client, bluez):
    """A request that waits for a phone, with its discovery running."""
    path = await client.create()
    await client.state(path, "waiting-for-scan")
    await until(lambda: any(adapter.clients for adapter in bluez.adapters.values()))
    return path


# ---- what goes well -----------------------------------------------------------------------------

async def phone_without_radio(partners, bus, code):
    """A phone that has scanned the code, and the advert that it would send."""
    phone = partners.phone(bus, code, "--ble", "none", "--print-advert", quiet=False)
    for _ in range(200):
        said = phone.log.read_text(encoding="ascii").split()
        advert = next((word for word in said if len(word) == 40 and int(word, 16)), None)
        if advert:
            return phone, bytes.fromhex(advert)
        await asyncio.sleep(0.02)
    raise AssertionError(f"the phone has no advert; it said {said}")


def test_ceremony():
    with Partners(BUILD) as partners:
        settings = dict(partners.settings(), **SETTINGS)

        async def check(bus, client, bluez):
            path = await waiting(client, bluez)
            phone, advert = await phone_without_radio(partners, bus, await client.qr_text(path))
            for number in range(50):  # strangers
                bluez.hear("hci0", os.urandom(20), address=f"{number:02}")
            bluez.hear("hci0", advert, uuid=0xFDE2, address="phone")
            code, results = await client.response(path)
            assert code == 0, results
            assert end_phone(phone) == 0
            await until(lambda: not bluez.adapters["hci0"].clients)
            assert "StopDiscovery" in [member for _, member, _ in bluez.calls]
            # Else our end would be that of others' discoveries.
            await until(lambda: not bluez.adapters["hci0"].filters)
        with_bluez(check, settings, hci0=True)


def test_passive_ceremonies():
    """Neither of the two has a discovery; what the first one's phone said is still known to
    bluetoothd in the second one, and counts for nothing."""
    with Partners(BUILD) as partners:
        settings = dict(partners.settings(), bluetooth=dict(SETTINGS["bluetooth"], scan="passive"))

        def prepare(bluez):
            bluez.adapters["hci0"].can_monitor = True

        async def check(bus, client, bluez):
            adapter = bluez.adapters["hci0"]
            for number in range(2):
                path = await client.create()
                await client.state(path, "waiting-for-scan")
                client.signals.clear()
                await until(lambda: adapter.monitors)
                assert await bluez.call_monitor("hci0", "DeviceFound", "/org/bluez/hci0/x") is None
                phone, advert = await phone_without_radio(partners, bus,
                                                          await client.qr_text(path))
                bluez.hear("hci0", advert, address=f"{number}")
                code, results = await client.response(path)
                assert code == 0, results
                assert end_phone(phone) == 0
                await until(lambda: not adapter.monitors)
            called = [member for _, member, _ in bluez.calls]
            assert "StartDiscovery" not in called and called.count("UnregisterMonitor") == 2, called
        with_bluez(check, settings, prepare, hci0=True)


def test_ways_of_scanning():
    for scan, adapter, discovery, monitor in (
            ("auto", None, True, False), ("active", None, True, False), ("passive", None, False, True),
            ("active", "hci1", True, False), ("passive", "hci1", False, True)):
        settings = {"bluetooth": dict(SETTINGS["bluetooth"], scan=scan, adapter=adapter)}

        def prepare(bluez):
            for able in bluez.adapters.values():
                able.can_monitor = True

        async def check(bus, client, bluez, case=(adapter, discovery, monitor)):
            await client.state(await client.create(), "waiting-for-scan")
            adapter, discovery, monitor = case
            for name, used in bluez.adapters.items():
                wanted = adapter in (None, name)
                await until(lambda used=used, wanted=wanted: (bool(used.clients), bool(
                    used.monitors)) == (discovery and wanted, monitor and wanted))
        with_bluez(check, settings, prepare, hci0=True, hci1=True)


def test_requests_share_one_scan():
    async def check(bus, client, bluez):
        first = await waiting(client, bluez)
        second = await waiting(client, bluez)
        assert bluez.adapters["hci0"].n_started == 1
        await client.cancel(first)
        await client.response(first)
        await asyncio.sleep(0.2)
        assert bluez.adapters["hci0"].clients, "the other one still waits"
        await client.cancel(second)
        await client.response(second)
        await until(lambda: not bluez.adapters["hci0"].clients)
        assert await radio(client) == "on"
    with_bluez(check, hci0=True)


def test_named_adapter():
    settings = {"bluetooth": dict(SETTINGS["bluetooth"], adapter="hci1")}

    async def check(bus, client, bluez):
        await waiting(client, bluez)
        assert bluez.adapters["hci1"].clients and not bluez.adapters["hci0"].clients
    with_bluez(check, settings, hci0=True, hci1=True)


# ---- trouble that passes ------------------------------------------------------------------------

def test_switched_off_at_first():
    async def check(bus, client, bluez):
        path = await client.create()
        await client.state(path, "bluetooth-off")
        assert await radio(client) == "off"
        code = asyncio.ensure_future(client.qr_text(path))
        await asyncio.sleep(0.3)
        assert not code.done(), "a code was shown that no phone could answer"
        bluez.set_powered("hci0", True)
        await client.state(path, "waiting-for-scan")
        assert (await code).startswith("FIDO:/")
        await until(lambda: bluez.adapters["hci0"].clients)
    with_bluez(check, hci0=False)


def test_switched_off_for_a_while():
    async def check(bus, client, bluez):
        path = await waiting(client, bluez)
        bluez.set_powered("hci0", False)
        await client.state(path, "bluetooth-off")
        client.signals.clear()
        bluez.set_powered("hci0", True)
        await client.state(path, "waiting-for-scan")
        await until(lambda: bluez.adapters["hci0"].clients)
    with_bluez(check, hci0=True)


def test_bluetoothd_restarts():
    async def check(bus, client, bluez):
        path = await waiting(client, bluez)
        client.signals.clear()
        bluez.stop()
        await client.state(path, "bluetooth-off")
        await bluez.start()
        await client.state(path, "waiting-for-scan")
        await until(lambda: bluez.adapters["hci0"].clients)
        assert not [s for s in client.signals if s.member == "Response"]
    with_bluez(check, hci0=True)


def test_adapter_is_replaced():
    async def check(bus, client, bluez):
        path = await waiting(client, bluez)
        bluez.remove_adapter("hci0")
        await client.state(path, "bluetooth-off")
        bluez.add_adapter("hci1")
        await until(lambda: bluez.adapters["hci1"].clients)
    with_bluez(check, hci0=True)


def test_turn_on():
    for wish in (None, "yes"):
        settings = {"bluetooth": dict(SETTINGS["bluetooth"], **{"turn-off-again": wish})}

        async def check(bus, client, bluez, wish=wish):
            path = await client.create()
            await client.state(path, "bluetooth-off")
            await client.call(path, REQUEST, "TurnOnBluetooth")
            await client.state(path, "waiting-for-scan")
            await client.call(path, REQUEST, "TurnOnBluetooth")  # it is on already
            await until(lambda: bluez.adapters["hci0"].clients)
            assert bluez.adapters["hci0"].powered
            await client.cancel(path)
            await client.response(path)
            await until(lambda: not bluez.adapters["hci0"].clients)
            await asyncio.sleep(0.2)
            assert bluez.adapters["hci0"].powered == (wish is None)
        with_bluez(check, settings, hci0=False)


def test_hybridctl_turns_it_on():
    async def check(bus, client, bluez):
        for options, powered in ((), False), (("--turn-on-bluetooth",), True):
            process = await asyncio.create_subprocess_exec(
                str(BUILD / "tools/hybridctl/hybridctl"), "get", "--origin", "https://example.com",
                "--request", "-", "--json", *options, env=bus.environment(),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            process.stdin.write(json.dumps(GET_OPTIONS).encode())
            process.stdin.close()
            states = []
            while not states or states[-1] != ("waiting-for-scan" if powered else "bluetooth-off"):
                line = json.loads(await asyncio.wait_for(process.stdout.readline(), 10))
                if line["event"] == "state":
                    states.append(line["state"])
            assert "bluetooth-off" in states, states
            assert bluez.adapters["hci0"].powered == powered
            process.terminate()
            await asyncio.wait_for(process.wait(), 10)
    with_bluez(check, hci0=False)


def test_who_may_turn_it_on_and_when():
    async def check(bus, client, bluez):
        path = await client.create()
        await client.state(path, "bluetooth-off")
        stranger = await connect(bus)
        try:
            await stranger.call(path, REQUEST, "TurnOnBluetooth")
            raise AssertionError("a stranger switched it on")
        except BusFailure as failure:
            assert failure.args[0] == "org.freedesktop.DBus.Error.AccessDenied", failure.args
        stranger.close()
        bluez.remove_adapter("hci0")
        await until_radio(client, "absent")
        try:
            await client.call(path, REQUEST, "TurnOnBluetooth")
            raise AssertionError("what was switched on?")
        except BusFailure as failure:
            assert failure.args[0] == "org.hybridd.Hybrid1.Error.InvalidStateError", failure.args
        assert "Set" not in [member for _, member, _ in bluez.calls]
    with_bluez(check, hci0=False)


def test_nothing_is_turned_on_before_it_is_known_who_asks():
    """Both calls arrive together; what the first one is answered comes later."""
    async def check(bus, client, bluez):
        sender = client.bus.unique_name[1:].replace(".", "_")
        path = f"{PATH}/request/{sender}/mine"
        _, answer = await asyncio.gather(
            client.get(handle_token="mine"),
            client.call(path, REQUEST, "TurnOnBluetooth"), return_exceptions=True)
        assert isinstance(answer, BusFailure) and answer.args[0].endswith("InvalidStateError"), answer
        await client.state(path, "bluetooth-off")
        assert not bluez.adapters["hci0"].powered
        await client.call(path, REQUEST, "TurnOnBluetooth")
        await until(lambda: bluez.adapters["hci0"].powered)
    with_bluez(check, hci0=False)


def test_only_the_window_turns_it_on_where_there_is_one():
    async def check(bus, client, bluez):
        window = await checks.open_window(bus)
        path = await client.get(prompt="auto")
        await window.wait(path, State="bluetooth-off")
        await checks.refused(client.call(path, REQUEST, "TurnOnBluetooth"), checks.DENIED)
        assert not bluez.adapters["hci0"].powered
        await window.client.call(path, REQUEST, "TurnOnBluetooth")
        await until(lambda: bluez.adapters["hci0"].powered)
        window.client.close()
    with_bluez(check, hci0=False)


# ---- trouble that does not ----------------------------------------------------------------------

async def fails_with(client, cause, words, seconds=5):
    """A request that ends with this cause, and says these words."""
    code, results = await client.response(await client.create(), seconds)
    assert (code, results["cause"], results["error"]) == (2, cause, "NotAllowedError"), results
    assert words in results["message"], results["message"]


def test_no_adapter():
    async def check(bus, client, bluez):
        await fails_with(client, "no-adapter", "adapter")
        assert await radio(client) == "absent"
    with_bluez(check)


def test_blocked_by_rfkill():
    """As bluetoothd says when it is asked to switch an adapter on; or at once, if it can."""
    async def check(bus, client, bluez):
        for _ in range(2):  # that it was blocked once is not held against it
            bluez.errors["Set"] = ["org.bluez.Error.Blocked"]
            path = await client.create()
            await client.state(path, "bluetooth-off")
            client.signals.clear()
            await client.call(path, REQUEST, "TurnOnBluetooth")
            await until_radio(client, "blocked")
            code, results = await client.response(path, 15)
            assert (code, results["cause"]) == (2, "bluetooth-blocked"), results
            await until_radio(client, "off")
        bluez.set_powered("hci0", False, "off-blocked")
        await until_radio(client, "blocked")
        await fails_with(client, "bluetooth-blocked", "luetooth")
        bluez.set_powered("hci0", False, "off")
        await until_radio(client, "off")
        path = await client.create()
        await client.state(path, "bluetooth-off")
        await client.call(path, REQUEST, "TurnOnBluetooth")
        await client.state(path, "waiting-for-scan")
    with_bluez(check, hci0=False)


def test_other_refusals_to_switch_it_on():
    """They are no trouble of their own: it is still off, and can be tried again."""
    async def check(bus, client, bluez):
        path = await client.create()
        await client.state(path, "bluetooth-off")
        for name in "org.bluez.Error.Busy", "org.bluez.Error.Failed":
            bluez.errors["Set"] = [name]
            await client.call(path, REQUEST, "TurnOnBluetooth")
            await until(lambda: not bluez.errors["Set"])
            await asyncio.sleep(0.2)
            assert await radio(client) == "off"
        await client.call(path, REQUEST, "TurnOnBluetooth")
        await client.state(path, "waiting-for-scan")
    with_bluez(check, hci0=False)


def test_no_bluetoothd():
    async def check(bus, client, bluez):
        bluez.stop()
        await fails_with(client, "bluetooth-service-missing", "luetooth")
        assert await radio(client) == "no-service"
        await bluez.start()
        await until_radio(client, "on")
        await waiting(client, bluez)
    with_bluez(check, hci0=True)


def test_bluetoothd_that_does_not_answer():
    def prepare(bluez):
        bluez.silent = True

    async def check(bus, client, bluez):
        assert await radio(client) == "starting"
        await fails_with(client, "bluetooth-service-missing", "luetooth")
    with_bluez(check, prepare=prepare, hci0=True)


def test_no_permission():
    def prepare(bluez):
        bluez.errors["GetManagedObjects"] = ["org.freedesktop.DBus.Error.AccessDenied"] * 9

    async def check(bus, client, bluez):
        await fails_with(client, "bluetooth-permission", "luetooth")
        assert await radio(client) == "no-permission"
    with_bluez(check, prepare=prepare, hci0=True)


def test_bluetoothd_that_tells_between_accepting_and_scanning():
    """What the radio was by then counts: what becomes of it later is trouble that may pass."""
    def prepare(bluez):
        bluez.unanswered.add("GetManagedObjects")

    async def check(bus, client, bluez):
        path = await client.create(origin=rogue("scans-late"))
        await until(lambda: bluez.held)
        await until_property(client, path, "RpId", "example.com")
        await bluez.release()
        await until_radio(client, "on")
        await client.state(path, "waiting-for-scan")
        bluez.stop()
        await client.state(path, "bluetooth-off")
        client.signals.clear()
        await bluez.start()
        await client.state(path, "waiting-for-scan")
    with rogues(BUILD) as folder:
        with_bluez(check, prepare=prepare, build=folder, hci0=True)


def test_bluetoothd_that_goes_between_accepting_and_scanning():
    """Nobody waits for a radio of which nothing was ever heard."""
    def prepare(bluez):
        bluez.unanswered.add("GetManagedObjects")

    async def check(bus, client, bluez):
        path = await client.create(origin=rogue("scans-late"))
        await until(lambda: bluez.held)
        await until_property(client, path, "RpId", "example.com")
        bluez.stop()
        await until_radio(client, "no-service")
        code, results = await client.response(path)
        assert (code, results["cause"]) == (2, "bluetooth-service-missing"), results
    with rogues(BUILD) as folder:
        with_bluez(check, prepare=prepare, build=folder, hci0=True)


def test_bluetoothd_that_does_not_come_back():
    async def check(bus, client, bluez):
        path = await waiting(client, bluez)
        bluez.stop()
        await client.state(path, "bluetooth-off")
        code, results = await client.response(path, 15)
        assert (code, results["cause"]) == (2, "bluetooth-service-missing"), results
        assert await client.get_property(PATH, MANAGER, "Bluetooth") == "no-service"
    with_bluez(check, hci0=True)


def test_trouble_after_the_phone_was_heard():
    """The radio is of no interest any more."""
    with Partners(BUILD) as partners:
        settings = dict(partners.settings(), **SETTINGS)

        async def check(bus, client, bluez):
            path = await waiting(client, bluez)
            phone = partners.phone(bus, await client.qr_text(path), "--ble", "none",
                                   "--print-advert", "--approve", "delay:2", quiet=False)
            await until(lambda: any(len(word) == 40 for word in phone.log.read_text().split()))
            advert = next(word for word in phone.log.read_text().split() if len(word) == 40)
            bluez.hear("hci0", bytes.fromhex(advert))
            await client.state(path, "continue-on-phone")
            bluez.stop()
            code, results = await client.response(path)
            assert code == 0, results
            assert end_phone(phone) == 0
            assert await client.name_has_owner("org.hybridd.Hybrid1")
        with_bluez(check, settings, hci0=True)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
