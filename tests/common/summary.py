#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts the single tests in a JUnit file that meson wrote; says why any was skipped."""

import re
import sys
import xml.etree.ElementTree as ET


def reason_of(case):
    """Why a test was skipped; a program that skips all of its tests says so in its TAP."""
    text = case.find("skipped").get("message") or case.findtext("skipped")
    if not text:
        output = case.findtext("system-out") or "no reason given"
        said = re.search(r"# SKIP (.*)", output)
        text = said[1] if said else output
    return text.strip()


REASON_LINES = 12


def failures_in(suite):
    """What a program's TAP said below each "not ok": {"2 - name": [line, ...]}."""
    said, lines = {}, None
    for line in (suite.findtext("system-out") or "").splitlines():
        if line.startswith("not ok "):
            lines = said.setdefault(line.removeprefix("not ok ").strip(), [])
        elif line.startswith("#") and lines is not None:
            lines.append(line.removeprefix("#").removeprefix(" "))
        else:
            lines = None
    return said


def report(case, suite):
    """Says that a test failed, and the end of what it said of the reason."""
    print(f"failed: {case.get('classname', '')} {case.get('name', '')}")
    lines = failures_in(suite).get(case.get("name", ""))
    if lines is None:
        lines = (suite.findtext("system-err") or "").splitlines()
    for line in lines[-REASON_LINES:]:
        print(f"    {line}")


def main(path):
    """Prints the count; the exit status tells whether all is well."""
    passed = failed = 0
    skipped = []
    for suite in ET.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                report(case, suite)
            elif case.find("skipped") is not None:
                name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
                skipped.append((name, reason_of(case)))
            else:
                passed += 1
    for name, reason in skipped:
        print(f"skipped: {name}: {reason}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
