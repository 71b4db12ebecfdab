#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hybridctl demo, which is all of it from end to end. Arguments: hybridctl."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))

import tap  # noqa: E402

STATES = ["preflight", "waiting-for-scan", "connecting", "continue-on-phone", "done"]
STEPS = ["waiting", "shown", "scanned", "tunnel-open", "advertising", "heard", "joined", "secure",
         "command", "answered", "done"]


class Place:
    """A folder that the demonstration makes its own in."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="demo-"))
        self.environment = dict(os.environ, TMPDIR=str(self.folder))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments, status=0, program=None, **environment):
        """Runs it to its end."""
        run = subprocess.run([program or sys.argv[1], "demo", *arguments], capture_output=True,
                             env=dict(self.environment, **environment), text=True, timeout=60,
                             check=False)
        assert run.returncode == status, f"exit status {run.returncode}: {run.stdout} {run.stderr}"
        return run

    def is_empty(self):
        """Nothing was left behind."""
        return os.listdir(self.folder) == []

    def processes(self):
        """Those that have the folder in their arguments, by id."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if any(str(self.folder) in argument for argument in arguments):
                found[int(path.parent.name)] = arguments
        return found


def events(text):
    """The JSON lines of an output."""
    return [json.loads(line) for line in text.splitlines()]


def proves_all(profile, *arguments):
    """The demonstration with this phone."""
    with Place() as place:
        begun = time.monotonic()
        run = place.run("--json", f"--profile={profile}", *arguments)
        seconds = time.monotonic() - begun
        assert place.is_empty() and not place.processes()
    lines = events(run.stdout)
    assert "FIDO:/" not in run.stdout + run.stderr
    for operation in ("create", "get"):
        own = [line for line in lines if line.get("operation") == operation]
        assert [line["state"] for line in own if line["event"] == "state"] == STATES, own
        steps = [line["step"] for line in own if line["event"] == "step"]
        assert sorted(steps) == sorted(STEPS), steps
        names = [line["event"] for line in own]
        assert names.count("qr-changed") == names.count("qr-withdrawn") == 1, names
        done = own[-1]
        assert done["event"] == "done" and done["verified"] is True, done
        assert done["authenticator"]["channel"] == "tunnel", done
        assert done["response"]["type"] == "public-key", done
    summary = lines[-1]
    assert lines[0]["event"] == "started" and summary["event"] == "summary", lines
    assert summary["verified"] is True and summary["rp_id"] == "example.com", summary
    assert set(summary["get"]["seconds"]) == {
        "starting", "waiting-for-scan", "connecting", "continue-on-phone", "total"}, summary
    assert "signature" in summary["get"]["checked"], summary
    return summary, seconds


def test_android():
    summary, _ = proves_all("android")
    assert summary["authenticator"]["name"] == "Google Password Manager", summary
    assert summary["authenticator"]["tunnel_domain"] == "cable.ua5v.com", summary


def test_iphone():
    summary, _ = proves_all("iphone")
    assert summary["authenticator"]["name"] == "Apple Passwords", summary
    assert summary["authenticator"]["tunnel_domain"] == "cable.auth.com", summary


def test_plain():
    summary, _ = proves_all("plain")
    assert "self attestation" in summary["create"]["checked"], summary


def test_linked():
    """The sign-in has no code: the phone is asked that was linked with the registration."""
    for profile in "android", "plain":
        with Place() as place:
            home = place.folder / "home"
            home.mkdir()
            run = place.run("--json", "--linked", f"--profile={profile}", HOME=str(home),
                            XDG_STATE_HOME=str(home / "state"))
            assert not list(home.iterdir()), "it has linked a phone of the person's"
            home.rmdir()
            assert place.is_empty() and not place.processes()
        assert "FIDO:/" not in run.stdout + run.stderr
        lines = events(run.stdout)
        get = [line for line in lines if line.get("operation") == "get"]
        steps = [line["step"] for line in get if line["event"] == "step"]
        assert steps[:2] == ["contacting", "rung"], steps
        assert not {"waiting", "shown", "scanned"} & set(steps), steps
        assert "qr-changed" not in [line["event"] for line in get], get
        done = get[-1]
        assert done["event"] == "done" and done["verified"] is True, done
        assert done["authenticator"]["linked"] is True, done
        summary = lines[-1]
        assert summary["linked"] is True and "signature" in summary["get"]["checked"], summary
        create = [line for line in lines if line.get("operation") == "create"]
        assert create[-1]["authenticator"]["linked"] is False, create[-1]


def test_it_is_fast():
    _, seconds = proves_all("android")
    assert seconds < 5, seconds


def test_words():
    with Place() as place:
        run = place.run()
        assert "Proven:" in run.stdout and "https://login.example.com" in run.stdout, run.stdout
        assert "FIDO:/" not in run.stdout + run.stderr
        assert not any(glyph in run.stdout + run.stderr for glyph in "▀▄█")
        assert max(map(len, (run.stdout + run.stderr).splitlines())) <= 80, run.stderr


def test_picture():
    with Place() as place:
        picture = place.folder / "code.png"
        place.run("--json", f"--qr-png={picture}")
        assert place.is_empty()


def test_folder_is_kept():
    with Place() as place:
        run = place.run("--json", "--keep", "--log-level=debug")
        folder = pathlib.Path(events(run.stdout)[-1]["folder"])
        assert folder.parent == place.folder and folder.stat().st_mode & 0o777 == 0o700
        log = (folder / "hybridd.log").read_text(encoding="utf-8")
        assert "hybridd: debug:" in log and "FIDO:/" not in log, log
        assert not place.processes()


def test_tmpdir_that_cannot_be_used():
    with Place() as place:
        for name in ("with blank", "x" * 60):
            folder = place.folder / name
            folder.mkdir()
            place.run("--json", TMPDIR=str(folder))
            assert os.listdir(folder) == []


def test_missing_bus_daemon():
    with Place() as place:
        run = place.run("--json", status=1, PATH="/nonexistent")
        assert run.stdout == "" and "hybridctl: dbus-daemon: it is not in PATH" in run.stderr, run
        assert place.is_empty() and not place.processes()


def copy_of_build(place, **programs):
    """A tree like the build, with other programs in it; returns the hybridctl of it."""
    build = pathlib.Path(sys.argv[1]).resolve().parent.parent.parent
    copy = place.folder / "build"
    for name in ("daemon/hybridd", "tools/hybrid-tunnel/hybrid-tunnel",
                 "tools/hybrid-phone/hybrid-phone", "tools/hybridctl/hybridctl"):
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        script = programs.get(path.name.replace("-", "_"), "")
        if script is None:
            continue
        if script:
            path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
            path.chmod(0o755)
        elif path.name == "hybridctl":
            shutil.copy(build / name, path)
        else:
            path.symlink_to(build / name)
    return copy / "tools/hybridctl/hybridctl"


def test_missing_programs():
    for name in ("hybridd", "hybrid-tunnel", "hybrid-phone"):
        with Place() as place:
            program = copy_of_build(place, **{name.replace("-", "_"): None})
            run = place.run(status=1, program=program)
            assert f"hybridctl: {name}: " in run.stderr, run.stderr


def test_programs_that_fail():
    for name, words in (("hybridd", "hybridd cannot be started"),
                        ("hybrid-tunnel", "hybrid-tunnel: it ended with status 3"),
                        ("hybrid-phone", "The phone failed: it ended with status 3")):
        with Place() as place:
            script = "echo no luck today >&2; exit 3\n"
            program = copy_of_build(place, **{name.replace("-", "_"): script})
            run = place.run(status=1, program=program)
            assert words in run.stderr and "no luck today" in run.stderr, run.stderr
            assert os.listdir(place.folder) == ["build"]


def begin(place, **programs):
    """A demonstration whose phone does nothing; returns it when the code is there."""
    program = copy_of_build(place, hybrid_phone="exec sleep 1000\n", **programs)
    process = subprocess.Popen([program, "demo", "--json"], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL, env=place.environment)
    while "qr-changed" not in process.stdout.readline():
        assert process.poll() is None
    return process


def test_interrupted():
    with Place() as place:
        process = begin(place)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 1
        assert events(out)[-1]["cause"] == "cancelled", out
        assert os.listdir(place.folder) == ["build"] and not place.processes()


def test_nobody_outlives_it():
    with Place() as place:
        process = begin(place)
        assert len(place.processes()) >= 3
        process.kill()
        process.communicate(timeout=20)
        deadline = time.monotonic() + 10
        while place.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not place.processes(), place.processes()


if __name__ == "__main__":
    if not shutil.which("dbus-daemon"):
        print("1..0 # SKIP dbus-daemon is not installed")
        sys.exit(0)
    sys.exit(tap.run(tap.collect(globals())))
