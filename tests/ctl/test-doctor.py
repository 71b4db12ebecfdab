#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`hybridctl doctor` on machines that are made up: a tree of files, and a bluetoothd that does what
a test wants. What a machine has none of is said first. Argument: the build."""

import asyncio
import fcntl
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
from dbus_fast import Variant  # noqa: E402
import tap  # noqa: E402
from bluez import Bluez  # noqa: E402
from hybridd import Bus, MANAGER, PATH, connect  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
HYBRIDCTL = str(BUILD / "tools" / "hybridctl" / "hybridctl")
LAPTOP = {"sys/class/bluetooth/hci0/address": "", "run/dbus/system_bus_socket": "",
          "usr/share/dbus-1/system-services/org.bluez.service": "", "usr/bin/apt": "",
          "usr/share/publicsuffix/public_suffix_list.dafsa": ""}


def without(tree, *paths):
    """A tree that lacks something."""
    return {path: text for path, text in tree.items() if path not in paths}


async def doctor(bus, *options, environment=None):
    """Runs it; returns its findings, its exit status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        HYBRIDCTL, "doctor", *options, env={**bus.environment(), **(environment or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, complaints = await process.communicate()
    assert not complaints, complaints
    text = output.decode()
    events = [json.loads(line) for line in text.splitlines()] if "--json" in options else []
    if events:
        last = events.pop()
        assert last == {"event": "diagnosed", "findings": len(events),
                        "errors": sum(event["severity"] == "error" for event in events)}, last
    return events, process.returncode, text


def on_machine(tree, check, bluez=None, bluetooth=None, test=None):
    """Runs check(bus, bluez) with a hybridd that takes this tree for the machine; bluez is a function
    that prepares a bluetoothd, or None: there is none."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {"sys/class/net/lo/address": "", **tree}.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        settings = {"bluetooth": {"backend": "bluez", "loopback-dir": None, **(bluetooth or {})},
                    "test": {"root": folder, **(test or {})}}
        with Bus(BUILD, settings=settings) as bus:
            async def main():
                service = Bluez(bus.address)
                if bluez:
                    bluez(service)
                    await service.start()
                await asyncio.get_running_loop().run_in_executor(None, bus.start)
                await check(bus, service)
                if bluez:
                    service.stop()
            asyncio.run(main())
            assert bus.stop() == 0
            assert "ERROR: " not in bus.log(), bus.log()


def first_is(tree, wanted, words, status=1, **options):
    """The first finding on such a machine, in words that a person can act on."""
    async def check(bus, _):
        findings, exit_status, _ = await doctor(bus, "--json")
        assert findings[0]["id"] == wanted, findings
        assert words in findings[0].get("remedy", "") + findings[0]["summary"], findings
        assert exit_status == status, (exit_status, findings)
        print(f"# {findings[0]['summary']} {findings[0].get('remedy', '')}")
    on_machine(tree, check, **options)


def say_also(adapter, **properties):
    """Lets an adapter have more properties, or others."""
    usual = adapter.properties
    adapter.properties = lambda: {**usual(), **properties}


def with_adapter(powered=True, errors=None):
    """A bluetoothd with one adapter."""
    def prepare(bluez):
        bluez.add_adapter("hci0", powered)
        bluez.errors.update(errors or {})
    return prepare


# ---- what a machine may be ----------------------------------------------------------------------

def test_machine_without_bluetooth():
    # Debian's bluetooth.service does not start then.
    first_is(without(LAPTOP, "sys/class/bluetooth/hci0/address"), "no-adapter", "Plug in")


def test_virtual_machine():
    first_is({**without(LAPTOP, "sys/class/bluetooth/hci0/address"),
              "proc/cpuinfo": "flags : fpu hypervisor\n"}, "no-adapter", "Pass a USB")


def test_container():
    first_is({**LAPTOP, "run/.containerenv": ""}, "service-outside", "on the host")


def test_flight_mode():
    first_is({**LAPTOP, "sys/class/rfkill/rfkill0/type": "bluetooth\n",
              "sys/class/rfkill/rfkill0/soft": "1\n", "sys/class/rfkill/rfkill0/hard": "0\n"},
             "rfkill-soft", "rfkill unblock bluetooth", bluez=with_adapter(powered=False))


def test_switch():
    first_is({**LAPTOP, "sys/class/rfkill/rfkill0/type": "bluetooth\n",
              "sys/class/rfkill/rfkill0/soft": "0\n", "sys/class/rfkill/rfkill0/hard": "1\n"},
             "rfkill-hard", "Use the switch", bluez=with_adapter(powered=False))


def test_bluetoothd_stopped():
    first_is(LAPTOP, "service-not-running", "systemctl enable --now bluetooth.service")


def test_bluez_not_installed():
    first_is(without(LAPTOP, "usr/share/dbus-1/system-services/org.bluez.service"),
             "service-not-installed", "sudo apt install bluez")


def test_permission_refused():
    first_is(LAPTOP, "permission", "group",
             bluez=with_adapter(errors={"GetManagedObjects": [
                 "org.freedesktop.DBus.Error.AccessDenied"] * 50}))


def test_flatpak():
    first_is({**LAPTOP, ".flatpak-info": ""}, "permission-flatpak", "flatpak override",
             bluez=with_adapter(errors={"GetManagedObjects": [
                 "org.freedesktop.DBus.Error.AccessDenied"] * 50}))


def test_firmware_missing():
    first_is(LAPTOP, "adapter-unusable", "firmware", bluez=lambda bluez: None)


def test_switched_off():
    first_is(LAPTOP, "adapter-off", "bluetoothctl power on", status=0,
             bluez=with_adapter(powered=False))


def test_without_low_energy():
    def prepare(bluez):
        say_also(bluez.add_adapter("hci0"), Roles=Variant("as", ["something"]))
    first_is(LAPTOP, "adapter-without-le", "4.0 or newer", bluez=prepare)


def test_other_adapter_wanted():
    first_is(LAPTOP, "adapter-not-there", "There are: hci0", bluez=with_adapter(),
             bluetooth={"adapter": "hci3"})


def test_bluetoothd_that_makes_no_sense():
    def prepare(bluez):
        say_also(bluez.add_adapter("hci0"), Roles=Variant("s", "central"), Alias=Variant("u", 7),
                 Address=Variant("s", "x" * 1000))

    async def check(bus, _):
        findings, _, _ = await doctor(bus, "--json")
        assert findings[0]["id"] == "adapter-ready", findings
    on_machine(LAPTOP, check, bluez=prepare)


def test_set_to_no_radio():
    first_is(LAPTOP, "radio-none", "hybridd.conf", bluetooth={"backend": "none"})


def test_old_list():
    async def check(bus, _):
        findings, status, _ = await doctor(bus, "--json")
        assert [finding["id"] for finding in findings] == ["no-suffix-list", "adapter-ready",
                                                           "no-adverts"], findings
        assert status == 0
    on_machine(without(LAPTOP, "usr/share/publicsuffix/public_suffix_list.dafsa"), check,
               bluez=with_adapter())


def test_broken_table_of_callers():
    if os.geteuid() != 0:
        raise tap.Skip("only root can make a table of callers")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "a.conf").write_text(
            "[caller x]\nkind = host\nexe = /usr/bin/x\norigin = https://x.example\n",
            encoding="utf-8")

        async def check(bus, _):
            findings, status, _ = await doctor(bus, "--json")
            [found] = [f for f in findings if f["id"] == "callers-ignored"]
            assert f"{folder}/a.conf:4: [caller x] origin" in found["summary"], found
            assert found["severity"] == "warning" and status == 0, found
        on_machine(LAPTOP, check, bluez=with_adapter(), test={"callers-admin-folder": folder})


# ---- where all is well --------------------------------------------------------------------------

def test_adverts():
    async def check(bus, bluez):
        findings, status, _ = await doctor(bus, "--json")
        assert [finding["id"] for finding in findings] == ["adapter-ready", "no-adverts"], findings
        assert "hci0" in findings[0]["summary"], findings
        assert status == 0

        running = asyncio.ensure_future(doctor(bus, "--json"))
        while not bluez.adapters["hci0"].clients:
            await asyncio.sleep(0.02)
        bluez.hear("hci0", os.urandom(20), rssi=-71)
        bluez.hear("hci0", os.urandom(20), rssi=-52)
        findings, status, _ = await running
        heard = next(finding for finding in findings if finding["id"] == "adverts-heard")
        assert "-52 dBm" in heard["summary"] and heard["severity"] == "info", heard
        assert status == 0
        for _ in range(100):
            if not bluez.adapters["hci0"].clients:
                break
            await asyncio.sleep(0.02)
        assert not bluez.adapters["hci0"].clients, "it goes on scanning"
    on_machine(LAPTOP, check, bluez=with_adapter())


def test_words():
    async def check(bus, _):
        _, status, text = await doctor(bus)
        assert status == 0
        assert text.startswith("  ok       Bluetooth is on"), text
        assert text.endswith("\nNothing stands in the way.\n"), text
        assert max(len(line) for line in text.splitlines()) < 80, text
    on_machine(LAPTOP, check, bluez=with_adapter())


# ---- the call -----------------------------------------------------------------------------------

def test_calls_share_an_answer():
    async def check(bus, bluez):
        client = await connect(bus)
        answers = await asyncio.gather(*(client.call(PATH, MANAGER, "Diagnose")
                                         for _ in range(16)))
        assert all(answer == answers[0] for answer in answers), answers
        assert bluez.adapters["hci0"].n_started == 1
        client.close()
    on_machine(LAPTOP, check, bluez=with_adapter())


def test_too_many_calls():
    async def check(bus, _):
        client = await connect(bus)
        results = await asyncio.gather(*(client.call(PATH, MANAGER, "Diagnose")
                                         for _ in range(20)), return_exceptions=True)
        refused = [result for result in results if isinstance(result, Exception)]
        assert len(refused) == 4 and "NotAllowedError" in str(refused[0].args), results
        client.close()
    on_machine(LAPTOP, check, bluez=with_adapter())


def test_caller_that_leaves():
    async def check(bus, bluez):
        client = await connect(bus)
        call = asyncio.ensure_future(client.call(PATH, MANAGER, "Diagnose"))
        while not bluez.adapters["hci0"].clients:
            await asyncio.sleep(0.02)
        call.cancel()
        client.close()
        while bluez.adapters["hci0"].clients:
            await asyncio.sleep(0.02)
        _, status, _ = await doctor(bus, "--json")
        assert status == 0
    on_machine(LAPTOP, check, bluez=with_adapter())


def test_radio_that_goes_meanwhile():
    async def check(bus, bluez):
        running = asyncio.ensure_future(doctor(bus, "--json"))
        while not bluez.adapters["hci0"].clients:
            await asyncio.sleep(0.02)
        bluez.set_powered("hci0", False)
        findings, _, _ = await running
        assert findings[0]["id"] == "adapter-off", findings
    on_machine(LAPTOP, check, bluez=with_adapter())


def test_end_in_the_middle():
    async def check(bus, bluez):
        client = await connect(bus)
        call = asyncio.ensure_future(client.call(PATH, MANAGER, "Diagnose"))
        while not bluez.adapters["hci0"].clients:
            await asyncio.sleep(0.02)
        assert bus.stop() == 0
        try:
            await call
        except Exception as error:  # pylint: disable=broad-except
            assert "NoReply" in str(error.args), error
        client.close()
    on_machine(LAPTOP, check, bluez=with_adapter())


# ---- without hybridd ----------------------------------------------------------------------------

def test_no_daemon():
    with Bus(BUILD) as bus:
        findings, status, _ = asyncio.run(doctor(bus, "--json"))
        assert findings[0]["id"] == "hybridd" and findings[0]["severity"] == "error", findings
        assert len(findings) > 1, "it looks for itself"
        assert status == 1


def test_no_session_bus():
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent",
                   "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
                   "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    run = subprocess.run([HYBRIDCTL, "doctor", "--json"], env=environment, capture_output=True,
                         text=True, check=False)
    findings = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1 and not run.stderr, run
    assert findings[0]["id"] == "session-bus", findings


def test_full_disk():
    with Bus(BUILD) as bus, open("/dev/full", "wb") as full:
        run = subprocess.run([HYBRIDCTL, "doctor"], env=bus.environment(), stdout=full,
                             stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 1 and "standard output" in run.stderr, run


# ---- in other languages, and in narrow terminals -------------------------------------------------

def on_terminal(columns, *options, language="en"):
    """What it prints on a terminal that is so wide, without any hybridd."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": language,
                   "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
                   "HYBRIDD_LOCALE_FOLDER": str(BUILD / "po")}
    with subprocess.Popen([HYBRIDCTL, "doctor", *options], env=environment,
                          stdin=subprocess.DEVNULL, stdout=slave,
                          stderr=subprocess.DEVNULL) as process:
        os.close(slave)
        text = b""
        try:
            while some := os.read(master, 4096):
                text += some
        except OSError:
            pass  # the terminal's other end is closed: all was read
        os.close(master)
        process.wait()
    return text.decode().replace("\r\n", "\n")


def width(line):
    """In columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_it_fits_into_narrow_terminals():
    for language in ("en", "de", "ja"):
        for columns in (20, 36, 60, 200):
            lines = on_terminal(columns, language=language).split("\n")
            assert len(lines) >= 5, lines
            wide = [line for line in lines if width(line) > min(columns, 77)]
            assert not wide, (language, columns, wide)


def test_findings_are_translated_and_json_is_not():
    english = on_terminal(80).split("\n")
    german = on_terminal(80, language="de").split("\n")
    assert english[0] == "  error    There is no session bus, through which hybridd is reached.", english
    assert german[0] == "  Fehler   Es gibt keinen Sitzungsbus, über den hybridd erreichbar wäre.", german
    assert not {line for line in german if len(line.split()) > 2} & set(english), german
    assert on_terminal(80, "--json", language="de") == on_terminal(80, "--json")


def test_what_is_filled_in_is_translated():
    async def check(bus, _):
        environment = {"LC_ALL": "C.UTF-8", "LANGUAGE": "de",
                       "HYBRIDD_LOCALE_FOLDER": str(BUILD / "po")}
        _, status, text = await doctor(bus, environment=environment)
        assert "Bluetooth ist eingeschaltet: hci0 empfängt Bluetooth Low Energy." in text, text
        assert status == 0, text
    on_machine(LAPTOP, check, bluez=with_adapter())


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(globals())))
