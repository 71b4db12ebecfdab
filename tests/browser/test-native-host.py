#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The native host alone, with a test in place of the browser: what it does with frames in pieces, with
nonsense, with many requests at once, and without hybridd; and that hybridd does not believe it unless a
browser has started it."""

import json
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

from lab import Lab, ROOT, Once, tap

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build")
PROGRAM = pathlib.Path(BUILD) / "browser" / "host" / "hybrid-native-host"
ORIGIN = "https://login.example.com"
SECONDS = 30
CREATE = {"rp": {"id": "example.com", "name": "Example"}, "challenge": "AAECAwQFBgcICQoLDA0ODw",
          "user": {"id": "dXNlcg", "name": "user", "displayName": "User"},
          "pubKeyCredParams": [{"type": "public-key", "alg": -7}]}


def frame(message):
    """A message as it goes over the pipe."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("=I", len(data)) + data


class Host:
    """A running native host."""

    def __init__(self, environment=None, program=PROGRAM, command=()):
        self.process = subprocess.Popen(
            [*command, str(program), "/manifest.json", "hybridd@hybridd.org"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, bufsize=0)

    def write(self, data):
        """Bytes to its input."""
        self.process.stdin.write(data)

    def send(self, **message):
        """A message."""
        self.write(frame(message))

    def _exactly(self, n, end):
        data = b""
        while len(data) < n:
            assert select.select([self.process.stdout], [], [], end - time.monotonic())[0], "silent"
            part = self.process.stdout.read(n - len(data))
            if not part:
                return None
            data += part
        return data

    def reply(self, seconds=SECONDS):
        """The next message; None if it has ended."""
        end = time.monotonic() + seconds
        header = self._exactly(4, end)
        return header and json.loads(self._exactly(struct.unpack("=I", header)[0], end))

    def end(self):
        """Closes its input; its exit status and what it has said besides."""
        self.process.stdin.close()
        status = self.process.wait(SECONDS)
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return status, said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


class World:
    """One desktop for all tests that need hybridd."""

    def __init__(self):
        self.lab = Lab(BUILD, trusted=False)
        self.person = self.lab.person

    def host(self):
        """A native host on this desktop."""
        self.person.options = []
        return Host(self.lab.environment())

    def close(self):
        """All ends."""
        self.lab.__exit__()


def nowhere():
    """An environment without a session bus."""
    return {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": "/nonexistent",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}


# ---- the program --------------------------------------------------------------------------------

def test_help_version_and_terminals():
    def run(*arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
    assert run("--help").stdout.startswith("Usage: hybrid-native-host")
    assert run("--version").stdout.startswith("hybrid-native-host ")
    primary, secondary = os.openpty()
    done = subprocess.run([PROGRAM], stdin=secondary, capture_output=True, text=True, check=False)
    os.close(primary)
    os.close(secondary)
    assert done.returncode == 2 and "started by browsers" in done.stderr, done


def test_ends_with_the_browser():
    with Host(nowhere()) as host:
        assert host.end() == (0, "")


def test_ends_when_nobody_listens():
    with Host(nowhere()) as host:
        host.process.stdout.close()
        host.send(id=1, type="status")
        assert host.process.wait(SECONDS) == 0


# ---- frames -------------------------------------------------------------------------------------

def fatal(data, words):
    """What it cannot understand ends it, with a line that says so."""
    with Host(nowhere()) as host:
        host.write(data)
        assert host.process.wait(SECONDS) == 1
        said = host.process.stderr.read().decode()
        assert said.count("\n") == 1 and words in said, said
        assert host.reply() is None


def test_frames_that_end_it():
    for data in (struct.pack("=I", 0), struct.pack("=I", (1 << 20) + 1), b"\xff\xff\xff\xff"):
        fatal(data, "1 MiB")
    for message in (b"{", b"nonsense", b"[]", b"\xff\xfe", {"type": "status"}, {"id": "1"}, {"id": 1.5},
                    b"[" * 100_000):
        fatal(frame(message), "makes no sense")


def test_pieces(world):
    with world.host() as host:
        for byte in frame({"id": 1, "type": "status"}) + frame({"id": 2, "type": "status"}):
            host.write(bytes([byte]))
        assert [host.reply()["id"], host.reply()["id"]] == [1, 2]
        host.write(frame({"id": 3, "type": "status"}) + frame({"id": 4, "type": "status"})[:7])
        assert host.reply()["id"] == 3
        status, said = host.end()  # in the middle of a frame: the browser was killed
        assert (status, said) == (0, "")


def test_the_longest_frame(world):
    with world.host() as host:
        padded = {"id": 1, "type": "status", "padding": ""}
        padded["padding"] = "x" * ((1 << 20) - len(json.dumps(padded)))
        assert len(json.dumps(padded)) == 1 << 20
        host.write(frame(padded))
        assert host.reply()["type"] == "status"


def test_calls_without_sense_are_refused(world):
    with world.host() as host:
        for call in ({"type": "delete"}, {}, {"type": "get"}, {"type": "create", "origin": ORIGIN},
                     {"type": "get", "origin": ORIGIN, "options": "{}"}):
            host.send(id=9, **call)
            reply = host.reply()
            assert (reply["id"], reply["error"], reply["cause"]) == (9, "TypeError", "bad-request"), reply
        host.send(id=9, type="status")  # and it goes on
        assert host.reply()["type"] == "status"


# ---- requests -----------------------------------------------------------------------------------

def test_status_and_findings(world):
    with world.host() as host:
        host.send(id=-5, type="status")
        reply = host.reply()
        assert (reply["id"], reply["type"], reply["bluetooth"]) == (-5, "status", "on"), reply
        host.send(id=6, type="diagnose")
        reply = host.reply()
        assert reply["id"] == 6 and reply["findings"], reply
        assert set(reply["findings"][0]) == {"id", "severity", "summary", "remedy"}


def test_registers(world):
    with world.host() as host:
        host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
        reply = host.reply()
        assert reply["type"] == "done" and reply["response"]["type"] == "public-key", reply
        assert "publicKey" in reply["response"]["response"]


def test_several_at_once(world):
    world.person.options = None
    n = len(world.person.requests)
    with Host(world.lab.environment()) as host:
        for id_ in (10, 11, 12):
            host.send(id=id_, type="create", origin=ORIGIN, options=CREATE)
            world.person.wait_for_request(n + id_ - 9)
        paths = world.person.requests[n:]
        host.send(id=11, type="cancel")
        reply = host.reply()
        assert (reply["id"], reply["error"], reply["cause"]) == (11, "AbortError", "cancelled"), reply
        for id_ in (12, 10):
            world.person.scan(paths[id_ - 10])
            reply = host.reply()
            assert (reply["id"], reply["type"]) == (id_, "done"), reply
        host.send(id=10, type="cancel")  # too late, and harmless
        host.send(id=99, type="cancel")
        host.send(id=1, type="status")
        assert host.reply()["id"] == 1


def test_an_id_that_is_in_use_ends_it(world):
    world.person.options = None
    with Host(world.lab.environment()) as host:
        host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
        host.send(id=1, type="status")
        assert host.process.wait(SECONDS) == 1


def test_more_than_hybridd_serves(world):
    world.person.options = None
    n = len(world.person.requests)
    with Host(world.lab.environment()) as host:
        for id_ in range(80):
            host.send(id=id_, type="create", origin=ORIGIN, options=CREATE)
        refused = [host.reply() for _ in range(76)]
        assert {reply["cause"] for reply in refused} == {"busy"}, refused
        assert len({reply["id"] for reply in refused}) == 76
    for path in world.person.requests[n:]:
        world.person.wait_for_end(path)


def test_a_browser_that_is_killed_leaves_nothing(world):
    world.person.options = None
    n = len(world.person.requests)
    with Host(world.lab.environment()) as host:
        host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
        path = world.person.wait_for_request(n + 1)
        assert host.end() == (0, "")
        world.person.wait_for_end(path)


def test_contents_are_in_no_log(world):
    secret = "c2VjcmV0LWNoYWxsZW5nZS0wMTIzNDU"
    with world.host() as host:
        host.send(id=1, type="create", origin=ORIGIN, options=dict(CREATE, challenge=secret))
        reply = host.reply()
        assert reply["type"] == "done"
        status, said = host.end()
        assert (status, said) == (0, "")
    log = world.lab.bus.log()
    assert secret not in log and reply["response"]["response"]["attestationObject"] not in log


# ---- without hybridd ----------------------------------------------------------------------------

def test_no_session_bus():
    with Host(nowhere()) as host:
        for type_ in ("status", "diagnose"):
            host.send(id=1, type=type_)
            reply = host.reply()
            assert (reply["type"], reply["cause"]) == ("failed", "no-daemon"), reply
        host.send(id=2, type="get", origin=ORIGIN, options={})
        assert host.reply()["cause"] == "no-daemon"
        assert host.end() == (0, "")


def test_hybridd_is_absent_and_comes(world):
    with world.host() as host:
        world.lab.bus.stop()
        try:
            for type_ in ("status", "diagnose", "get"):
                host.send(id=1, type=type_, origin=ORIGIN, options={"challenge": "AAAA"})
                reply = host.reply()
                assert (reply["type"], reply["cause"]) == ("failed", "no-daemon"), reply
                assert "hybridd" in reply["message"]
        finally:
            world.lab.bus.start()
        host.send(id=2, type="status")
        assert host.reply()["type"] == "status"


def test_hybridd_ends_in_the_middle(world):
    world.person.options = None
    n = len(world.person.requests)
    with Host(world.lab.environment()) as host:
        host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
        host.send(id=2, type="get", origin=ORIGIN, options={"challenge": "AAECAwQFBgcICQoLDA0ODw",
                                                            "rpId": "example.com"})
        world.person.wait_for_request(n + 2)
        world.lab.bus.daemon.send_signal(signal.SIGKILL)
        world.lab.bus.daemon.wait(SECONDS)
        try:
            replies = sorted([host.reply(), host.reply()], key=lambda reply: reply["id"])
            assert [reply["cause"] for reply in replies] == ["daemon-gone"] * 2, replies
        finally:
            world.lab.bus.start()
        host.send(id=3, type="status")
        assert host.reply()["type"] == "status"


# ---- whom hybridd believes ----------------------------------------------------------------------

def test_only_a_browser_may_have_started_it():
    """The table that is installed: the program is right, but who has started it is no browser."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can make a program that is trusted")
    with Lab(BUILD) as lab:
        with Host(lab.environment(), lab.program) as host:
            host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
            reply = host.reply()
            assert (reply["error"], reply["cause"]) == ("SecurityError", "caller-refused"), reply
        # A program of the same name, somewhere else.
        impostor = lab.folder / "hybrid-native-host"
        shutil.copyfile(PROGRAM, impostor)
        impostor.chmod(0o755)
        with Host(lab.environment(), impostor) as host:
            host.send(id=1, type="create", origin=ORIGIN, options=CREATE)
            assert host.reply()["cause"] == "caller-refused"


if __name__ == "__main__":
    sys.exit(Once(World).run(dict(globals())))
