# SPDX-License-Identifier: MIT
"""Two hosts of our own with a slow link between them: network namespaces that are joined by TUN
devices, and a relay that holds each packet back for a while. It delays whole packets, so the three
steps of TCP count as they do on a real network."""

import ctypes
import fcntl
import os
import select
import shutil
import struct
import subprocess
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000


def why_not():
    """None, or the reason why this cannot be had here."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    if shutil.which("ip") is None:
        return "needs the program ip (package iproute2)"
    name = f"hybridd-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"no network namespace can be made: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return None


class SlowLink:
    """Hosts 10.99.0.1 and 10.99.0.2, half of the round trip between them each way."""

    def __init__(self, round_trip_seconds):
        self.delay = round_trip_seconds / 2
        self.spaces = [f"hybridd-{os.getpid()}-{side}" for side in "ab"]
        self.tuns = []
        self.stopping = False
        for number, space in enumerate(self.spaces, 1):
            subprocess.run(["ip", "netns", "add", space], check=True)
            self.tuns.append(self._open_tun(space))
            for command in (["link", "set", "lo", "up"],
                            ["addr", "add", f"10.99.0.{number}/24", "dev", "slow"],
                            ["link", "set", "slow", "up"]):
                subprocess.run(["ip", "-n", space, *command], check=True)
        self.relay = threading.Thread(target=self._relay, daemon=True)
        self.relay.start()

    @staticmethod
    def _open_tun(space):
        """A TUN device inside a namespace, opened here."""
        result = {}

        def inside():
            # A thread of its own: it is the one that changes its namespace.
            with open(f"/run/netns/{space}", "rb") as file:
                if LIBC.setns(file.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"slow", IFF_TUN_NO_PI))
            result["fd"] = fd
        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        return result["fd"]

    def _relay(self):
        waiting = []  # (when, to, packet), in order of time since the delay is always the same
        while not self.stopping:
            timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else 0.2
            readable, _, _ = select.select(self.tuns, [], [], timeout)
            for fd in readable:
                other = self.tuns[1 - self.tuns.index(fd)]
                try:
                    waiting.append((time.monotonic() + self.delay, other, os.read(fd, 65536)))
                except BlockingIOError:
                    pass
            while waiting and waiting[0][0] <= time.monotonic():
                _, fd, packet = waiting.pop(0)
                try:
                    os.write(fd, packet)
                except OSError:
                    pass

    def command(self, side, *arguments):
        """A command line that runs on host 0 or 1."""
        return ["ip", "netns", "exec", self.spaces[side], *arguments]

    def close(self):
        """Takes all of it away again."""
        self.stopping = True
        self.relay.join()
        for fd in self.tuns:
            os.close(fd)
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], check=False)
