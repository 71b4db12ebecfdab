# SPDX-License-Identifier: MIT
"""Two hosts of our own with a slow link between them: network namespaces that are joined by TUN
devices, and a relay that holds each packet back for a while. It delays whole packets, so the three
steps of TCP count as they do on a real network."""

import os
import select
import shutil
import socket
import subprocess
import sys
import threading
import time

# Runs inside a namespace: opens its TUN device and hands it out over descriptor 3.
OPEN_TUN = """
import fcntl, os, socket, struct
IFF_TUN_NO_PI, TUNSETIFF = 0x0001 | 0x1000, 0x400454CA
fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"slow", IFF_TUN_NO_PI))
with socket.socket(fileno=int(os.environ["OUT"])) as out:
    socket.send_fds(out, [b"x"], [fd])
"""


class Host:
    """A network namespace, held by a process that does nothing else. Who is not root is root of a
    user namespace around it."""

    def __init__(self):
        self.unprivileged = os.geteuid() != 0
        self.holder = subprocess.Popen(
            ["unshare", *(["--user", "--map-root-user"] if self.unprivileged else []), "--net",
             "sh", "-c", "echo ready; exec sleep infinity"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            reason = self.holder.stderr.read().strip()
            self.close()
            raise OSError(f"no network namespace can be made: {reason}")

    def command(self, *arguments):
        """A command line that runs on this host."""
        user = ["--user", "--preserve-credentials"] if self.unprivileged else []
        return ["nsenter", f"--target={self.holder.pid}", *user, "--net", *arguments]

    def open_tun(self):
        """A new network device "slow"; its packets are read from and written to the result."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            subprocess.run(self.command(sys.executable, "-c", OPEN_TUN), check=True,
                           pass_fds=[theirs.fileno()],
                           env=dict(os.environ, OUT=str(theirs.fileno())))
            return socket.recv_fds(ours, 1, 1)[1][0]

    def close(self):
        """Takes it away, with all that is in it."""
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()


def why_not():
    """None, or the reason why this cannot be had here."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun that can be used"
    for program in ("ip", "nsenter", "unshare"):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    try:
        Host().close()
    except OSError as reason:
        return str(reason)
    return None


class SlowLink:
    """Hosts 10.99.0.1 and 10.99.0.2, half of the round trip between them each way."""

    def __init__(self, round_trip_seconds):
        self.delay = round_trip_seconds / 2
        self.hosts = []
        self.tuns = []
        self.stopping = False
        for number in (1, 2):
            host = Host()
            self.hosts.append(host)
            self.tuns.append(host.open_tun())
            for command in ("link set lo up", f"addr add 10.99.0.{number}/24 dev slow",
                            "link set slow up"):
                subprocess.run(host.command("ip", *command.split()), check=True)
        self.relay = threading.Thread(target=self._relay, daemon=True)
        self.relay.start()

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
        return self.hosts[side].command(*arguments)

    def close(self):
        """Takes all of it away again."""
        self.stopping = True
        self.relay.join()
        for fd in self.tuns:
            os.close(fd)
        for host in self.hosts:
            host.close()
