#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hybridctl create and get with hybridd, hybrid-tunnel and hybrid-phone. Argument: the build."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tap  # noqa: E402
from desk import Desk, Lines, wait_until  # noqa: E402

BUILD = pathlib.Path(sys.argv[1])
SITE = ("--origin=https://login.example.com", "--rp=example.com")


class Site(Desk):
    """A desk with the real thing on it."""

    def __init__(self):
        super().__init__(str(BUILD / "tools/hybridctl/hybridctl"), None, with_daemon=False)
        ether = self.folder / "ether"
        ether.mkdir()
        tunnel = self._start([BUILD / "tools/hybrid-tunnel/hybrid-tunnel", "--quiet",
                              "--listen=127.0.0.1:0", f"--self-signed={self.folder}"])
        first = Lines(tunnel.stdout.fileno()).expect("listening .*\n")
        self.address = first.split()[1]
        config = self.folder / "hybridd.conf"
        config.write_text(
            f"[bluetooth]\nbackend = loopback\nloopback-dir = {ether}\n[daemon]\nidle-exit = 0\n"
            f"[test]\ncallers = any\nresolve = cable.ua5v.com={self.address}\n"
            f"ca-file = {self.folder}/ca.pem\n", encoding="utf-8")
        self._start([BUILD / "daemon/hybridd", "--allow-test-config", f"--config={config}"],
                    env=self.environment(), stderr=subprocess.DEVNULL)
        wait_until(self._daemon_is_there)

    def _daemon_is_there(self):
        run = subprocess.run(["dbus-send", "--session", "--print-reply", "--type=method_call",
                              "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus.NameHasOwner", "string:org.hybridd.Hybrid1"],
                             env=self.environment(), capture_output=True, text=True, check=False)
        return "true" in run.stdout

    def scan(self, picture):
        """The phone scans what is in a picture."""
        self._start([BUILD / "tools/hybrid-phone/hybrid-phone", "scan", "--quiet",
                     f"--qr-png={picture}", f"--connect={self.address}",
                     f"--ca={self.folder}/ca.pem", f"--ble=loopback:{self.folder}/ether",
                     f"--store={self.folder}/phone", "--approve=yes"], stderr=subprocess.DEVNULL)

    def ceremony(self, command, *arguments, status=0):
        """A whole one; returns its last event and what was on stderr."""
        picture = self.folder / "code.png"
        run = self.run(command, *SITE, f"--qr-png={picture}", "--json", *arguments)
        wait_until(picture.exists)
        self.scan(picture)
        out, err = run.end(status)
        assert not picture.exists()
        return json.loads(out.splitlines()[-1]), err

    def keys(self):
        """The files of the key store."""
        return sorted((self.state / "hybridctl").glob("*.json"))


def test_registration_and_sign_in():
    with Site() as site:
        created, _ = site.ceremony("create", "--user=alice")
        assert created["event"] == "done" and created["verified"] is True, created
        assert created["authenticator"]["name"] == "hybrid-phone (virtual phone)", created
        assert len(site.keys()) == 1
        key = json.loads(site.keys()[0].read_text(encoding="utf-8"))
        assert key["rpId"] == "example.com" and key["userName"] == "alice", key
        assert key["credentialId"] == created["response"]["id"], key
        assert stat.S_IMODE(site.keys()[0].stat().st_mode) == 0o600

        signed_in, _ = site.ceremony("get")
        assert signed_in["verified"] is True, signed_in
        assert signed_in["response"]["id"] == created["response"]["id"], signed_in
        after = json.loads(site.keys()[0].read_text(encoding="utf-8"))
        assert after["signCount"] > key["signCount"], (key, after)


def test_signature_counter_that_went_back():
    with Site() as site:
        site.ceremony("create")
        path = site.keys()[0]
        key = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(dict(key, signCount=1000)), encoding="utf-8")
        failed, _ = site.ceremony("get", status=1)
        assert failed["cause"] == "not-verified" and "counter" in failed["message"], failed
        assert json.loads(path.read_text(encoding="utf-8"))["signCount"] == 1000


def test_key_of_another_passkey():
    with Site() as site:
        site.ceremony("create", "--user=alice")
        alice = site.keys()[0]
        key = json.loads(alice.read_text(encoding="utf-8"))
        site.ceremony("create", "--user=bob")
        bob = json.loads([path for path in site.keys() if path != alice][0].read_text("utf-8"))
        alice.write_text(json.dumps(dict(key, publicKey=bob["publicKey"])), encoding="utf-8")
        for path in site.keys():
            if path != alice:
                path.unlink()
        failed, _ = site.ceremony("get", status=1)
        assert failed["cause"] == "not-verified" and "signature" in failed["message"], failed


def test_passkey_that_is_not_known():
    with Site() as site:
        site.ceremony("create")
        shutil.rmtree(site.state)
        done, _ = site.ceremony("get")
        assert done["event"] == "done" and done["verified"] is False, done
        assert not site.state.exists()


def test_same_name_is_the_same_account():
    with Site() as site:
        site.ceremony("create", "--user=alice")
        site.ceremony("create", "--user=alice")
        site.ceremony("create", "--user=bob")
        handles = [json.loads(path.read_text(encoding="utf-8"))["userHandle"]
                   for path in site.keys()]
        assert len(handles) == 3 and len(set(handles)) == 2, handles


def test_prf():
    with Site() as site:
        site.ceremony("create", "--prf=salt")
        results = []
        for text in ("salt", "salt", "pepper"):
            done, _ = site.ceremony("get", f"--prf={text}")
            results.append(done["response"]["clientExtensionResults"]["prf"]["results"]["first"])
        assert results[0] == results[1] != results[2], results


def test_phone_without_the_passkey():
    with Site() as site:
        site.ceremony("create")
        shutil.rmtree(site.folder / "phone")
        picture = site.folder / "code.png"
        run = site.run("get", *SITE, f"--qr-png={picture}")
        wait_until(picture.exists)
        site.scan(picture)
        _, err = run.end(1)
        assert "There is no passkey for example.com" in err and str(site.state) in err, err


def test_failures_are_in_the_persons_language():
    """And for programs in English: here because there is no hybridd on the bus."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "de",
                   "HYBRIDD_LOCALE_FOLDER": str(BUILD / "po")}

    def get(*options):
        return subprocess.run(
            ["dbus-run-session", "--", BUILD / "tools/hybridctl/hybridctl", "get", *SITE, *options],
            env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    said = get()
    assert said.returncode == 1, said
    assert "Anmeldung: hybridd ist nicht erreichbar. Installieren Sie es" in said.stderr, said
    event = json.loads(get("--json").stdout.splitlines()[-1])
    assert event["message"].startswith("hybridd cannot be reached. Install it"), event


if __name__ == "__main__":
    missing = [name for name in ("dbus-daemon", "dbus-send") if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP {missing[0]} is not installed")
        sys.exit(0)
    sys.exit(tap.run(tap.collect(globals())))
