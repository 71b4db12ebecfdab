#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridctl demo in the guest: the programs of this build run on this kernel. Its radio is a
loopback, so that it says nothing about Bluetooth. Argument: the build folder."""

import pathlib
import subprocess
import sys
import time

VM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(VM), str(VM.parent / "common")]
# pylint: disable=wrong-import-position
import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])


def test_demo_passes():
    began = time.monotonic()
    done = subprocess.run([str(BUILD / "tools/hybridctl/hybridctl"), "demo"], capture_output=True,
                          text=True, timeout=100, check=False)
    print(f"# hybridctl demo took {time.monotonic() - began:.1f} s")
    assert done.returncode == 0, f"status {done.returncode}: {done.stdout}{done.stderr}"
    assert "Proven:" in done.stdout, done.stdout


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
