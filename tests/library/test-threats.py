#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""SECURITY.md names tests that show that a threat is held: each of them exists."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

N_ROWS_MIN = 18
DEFINITION = {".py": r"^def ({})\(", ".c": r"^START_TEST\(({})\)"}


def rows(text):
    """Threat → what stands in the last column of its row."""
    table = text.partition("| threat |")[2].partition("\n\n")[0].splitlines()[2:]
    return {line.split(" | ")[0].lstrip("| "): line.rstrip("| ").rpartition(" | ")[2]
            for line in table}


def missing(shown_by):
    """The tests of a row that do not exist; "nothing" if it names none."""
    found = []
    for part in shown_by.split("; "):
        path, _, names = part.partition(": ")
        source = ROOT / path
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        pattern = DEFINITION.get(source.suffix, "(?!)({})")
        found += [f"{path}: {name}" for name in names.split(", ")
                  if not re.search(pattern.format(re.escape(name)), text, re.M)]
    return found


def test_each_threat_has_its_tests():
    table = rows((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(table) >= N_ROWS_MIN, table.keys()
    wrong = {threat: missing(shown_by) for threat, shown_by in table.items()}
    assert not any(wrong.values()), {threat: tests for threat, tests in wrong.items() if tests}


def test_what_is_missing_is_found():
    assert missing("tests/library/test-threats.py: test_each_threat_has_its_tests") == []
    for odd in ("tests/library/test-threats.py: test_of_nothing", "tests/none.py: test_rows", "-",
                "SECURITY.md: test_rows"):
        assert missing(odd), odd


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
