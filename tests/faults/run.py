#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The fault matrix: every fault in every state of a ceremony in which it can happen.

    tests/faults/run.py [--write] [--only=TEXT] [BUILD]

Each case has a hybridd of its own. It has to end within its time as docs/faults.md says, nothing may be
left of it, and the next ceremony has to work. --write puts what was found into docs/faults.md instead;
read the difference before you keep it. --only runs the rows that have this text in their names."""

import asyncio
import collections
import concurrent.futures
import itertools
import multiprocessing
import os
import pathlib
import subprocess
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import kernel  # noqa: E402
import lab  # noqa: E402
import machine  # noqa: E402
import matrix  # noqa: E402
import names  # noqa: E402
import namespace  # noqa: E402
import peers  # noqa: E402
import wire  # noqa: E402

AT_ONCE = 16  # cases; most of them wait
ROWS = list(itertools.chain(*machine.TABLES, *kernel.TABLES, *names.TABLES, *wire.TABLES))
WORLDS = []   # the one that the processes of cases inherit
Found = collections.namedtuple("Found", "outcome seconds problem")


async def run_case(world, row, state):
    """One case: (how it ended, after how many seconds)."""
    async with lab.Case(world, state, **row.options) as case:
        await case.reach()
        start = time.monotonic()
        limit = row.limit(state)
        try:
            outcome = await asyncio.wait_for(row.strike(case, state), limit + 5)
        except asyncio.TimeoutError:
            raise AssertionError(f"no end within {limit} s") from None
        seconds = time.monotonic() - start
        assert seconds <= limit, f"it took {seconds:.1f} s, and may take {limit}"
        await case.nothing_left()
        await case.next_works()
        return outcome, seconds


def run_one(number, state):
    """The same in a process of its own; never raises."""
    try:
        outcome, seconds = asyncio.run(run_case(WORLDS[0], ROWS[number], state))
        return Found(outcome, seconds, None)
    except BaseException:  # pylint: disable=broad-except
        return Found("it fails", 0.0, traceback.format_exc())


def works(*command):
    """Whether a command does, which is tried on nothing."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def missing(world):
    """What rows may need and this build or machine has not: {need: why not}."""
    lacks = {}
    if world.sanitized:
        lacks["no sanitizer"] = lacks["strace"] = "a sanitizer does not live with limits, nor under strace"
    elif os.geteuid() != 0 or not works("strace", "--output=/dev/null", "true"):
        lacks["strace"] = "only root may trace hybridd, if anybody"
    if not works("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"):
        lacks["mounts"] = "only root may mount"
    if not namespace.possible(world.folder):
        lacks["network"] = "only root may make a network, and with IPv6 and veth only"
    return lacks


def why_not(row, lacks):
    """Why a row is left out; None if it is not."""
    return next((lacks[need] for need in row.needs.split(" and ") if need in lacks), None)


def run_all(build, rows, with_peers):
    """{(number of the row, state): Found}, {number: why it was left out}, what peers.run() returns."""
    world = lab.World(build)
    WORLDS.append(world)
    lacks = missing(world)
    try:
        left_out = {number: why_not(ROWS[number], lacks) for number in rows
                    if why_not(ROWS[number], lacks)}
        cases = [(number, state) for number in rows if number not in left_out
                 for state in ROWS[number].states]
        # Those that take longest first.
        cases.sort(key=lambda case: -ROWS[case[0]].limit(case[1]))
        context = multiprocessing.get_context("fork")
        with concurrent.futures.ProcessPoolExecutor(AT_ONCE, context) as pool:
            of_peers = pool.submit(peers.run, build) if with_peers else None
            tasks = {case: pool.submit(run_one, *case) for case in cases}
            found = {case: task.result() for case, task in tasks.items()}
            return found, left_out, of_peers.result() if with_peers else peers.NOTHING
    finally:
        world.close()


def report(number, found, expected, write):
    """The TAP of a row; whether it is well."""
    row = ROWS[number]
    wrong = []
    for state in row.states:
        outcome, seconds, problem = found[number, state]
        print(f"# {row.name}, {state}: {outcome} after {seconds:.1f} s")
        wanted = expected.get((row.section, row.name, state))
        if problem:
            wrong.append(f"{state}: {problem}")
        elif wanted != outcome and not write:
            wrong.append(f"{state}: ended with {outcome!r}, docs/faults.md has {wanted!r}")
    print(f"{'not ok' if wrong else 'ok'} - {row.section}: {row.name}")
    for line in "\n".join(wrong).splitlines():
        print(f"#   {line}")
    return not wrong


def main():
    """See above."""
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    only = next((word.removeprefix("--only=") for word in options if word.startswith("--only=")), "")
    if len(words) > 1 or any(word != "--write" and not word.startswith("--only=")
                             for word in options):
        sys.exit(__doc__)
    write = "--write" in options
    build = pathlib.Path(words[0] if words else ROOT / "build").resolve()
    rows = [number for number, row in enumerate(ROWS) if only in f"{row.section}: {row.name}"]

    start = time.monotonic()
    found, left_out, (tests, outcomes) = run_all(build, rows, with_peers=not only)
    expected = matrix.read()
    print(f"1..{len(rows) + len(tests)}")
    good = True
    for name, problem in tests:
        good &= peers.report(name, problem)
    for number in rows:
        if number in left_out:
            print(f"ok - {ROWS[number].section}: {ROWS[number].name} # SKIP {left_out[number]}")
        else:
            good &= report(number, found, expected, write)
    print(f"# {len(found) + len(outcomes)} cases in {time.monotonic() - start:.0f} s")
    if write and good and not only and not left_out:
        found_in_all = {(ROWS[number].section, ROWS[number].name, state): result.outcome
                        for (number, state), result in found.items()}
        matrix.write(ROWS + peers.rows(outcomes), {**found_in_all, **outcomes})
    return 0 if good else 1


if __name__ == "__main__":
    os.environ.pop("NOTIFY_SOCKET", None)
    sys.exit(main())
