# SPDX-License-Identifier: MIT
"""Runs test functions and reports them as TAP, which meson counts."""

import inspect
import sys
import traceback


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def run(tests, setup=None):
    """Runs each (name, function) pair; returns the number of failures for sys.exit()."""
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        try:
            function(setup()) if setup and inspect.signature(function).parameters else function()
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except BaseException as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
            if isinstance(error, KeyboardInterrupt):
                sys.exit(1)
    return 1 if failed else 0


def collect(namespace):
    """All test_* functions of a module, in the order they stand in."""
    return [(name[len("test_"):].replace("_", " "), function)
            for name, function in namespace.items()
            if name.startswith("test_") and callable(function)]
