#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybrid-ble adapters and proximity with two virtual controllers, over the real bluetoothd and by
raw HCI. Argument: the build folder."""

import json
import pathlib
import subprocess
import sys

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import guest_services  # noqa: E402
import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
HYBRID_BLE = str(BUILD / "tools/hybrid-ble/hybrid-ble")
N_ROUNDS = 15


def hybrid_ble(*options, status=0):
    """What it says."""
    done = subprocess.run([HYBRID_BLE, *options], capture_output=True, text=True, timeout=110,
                          check=False)
    assert done.returncode == status, f"status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def events(text):
    """Its lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def measure(receiver, sender, *options):
    """Runs proximity; returns its summary."""
    said = events(hybrid_ble("proximity", f"--rx={receiver}", f"--tx={sender}",
                             f"--count={N_ROUNDS}", "--timeout=2", "--json", *options))
    rounds, summary = said[:-1], said[-1]
    assert len(rounds) == summary["sent"] == N_ROUNDS, said
    # btvirt passes an advert on once, and a scan that has just been started anew may miss it.
    assert summary["heard"] >= N_ROUNDS - 3, said
    latency = summary["latency_ms"]
    print(f"# {receiver} hears {sender}: {summary['heard']} of {N_ROUNDS}, "
          f"{latency['min']:.0f} to {latency['max']:.0f} ms, median {latency['median']:.0f} ms")
    return summary


def test_adapters():
    *adapters, last = events(hybrid_ble("adapters", "--json"))
    assert [adapter["name"] for adapter in adapters] == ["hci0", "hci1"], adapters
    for adapter in adapters:
        assert adapter["state"] == "on" and adapter["hears"] and adapter["sends"], adapter
        assert adapter["bluez"] and adapter["free_adverts"] > 0, adapter
        assert adapter["address"].startswith("00:AA:01:"), adapter
    assert last["bluetoothd"] == "running" and last["count"] == 2, last
    print("\n".join(f"# {line}" for line in hybrid_ble("adapters").splitlines()))


def test_proximity_by_bluetoothd():
    measure("hci0", "hci1", "--plot=/vm/proximity.png", "--csv=/vm/proximity.csv")
    csv = pathlib.Path("/vm/proximity.csv").read_text(encoding="ascii").splitlines()
    assert len(csv) == 1 + N_ROUNDS, csv
    assert pathlib.Path("/vm/proximity.png").read_bytes()[:4] == b"\x89PNG"


def test_bluetoothd_sends_raw_hci_hears():
    measure("hci:hci0", "bluez:hci1")


def test_words():
    said = hybrid_ble("proximity", "--rx=hci1", "--tx=hci0", "--count=3")
    assert said.startswith("Heard ") and "median" in said, said
    print("\n".join(f"# {line}" for line in said.splitlines()))


def test_without_bluetoothd():
    """The last test, since it stops that."""
    guest_services.bluetoothd.stop()
    for name in ("hci0", "hci1"):
        subprocess.run(["hciconfig", name, "up"], check=True)
    measure("hci:hci0", "hci:hci1")
    measure("hci:hci0,active", "hci:hci1")
    *adapters, last = events(hybrid_ble("adapters", "--json"))
    assert last["bluetoothd"] == "not running", last
    assert [adapter["name"] for adapter in adapters] == ["hci0", "hci1"], adapters
    assert not any(adapter["bluez"] for adapter in adapters), adapters
    print("\n".join(f"# {line}" for line in hybrid_ble("adapters").splitlines()))
    said = hybrid_ble("proximity", "--rx=hci0", "--tx=hci1", "--count=1", status=1)
    assert said == "", said


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
