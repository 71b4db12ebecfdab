# SPDX-License-Identifier: MIT
"""A private session bus with a stand-in for hybridd on it, and hybridctl in pipes."""

import codecs
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time

import tap

SECONDS = 20  # for anything to happen
QR_TEXT = "FIDO:/" + "0123456789" * 16 + "01234567"
ORIGIN = "--origin=https://login.example.com"
REQUEST = '{"rpId":"example.com","challenge":"AAECAwQFBgcICQoLDA0ODw"}'
RESPONSE = '{"id":"AAAA","type":"public-key"}'
OTHER_TEXT = "FIDO:/" + "9876543210" * 16 + "98765432"


def wait_until(what, seconds=SECONDS):
    """Waits until what() is true; returns its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"in vain: {what.__name__}")


class Lines:
    """What comes out of a pipe, read without ever blocking for long."""

    def __init__(self, fd):
        self.fd = fd
        self.text = ""
        # A character may come in two pieces.
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def read(self, seconds=0):
        """Takes what is there; false at its end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += self.decoder.decode(data)
        return bool(data)

    def expect(self, pattern, seconds=SECONDS):
        """Waits until the pattern has come."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            if not self.read(0.05) or time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} did not come, but this: {self.text!r}")
        return self.text


class Desk:
    """Bus, mock, and a folder of their own."""

    def __init__(self, hybridctl, mock, with_daemon=True):
        self.hybridctl = hybridctl
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridctl-test-"))
        self.state = self.folder / "state"
        self.processes = []
        config = self.folder / "bus.conf"
        config.write_text(
            f"<busconfig><type>session</type><listen>unix:path={self.folder}/bus</listen>"
            "<policy context='default'><allow send_destination='*'/>"
            "<allow receive_sender='*'/><allow own='*'/></policy></busconfig>", encoding="utf-8")
        self.bus = self._start(["dbus-daemon", f"--config-file={config}", "--nofork",
                                "--nopidfile", "--print-address=1"], stderr=subprocess.DEVNULL)
        Lines(self.bus.stdout.fileno()).expect("\n")
        self.daemon = None
        if with_daemon:
            self.daemon = self._start([mock], stdin=subprocess.PIPE, env=self.environment())
            self.told = Lines(self.daemon.stdout.fileno())
            self.told.expect("ready")

    def _start(self, arguments, **options):
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, **options)
        self.processes.append(process)
        return process

    def environment(self, **more):
        """For programs on this bus."""
        wanted = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.folder}/bus",
                      XDG_STATE_HOME=str(self.state), TERM="xterm-256color", NO_COLOR="")
        return dict(wanted, **more)

    def command(self, text):
        """One for the mock."""
        self.daemon.stdin.write(text.encode() + b"\n")
        self.daemon.stdin.flush()

    def called(self):
        """Waits for the call."""
        self.told.expect(r"(?m)^(create|get) ")

    def show_code(self, text=QR_TEXT):
        """The daemon has a code, and it has been fetched."""
        n = self.told.text.count("fetched")
        self.command("state waiting-for-scan")
        self.command(f"qr {text}")
        self.told.expect(r"(?s)(fetched.*){%d}" % (n + 1))

    def request_file(self):
        """The option for a file with a request."""
        path = self.folder / "request.json"
        path.write_text(REQUEST, encoding="utf-8")
        return f"--request={path}"

    def run(self, *arguments, **environment):
        """hybridctl with pipes."""
        return Run(self, arguments, environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Run:
    """hybridctl with its output in pipes."""

    def __init__(self, desk, arguments, environment):
        self.process = subprocess.Popen([desk.hybridctl, *arguments],
                                        env=desk.environment(**environment),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        desk.processes.append(self.process)
        self.out = Lines(self.process.stdout.fileno())
        self.err = Lines(self.process.stderr.fileno())

    def feed(self, text):
        """All of standard input."""
        self.process.stdin.write(text.encode())
        self.process.stdin.close()

    def signal(self, number):
        """Sends it a signal."""
        self.process.send_signal(number)

    def end(self, status):
        """Waits for the end; returns all of stdout and stderr."""
        deadline = time.monotonic() + SECONDS
        open_pipes = [self.out, self.err]
        while open_pipes and time.monotonic() < deadline:
            open_pipes = [pipe for pipe in open_pipes if pipe.read(0.02)]
        actual = self.process.wait(SECONDS)
        assert actual == status, f"exit status {actual}: {self.out.text!r} {self.err.text!r}"
        return self.out.text, self.err.text


def read_picture(path):
    """The text of the code in a picture."""
    if not shutil.which("zbarimg"):
        raise tap.Skip("zbarimg (package zbar-tools) is not installed")
    run = subprocess.run(["zbarimg", "--quiet", "--raw", str(path)], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, check=False)
    return run.stdout.strip()
