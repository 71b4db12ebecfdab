# SPDX-License-Identifier: MIT
"""The faults that hybrid-phone and hybrid-tunnel can have. What they lead to stands in
tests/e2e/test-faults.py, which is run from here, beside the others: most of it waits."""

import importlib.util
import pathlib
import traceback

import tap
from rows import Row

FILE = pathlib.Path(__file__).resolve().parent.parent / "e2e" / "test-faults.py"
WHEN = "in its time"
NOTHING = ([], {})


def run(build):
    """Its tests, as (name, None or what is wrong); and {(section, fault, WHEN): outcome}."""
    spec = importlib.util.spec_from_file_location("test_faults", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.BUILD = build
    tests = []
    for name, function in tap.collect(vars(module)):
        try:
            function()
            tests.append((name, None))
        except BaseException:  # pylint: disable=broad-except
            tests.append((name, traceback.format_exc()))
    sections = {"Phones (hybrid-phone --fault)": module.PHONE_FAULTS,
                "Tunnel services (hybrid-tunnel --fault)": module.TUNNEL_FAULTS}
    outcomes = {}
    if not any(problem for _, problem in tests):
        found = module.outcomes_of_all()  # which remembers
        outcomes = {(section, name, WHEN): found[name][0] or "done"
                    for section, names in sections.items() for name in names}
    return tests, outcomes


def rows(outcomes):
    """Their rows of the matrix."""
    return [Row(section, name, (when,), None, None, {}, "") for section, name, when in outcomes]


def report(name, problem):
    """The TAP of a test; whether it is well."""
    print(f"{'not ok' if problem else 'ok'} - {name}")
    for line in (problem or "").splitlines():
        print(f"#   {line}")
    return not problem
