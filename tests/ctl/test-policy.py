#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridctl policy: what is in force and why, and what is wrong with a file, line by line."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

HYBRIDCTL = sys.argv[1]
EXAMPLE = ROOT / "policy-examples" / "entra-id.conf"


def policy(*arguments, status=0, **options):
    """Runs hybridctl policy; returns what it says on both outputs. Needs no bus."""
    environment = {name: value for name, value in os.environ.items() if "DBUS" not in name}
    done = subprocess.run([HYBRIDCTL, "policy", *map(str, arguments)], capture_output=True,
                          text=True, check=False, env=environment, timeout=20,
                          stdin=subprocess.DEVNULL, **options)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


class Folder:
    """A folder of policy files, in one that only root can write to if root runs the tests."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="hybridctl-policy-")
        self.path = pathlib.Path(self.temporary.name)
        self.path.chmod(0o755)

    def write(self, name, text, mode=0o644):
        """One file."""
        path = self.path / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()


def needs_root():
    """Of others than root there are no policy files."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can make a policy")


# ---- check --------------------------------------------------------------------------------------

def test_check_a_good_file():
    with Folder() as folder:
        path = folder.write("mine.conf", "[rp]\nallow = *.contoso.com\n", mode=0o600)
        said, complaints = policy("check", path)
        assert said == "There is nothing wrong with it.\n" and complaints == ""
        said, _ = policy("check", "--json", path)
        assert json.loads(said) == {
            "event": "policy", "files": [{"path": str(path)}], "broken": False, "problems": [],
            "rules": [{"section": "rp", "key": "allow", "value": "*.contoso.com",
                       "path": str(path), "line": 2}]}, said
        assert said.startswith('{"event"') and said.count("\n") == 1


def test_check_a_bad_file():
    with Folder() as folder:
        path = folder.write("bad.conf", "[rp]\nallow = A\n\nalow = b\n[tunnel]\nallow-domains\n")
        said, complaints = policy("check", path, status=1)
        assert said == ""
        lines = complaints.splitlines()
        assert [line.split(": ")[1] for line in lines] == [f"{path}:{n}" for n in (2, 4, 6)], lines
        assert "[rp] alow: there is no such key" in lines[1]
        said, _ = policy("check", "--json", path, status=1)
        found = json.loads(said)
        assert found["broken"] and [p["line"] for p in found["problems"]] == [2, 4, 6]


def test_check_as_anybody():
    needs_root()
    with Folder() as folder:
        path = folder.write("mine.conf", "[rp]\ndeny = *\n")
        os.chown(path, 1000, 1000)
        done = subprocess.run(["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--",
                               HYBRIDCTL, "policy", "check", path], capture_output=True, text=True,
                              check=False)
        if done.returncode in (126, 127):
            raise tap.Skip("another user cannot start the build's hybridctl")
        assert done.returncode == 0, done.stderr


def test_check_what_is_not_there():
    _, complaints = policy("check", "/nonexistent.conf", status=1)
    assert complaints.startswith("hybridctl: /nonexistent.conf: No such file"), complaints
    _, complaints = policy("check", "/", status=1)
    assert "directory" in complaints


def test_the_example_is_good():
    policy("check", EXAMPLE)


# ---- show ---------------------------------------------------------------------------------------

def test_show_nothing():
    _, complaint = policy("show", "--folder=/nonexistent", status=1)
    assert "No such file" in complaint, complaint
    _, complaint = policy("show", "--folder=policy", status=2)
    assert "absolute path" in complaint, complaint
    said, _ = policy("show", "--folder=/usr/share/misc")
    assert said == "No file: nothing is restricted.\n"
    said, _ = policy("show", "--folder=/usr/share/misc", "--json")
    assert json.loads(said)["rules"] == [] and json.loads(said)["files"] == []


def test_show_what_is_in_force():
    needs_root()
    with Folder() as folder:
        main = folder.write("policy.conf", "[rp]\nregistration = yes\n[linking]\nmax-age = 90d\n")
        example = folder.write("policy.d/10.conf", EXAMPLE.read_text(encoding="utf-8"))
        strict = folder.write("policy.d/20.conf", "[rp]\nregistration = no\n")
        theirs = folder.write("policy.d/30.conf", "[rp]\ndeny = *\n", mode=0o664)
        said, _ = policy("show", f"--folder={folder.path}")
        for words in (f"{main}\n", f"{theirs}: IGNORED, others than root may write to it\n",
                      "  allow = login.microsoft.com\n", "  registration = no\n      "
                      f"({strict}:2)\n", "[Microsoft Authenticator (iOS)]", "no proof",
                      "  max-age = 2160h\n", "  allow-hashed-domains = no\n"):
            assert words in said, (words, said)
        assert "deny" not in said

        said, _ = policy("show", f"--folder={folder.path}", "--json")
        found = json.loads(said)
        assert found["files"][3] == {"path": str(theirs),
                                     "ignored": "others than root may write to it"}, found
        values = {(rule["section"], rule["key"]): rule for rule in found["rules"]}
        assert values["rp", "registration"]["path"] == str(strict)
        assert values["rp", "allow"]["path"] == str(example)


def test_show_what_is_broken():
    needs_root()
    with Folder() as folder:
        path = folder.write("policy.conf", "[rp]\ndeny =\n")
        said, _ = policy("show", f"--folder={folder.path}", status=1)
        assert f"Nothing is allowed before this is mended:\n  {path}:2: [rp] deny" in said, said
        said, _ = policy("show", f"--folder={folder.path}", "--json", status=1)
        assert json.loads(said)["broken"]


# ---- the command line ---------------------------------------------------------------------------

def test_wrong_usage():
    for arguments in ((), ("list",), ("show", "more"), ("check",), ("check", "a", "b"),
                      ("check", "--folder=/", "a"), ("show", "--magic"), ("show", "--folder")):
        said, complaints = policy(*arguments, status=2)
        assert said == "" and complaints.count("\n") == 1, (arguments, complaints)
        assert complaints.startswith("hybridctl: ") and "--help" in complaints, complaints


def test_help():
    said, _ = policy("--help")
    assert "policy check" in said and said == policy("show", "--help")[0]
    done = subprocess.run([HYBRIDCTL, "--help"], capture_output=True, text=True, check=True)
    assert "  policy " in done.stdout


def test_output_that_is_lost_is_told():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([HYBRIDCTL, "policy", "show", "--folder=/usr/share/misc"], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "standard output" in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
