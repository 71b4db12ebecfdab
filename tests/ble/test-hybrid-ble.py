#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybrid-ble on its command line, and over the loopback radio. Argument: the program."""

import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

HYBRID_BLE = sys.argv[1]
# No bus of this machine is asked.
ENVIRONMENT = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")


def run(*options, stdout=subprocess.PIPE, status=0):
    """What it says on either way."""
    done = subprocess.run([HYBRID_BLE, *options], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    assert done.returncode == status, f"status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def start(*options):
    """The same, on the way."""
    return subprocess.Popen([HYBRID_BLE, *options], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def events(text):
    """Its lines of JSON, each with its event in front."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(next(iter(line)) == "event" for line in lines), text
    return lines


def ends(ether, *options):
    """A command line for a measurement."""
    return ["proximity", f"--rx=loopback:{ether}", f"--tx=loopback:{ether}", *options]


# ---- command line -------------------------------------------------------------------------------

def test_wrong_usage():
    two = ["--rx=hci0", "--tx=hci1"]
    for options in ([], ["nonsense"], ["scan", "more"], ["scan", "--nonsense"], ["scan", "--count=3"],
                    ["adapters", "--ble=none"], ["advertise"], ["advertise", "--data=xy"],
                    ["proximity"], ["proximity", "--rx=hci0"], ["proximity", "--tx=hci0"],
                    ["proximity", "--rx=hci0", "--tx=hci0"],
                    ["proximity", "--rx=hci0", "--tx=hci:hci0"],
                    ["proximity", "--rx=bluez", "--tx=hci1"], ["proximity", "--rx=none", "--tx=hci1"],
                    ["proximity", "--rx=usb0", "--tx=hci1"], ["proximity", *two, "--count=0"],
                    ["proximity", *two, "--count=-1"], ["proximity", *two, "--count=10001"],
                    ["proximity", *two, "--count=99999999999999999999"],
                    ["proximity", *two, "--timeout=0"], ["proximity", *two, "--seconds=1"],
                    ["proximity", *two, "--json", "--csv=-"]):
        said, complaint = run(*options, status=2)
        assert said == "" and complaint.startswith("hybrid-ble: ") and complaint.count("\n") == 1, \
            (options, said, complaint)


def test_help_names_everything():
    said, _ = run("--help")
    for word in ("adapters", "scan", "advertise", "proximity", "--rx", "--csv", "--plot", "none"):
        assert word in said, word
    assert max(len(line) for line in said.splitlines()) <= 80, said


def test_what_fails_is_no_wrong_usage():
    _, complaint = run("scan", "--key=/nonexistent", status=1)
    assert "No such file" in complaint
    with open("/dev/full", "wb") as full:
        for options in (["scan", "--ble=none", "--seconds=60"], ["--help"], ["adapters"],
                        ["adapters", "--json"]):
            _, complaint = run(*options, stdout=full, status=1)
            assert "standard output" in complaint, (options, complaint)


def test_reader_who_leaves():
    with tempfile.TemporaryDirectory() as ether:
        process = start("scan", f"--ble=loopback:{ether}")
        assert "radio is on" in process.stdout.readline()
        process.stdout.close()
        while process.poll() is None:
            run("advertise", f"--ble=loopback:{ether}", f"--data={'00' * 20}", "--seconds=1")
        assert process.returncode == 1 and "Broken pipe" in process.stderr.read()
        process.stderr.close()


# ---- adapters -----------------------------------------------------------------------------------

def test_no_adapters():
    said, _ = run("adapters", status=1)
    assert "There is no Bluetooth adapter" in said and "bluetoothd does not run" in said, said
    [last] = events(run("adapters", "--json", status=1)[0])
    assert last["count"] == 0 and last["bluetoothd"] == "not running", last


# ---- advertise ----------------------------------------------------------------------------------

def test_advertising_is_told_when_it_begins():
    with tempfile.TemporaryDirectory() as ether:
        said = events(run("advertise", f"--ble=loopback:{ether}", f"--data={'00' * 20}",
                          "--seconds=1", "--json")[0])
        assert [event["event"] for event in said] == ["status", "advertising"], said
        said = events(run("advertise", "--ble=none", f"--data={'00' * 20}", "--seconds=1",
                          "--json")[0])
        assert [event["event"] for event in said] == ["status"], said


# ---- proximity ----------------------------------------------------------------------------------

def test_proximity():
    with tempfile.TemporaryDirectory() as ether:
        said, complaint = run(*ends(ether, "--count=5"))
        assert said.startswith("Heard    5 of 5 adverts, 0 % lost\nLatency  "), said
        assert "RSSI     " in said and "\nGood: " in said and complaint == "", (said, complaint)


def test_files():
    with tempfile.TemporaryDirectory() as ether:
        csv, plot = pathlib.Path(ether, "a.csv"), pathlib.Path(ether, "a.png")
        *rounds, summary = events(run(*ends(ether, "--count=4", f"--csv={csv}", f"--plot={plot}",
                                            "--json"))[0])
        assert [one["round"] for one in rounds] == [1, 2, 3, 4] and summary["heard"] == 4, rounds
        assert summary["latency_ms"]["min"] <= summary["latency_ms"]["median"] <= \
            summary["latency_ms"]["max"], summary
        lines = csv.read_text(encoding="ascii").splitlines()
        assert lines[0] == "round,heard,latency_ms,rssi_dbm" and len(lines) == 5, lines
        assert all(line.split(",")[1] == "yes" for line in lines[1:]), lines
        header = plot.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n", header
        assert struct.unpack(">II", header[16:]) == (960, 600), header


def test_csv_on_standard_output():
    with tempfile.TemporaryDirectory() as ether:
        said, complaint = run(*ends(ether, "--count=2", "--csv=-"))
        assert len(said.splitlines()) == 3 and said.startswith("round,"), said
        assert "Heard    2 of 2" in complaint, complaint


def test_files_that_cannot_be():
    with tempfile.TemporaryDirectory() as ether:
        for option in ("--csv=/nonexistent/a.csv", "--plot=/nonexistent/a.png"):
            began = time.monotonic()
            said, complaint = run(*ends(ether, option), status=1)
            assert said == "" and "No such file" in complaint, (said, complaint)
            assert time.monotonic() - began < 2, "only found out in the end"
        said, complaint = run(*ends(ether, "--csv=/dev/full", "--count=2"), status=1)
        assert "No space left" in complaint, complaint


def forward(before, behind, keep):
    """What is sent into one ether comes out in another, where keep(data) says so."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(before / "relay.sock"))
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def relay():
        while True:
            datagram = listener.recv(1024)
            if datagram == b"end":
                return
            for path in behind.glob("*.sock"):
                if keep(datagram[3:]):
                    sender.sendto(datagram, str(path))
    thread = threading.Thread(target=relay)
    thread.start()

    def end():
        sender.sendto(b"end", str(before / "relay.sock"))
        thread.join()
        listener.close()
        sender.close()
    return end


def with_loss(keep, *options, status=0):
    """A measurement between two rooms."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        end = forward(pathlib.Path(one), pathlib.Path(other), keep)
        try:
            return run("proximity", f"--rx=loopback:{other}", f"--tx=loopback:{one}", "--timeout=1",
                       *options, status=status)
        finally:
            end()


def test_loss():
    lost = set()

    def keep(data):  # every second advert is lost, however often it is repeated
        if data not in lost and len(lost | kept) % 2:
            lost.add(data)
        elif data not in lost:
            kept.add(data)
        return data not in lost
    kept = set()
    *rounds, summary = events(with_loss(keep, "--count=4", "--json")[0])
    assert [one["heard"] for one in rounds] == [True, False, True, False], rounds
    assert summary["lost"] == 2 and summary["verdict"] == "poor", summary


def test_nothing_is_heard():
    said, _ = with_loss(lambda data: False, "--count=2", status=1)
    assert said.startswith("Heard    0 of 2 adverts, 100 % lost\nNothing was heard"), said


def test_adverts_of_others_are_none_of_ours():
    said, _ = with_loss(lambda data: True, "--count=1")
    assert "1 of 1" in said
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        process = start("proximity", f"--rx=loopback:{other}", f"--tx=loopback:{one}", "--count=1",
                        "--timeout=2", "--json")
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        while process.poll() is None:
            for path in pathlib.Path(other).glob("*.sock"):
                try:
                    sender.sendto(b"\xf9\xff\xc4" + os.urandom(20), str(path))
                except OSError:
                    pass
            time.sleep(0.05)
        sender.close()
        said = process.stdout.read()
        process.stdout.close()
        process.stderr.close()
        assert process.returncode == 1 and events(said)[-1]["verdict"] == "deaf", said


def test_interrupted():
    with tempfile.TemporaryDirectory() as ether:
        process = start(*ends(ether, "--count=10000", "--json"))
        seen = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=20)
        *_, summary = events("".join(seen) + said)
        assert process.returncode == 0 and summary["event"] == "summary", (said, complaint)
        assert 3 <= summary["sent"] < 10000 and summary["heard"] == summary["sent"], summary


def test_radio_that_is_not_there():
    began = time.monotonic()
    _, complaint = run("proximity", "--rx=hci0", "--tx=hci1", status=1)
    assert "--rx hci0: the radio is no-service; see hybrid-ble adapters" in complaint, complaint
    assert time.monotonic() - began < 20


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
