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


def main(path):
    """Prints the count; the exit status tells whether all is well."""
    passed = failed = 0
    skipped = []
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print(f"failed: {name}")
        elif case.find("skipped") is not None:
            skipped.append((name, reason_of(case)))
        else:
            passed += 1
    for name, reason in skipped:
        print(f"skipped: {name}: {reason}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
