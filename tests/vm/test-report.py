#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""report.py: no result of the guest's may get lost, and no failure may look like a success."""

import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from report import Report  # noqa: E402


def written(*programs, status="0"):
    """What becomes of programs' output: the lines that count, and the exit status."""
    out = io.StringIO()
    report = Report(out)
    for text in programs:
        report.begin()
        for line in text.splitlines():
            report.line(line)
        report.end("p", status)
    exit_status = report.finish()
    return [line for line in out.getvalue().splitlines() if not line.startswith("#")], exit_status


def test_results_are_numbered_through():
    assert written("1..2\nok 1 - a\nok 2 - b\n", "TAP version 13\nok 1 c\n1..1\n") == (
        ["ok 1 - p: a", "ok 2 - p: b", "ok 3 - p: c", "1..3"], 0)


def test_failures_fail():
    assert written("1..2\nok 1 - a\nnot ok 2 - b\n", status="1") == (
        ["ok 1 - p: a", "not ok 2 - p: b", "1..2"], 1)
    assert written("1..1\nnot ok 1 - a\n") == (["not ok 1 - p: a", "1..1"], 1)


def test_skips_are_passed_on_with_their_reasons():
    assert written("1..1\nok 1 - a # SKIP no b\n") == (["ok 1 - p: a # SKIP no b", "1..1"], 0)
    assert written("1..0 # SKIP no c\n") == (["ok 1 - p: all # SKIP no c", "1..1"], 0)


def test_a_description_may_have_a_hash():
    assert written("1..1\nok 1 - a #1 of 2\n") == (["ok 1 - p: a #1 of 2", "1..1"], 0)


def test_missing_results_are_a_failure():
    for text in ("1..2\nok 1 - a\n", "1..1\nok 1 - a\nok 2 - b\n", "ok 1 - a\n", "", "1..0\n",
                 "1..1\nok 1 - a\nBail out! no more\n"):
        lines, status = written(text)
        assert status == 1, text
        assert any(line.startswith("not ok ") for line in lines), lines


def test_a_bad_end_is_a_failure():
    for status in ("1", "-11", "late"):
        lines, exit_status = written("1..1\nok 1 - a\n", status=status)
        assert exit_status == 1
        assert lines[0] == "ok 1 - p: a" and lines[1].startswith("not ok 2 - p: "), lines


def test_other_lines_become_comments():
    out = io.StringIO()
    report = Report(out)
    report.begin()
    for line in ("1..1", "# one", "two", "@three", "ok 1 - a"):
        report.line(line)
    report.end("p", "0")
    assert out.getvalue() == "# one\n# two\n# @three\nok 1 - p: a\n", out.getvalue()


def test_a_program_that_is_run_again_counts_once():
    out = io.StringIO()
    report = Report(out)
    report.begin()
    report.line("1..2")
    report.line("not ok 1 - a")
    report.begin()
    for line in ("1..2", "ok 1 - a", "ok 2 - b"):
        report.line(line)
    assert report.end("p", "0")
    assert report.finish() == 0
    assert out.getvalue().splitlines() == ["ok 1 - p: a", "ok 2 - p: b", "1..2"]


def test_a_program_that_never_ran_is_a_failure():
    out = io.StringIO()
    report = Report(out)
    report.fail("p", "the guest died")
    assert report.finish() == 1
    assert out.getvalue().splitlines() == ["not ok 1 - p: the guest died", "1..1"]


def test_nothing_at_all_is_a_failure():
    assert Report(io.StringIO()).finish() == 1


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
