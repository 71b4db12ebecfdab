#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `systemd-analyze security` says of the user unit. Its figure is of no use as a goal: it takes
the unit for a system service of root, and most of what it misses needs a user namespace in a unit of
a user, inside which the kernel lets hybridd see no program that calls it. So what is said to be
missing is compared with what cannot be had, and why; the figure is told."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

UNIT = ROOT / "systemd" / "hybridd.service.in"
# Each is "CapabilityBoundingSet=~…" or the like, by its beginning.
OUT_OF_REACH = {
    # In a unit of a user they take a user namespace.
    "namespace": ("PrivateDevices", "PrivateMounts", "PrivateNetwork", "PrivateTmp", "PrivateUsers",
                  "ProcSubset", "ProtectClock", "ProtectControlGroups", "ProtectHome",
                  "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
                  "ProtectKernelTunables", "ProtectProc", "ProtectSystem", "RootDirectory"),
    # A user's service has none, and may not drop what it does not have: it would not start.
    "capabilities": ("CapabilityBoundingSet",),
    # Whose service it is, is no question.
    "user": ("User",),
    # Cgroups of a user's service cannot be given BPF programs.
    "cgroup": ("DeviceAllow", "IPAddressDeny"),
    # What it is for: buses, tunnels, names, adapters.
    "purpose": ("RestrictAddressFamilies=~AF_UNIX", "RestrictAddressFamilies=~AF_(INET|INET6)",
                "RestrictAddressFamilies=~AF_NETLINK"),
}


def analyse(text):
    """What systemd-analyze says: (figure, settings that are missing)."""
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("needs systemd-analyze (package systemd)")
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "hybridd.service"
        unit.write_text(text, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                               "--json=short", str(unit)], capture_output=True, text=True,
                              check=False)
        assert done.stdout, done.stderr
        findings = json.loads(done.stdout)
        shown = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                                str(unit)], capture_output=True, text=True, check=False).stdout
    figure = float(re.search(r"exposure level for \S+: ([0-9.]+)", shown).group(1))
    return figure, {finding["name"] for finding in findings if finding["set"] is False}


def unit_text():
    """The unit as it is installed."""
    return UNIT.read_text(encoding="utf-8").replace("@program_dir@", "/usr/bin")


def test_what_is_missing_cannot_be_had():
    figure, missing = analyse(unit_text())
    known = tuple(name for names in OUT_OF_REACH.values() for name in names)
    unexpected = sorted(name for name in missing if not name.startswith(known))
    print(f"# exposure, as if it were a system service of root: {figure}")
    assert not unexpected, unexpected


def test_what_is_taken_out_is_missed():
    """The comparison above would notice it."""
    before = analyse(unit_text())[1]
    for setting in ("NoNewPrivileges=", "RestrictNamespaces=", "SystemCallFilter=@",
                    "MemoryDenyWriteExecute="):
        text = "\n".join(line for line in unit_text().splitlines() if not line.startswith(setting))
        assert analyse(text)[1] - before, setting


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
