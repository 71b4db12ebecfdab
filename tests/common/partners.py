# SPDX-License-Identifier: MIT
"""The other sides of a ceremony: tunnel services, and virtual phones that scan codes."""

import asyncio
import os
import pathlib
import signal
import subprocess
import tempfile


class Tunnel:
    """A hybrid-tunnel of our own, on loopback. Its certificate is good for the assigned names and
    for those given. What it says, when it is not quiet, is in `said` in the end."""

    def __init__(self, build, folder, *options, names=(), quiet=True):
        self.ca_file = pathlib.Path(folder) / "ca.pem"
        hosts = [word for name in names for word in ("--host", name)]
        self.process = subprocess.Popen(
            [str(pathlib.Path(build) / "tools/hybrid-tunnel/hybrid-tunnel"), "--listen",
             "127.0.0.1:0", "--self-signed", str(folder), *(["--quiet"] if quiet else []), *hosts,
             *options],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"hybrid-tunnel does not listen: {line!r}")
        self.address = line.split()[1]

    def close(self):
        """Ends it; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.said = self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(10)


class Partners:
    """Google's and Apple's tunnel services, as far as anybody can tell, and phones that use them."""

    def __init__(self, build, *tunnel_options, quiet=True):
        self.build = pathlib.Path(build)
        self.temporary = tempfile.TemporaryDirectory(prefix="hybridd-partners-")
        self.folder = pathlib.Path(self.temporary.name)
        self.google = Tunnel(build, self.folder, *tunnel_options, quiet=quiet)
        self.apple = Tunnel(build, self.folder, *tunnel_options, quiet=quiet)

    def settings(self):
        """What hybridd needs to know."""
        return {"test": {"resolve": [f"cable.ua5v.com={self.google.address}",
                                     f"cable.auth.com={self.apple.address}"],
                         "ca-file": str(self.google.ca_file)}}

    def phone(self, bus, code, *options, address=None, store="store", quiet=True):
        """A phone that scans a code, an iPhone with Apple's service. Its output goes to a file, `log`
        of the process object."""
        service = self.apple if "iphone" in options else self.google
        path = self.folder / f"phone-{os.urandom(4).hex()}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [str(self.build / "tools/hybrid-phone/hybrid-phone"), "scan",
                 "--connect", address or service.address, "--ca", str(service.ca_file),
                 "--ble", f"loopback:{bus.ether}", "--store", str(self.folder / store),
                 "--approve", "yes", *(["--quiet"] if quiet else []), *options],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, text=True)
        give_line(process, code)
        process.log = path
        return process

    async def waiting_phone(self, bus, *options, store="store"):
        """A linked phone that waits; it is known to the tunnel service when this returns."""
        path = self.folder / f"wait-{os.urandom(4).hex()}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [str(self.build / "tools/hybrid-phone/hybrid-phone"), "wait",
                 "--connect", self.google.address, "--ca", str(self.google.ca_file),
                 "--ble", f"loopback:{bus.ether}", "--store", str(self.folder / store),
                 "--approve", "yes", "--json", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        process.log = path
        for _ in range(2000):
            if '"waiting"' in path.read_text(encoding="utf-8"):
                return process
            assert process.poll() is None, path.read_text(encoding="utf-8")
            await asyncio.sleep(0.01)
        raise AssertionError("the phone does not wait")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        statuses = [self.google.close(), self.apple.close()]
        self.temporary.cleanup()
        assert statuses == [0, 0], f"hybrid-tunnel ended with {statuses}"


def give_line(process, line):
    """Writes a line to a program's input and ends that. A program that refuses its arguments has
    gone by then; its exit status says so."""
    try:
        with process.stdin:
            process.stdin.write(line + "\n")
    except BrokenPipeError:
        pass


def end_phone(process, seconds=20):
    """Waits for a phone that is about to end; returns its exit status."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        return process.wait(10)
