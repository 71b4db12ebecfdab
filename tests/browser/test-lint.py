#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Mozilla's linter, the one behind `web-ext lint`: no error, no warning, no notice."""

import json
import pathlib
import subprocess
import sys
import tempfile

from lab import ROOT, npm, tap

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")


def linter():
    """The program, installed as the lock file says."""
    folder = BUILD / "tests" / "browser" / "linter"
    npm.install(ROOT / "tests" / "browser", folder)
    return folder / "node_modules" / ".bin" / "addons-linter"


def lint(path):
    """What it has to say of an add-on."""
    done = subprocess.run([*npm.NODE, str(linter()), "--output=json", str(path)],
                          capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_the_add_on_is_clean():
    [built] = (BUILD / "browser").glob("*.xpi")
    found = lint(built)
    assert found["summary"] == {"errors": 0, "notices": 0, "warnings": 0}, found


def test_the_linter_would_find_something():
    with tempfile.TemporaryDirectory() as folder:
        bad = pathlib.Path(folder)
        (bad / "manifest.json").write_text(json.dumps(
            {"manifest_version": 3, "name": "bad", "version": "1", "permissions": ["nonsense"],
             "background": {"scripts": ["bad.js"]}}), encoding="utf-8")
        (bad / "bad.js").write_text("eval('1'); document.body.innerHTML = name;", encoding="utf-8")
        summary = lint(bad)["summary"]
        assert summary["warnings"] + summary["errors"] > 1, summary


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
