#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""In the guest: makes Bluetooth ready, then runs test programs one after the other and passes what
they write to the host by the second serial port; or gives a shell on it. /vm/job.json says which.

Lines of our own begin with "@" (report.py reads them); all between "@begin" and "@end" is a
program's TAP."""

import fcntl
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty

import guest_services

PORT = "/dev/ttyS1"
PROGRAM_SECONDS = 240


class Port:
    """The way to the host."""

    def __init__(self):
        self.open()

    def open(self):
        """Opens it, or opens it again."""
        self.fd = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)

    def say(self, line):
        """One line."""
        self.write(line.encode() + b"\n")

    def write(self, data):
        """Bytes, all of them."""
        while data:
            data = data[os.write(self.fd, data):]

    def flush(self):
        """Waits until all is gone out."""
        termios.tcdrain(self.fd)


def run_program(port, program, environment):
    """One test program. Its stdout goes to the host; its stderr to a file there."""
    name = program["name"]
    port.say(f"@begin {name}")
    began = time.monotonic()
    with open(f"/vm/{name}.stderr", "wb") as log:
        process = subprocess.Popen(program["command"], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=log, start_new_session=True)

    def pass_on():
        for line in process.stdout:
            port.write(line if line.endswith(b"\n") else line + b"\n")

    # A thread of its own, since a child that outlives its parent keeps the pipe open.
    reader = threading.Thread(target=pass_on, daemon=True)
    reader.start()
    try:
        status = process.wait(PROGRAM_SECONDS)
    except subprocess.TimeoutExpired:
        status = "late"
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    reader.join(5)
    port.say(f"@end {name} {status} {time.monotonic() - began:.1f}")


def run_shell(port, terminal, environment):
    """An interactive shell; returns its exit status."""
    subprocess.run(["stty", "-F", PORT, "sane"], check=True)
    fcntl.ioctl(port.fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", terminal["rows"], terminal["columns"], 0, 0))
    status = subprocess.run(["setsid", "--ctty", "--wait", "bash", "-i"], stdin=port.fd,
                            stdout=port.fd, stderr=port.fd, check=False,
                            env=dict(environment, TERM=terminal["term"])).returncode
    port.open()  # the shell's end has hung it up
    return status


def main():
    """The exit status."""
    job = json.loads(pathlib.Path("/vm/job.json").read_text(encoding="utf-8"))
    environment = dict(os.environ, **job["environment"])
    port = Port()
    port.say(f"@note up after {time.clock_gettime(time.CLOCK_BOOTTIME):.1f} s")
    try:
        guest_services.make_ready()
        port.say(f"@note ready after {time.clock_gettime(time.CLOCK_BOOTTIME):.1f} s")
        port.say("@ready")
        if job["shell"]:
            status = run_shell(port, job["shell"], environment)
            pathlib.Path("/vm/status").write_text(f"{status}\n", encoding="ascii")
        for program in job["programs"]:
            done = guest_services.make_ready()
            if done:
                port.say(f"@note started anew: {', '.join(done)}")
            run_program(port, program, environment)
    except guest_services.NotReady as reason:
        port.say(f"@broken {reason}")
        return 1
    finally:
        port.flush()
        guest_services.btmon.stop()  # has lines that it has not written yet
    port.say("@done")
    port.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
