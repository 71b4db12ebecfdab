#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How much of libhybrid its own tests reach: the suites unit, rig and library, and the corpora of the
fuzz targets, all without network, bus or radio.

    tests/coverage.py [--write] [BUILD]

Builds with coverage in BUILD (build-coverage), runs them, and prints lines, functions and branches of
each module, with the goals. --write puts the table into docs/coverage.md."""

import itertools
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUITES = ("unit", "rig", "fuzz")
MODULES = ("base", "crypto", "wire", "session", "webauthn")
TABLE = ROOT / "docs" / "coverage.md"
LINES_GOAL, FUNCTIONS_GOAL, MODULE_GOAL = 96, 98, 90

HEAD = """# Coverage of libhybrid

What the suites `unit` and `rig` and the corpora of the fuzz targets reach together; written by
`tests/coverage.py --write`. Goals: {} % of the lines and {} % of the functions of the whole, {} % of the
lines of each module. For comparison, libfido2 says 92.2 and 95.7 of itself.

| module | lines | functions | branches |
| --- | ---: | ---: | ---: |
"""


def run(*command, quiet=True):
    """Runs a command that has to succeed."""
    done = subprocess.run(list(map(str, command)), capture_output=quiet, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(build, *targets):
    """Has programs that count, all or some of them, with nothing counted yet."""
    if not (build / "build.ninja").exists():
        run("meson", "setup", "-Db_coverage=true", "--buildtype=debug", build, ROOT)
    run("ninja", "-C", build, *targets)
    for data in build.rglob("*.gcda"):
        data.unlink()


def capture(build, *folders):
    """lcov's report of sources in these folders."""
    info = build / "coverage.info"
    words = itertools.chain(*(("--directory", build / folder) for folder in folders))
    run("lcov", "--quiet", "--capture", "--rc", "lcov_branch_coverage=1", *words,
        "--output-file", info)
    return info.read_text(encoding="utf-8")


def measure(build):
    """lcov's report of the sources of libhybrid."""
    prepare(build)
    run("meson", "test", "-C", build, "--no-rebuild", *(f"--suite={suite}" for suite in SUITES))
    return capture(build, "libhybrid")


def count(report, module):
    """{module: [lines hit, lines, functions hit, functions, branches hit, branches]}; `module` is a
    pattern for the path of a source, whose group is its module."""
    kinds = (r"^DA:\d+,(\d+)", r"^FNDA:(\d+),", r"^BRDA:(?:\d+,){3}(\d+|-)")
    counts = {}
    for record in report.split("end_of_record"):
        path = re.search(rf"^SF:{module}", record, re.M)
        if path:
            row_of_module = counts.setdefault(path.group(1), [0] * 6)
            for i, pattern in enumerate(kinds):
                times = re.findall(pattern, record, re.M)
                row_of_module[2 * i] += sum(number not in ("0", "-") for number in times)
                row_of_module[2 * i + 1] += len(times)
    return counts


def percent(hit, all_):
    """As it is shown."""
    return 100 * hit / all_


def row(name, numbers):
    """A line of the table."""
    cells = (f"{percent(*numbers[i:i + 2]):.1f} % of {numbers[i + 1]}" if numbers[i + 1] else "–"
             for i in (0, 2, 4))
    return f"| {name} | {' | '.join(cells)} |\n"


def main():
    words = [word for word in sys.argv[1:] if word != "--write"]
    if any(word.startswith("-") for word in words) or len(words) > 1:
        sys.exit(__doc__)
    if not shutil.which("lcov"):
        sys.exit("coverage.py: needs lcov (package lcov)")
    report = measure(pathlib.Path(words[0] if words else ROOT / "build-coverage").resolve())
    counts = count(report, r".*/libhybrid/(\w+)/")
    counts = {module: counts[module] for module in MODULES}
    total = [sum(column) for column in zip(*counts.values())]
    table = HEAD.format(LINES_GOAL, FUNCTIONS_GOAL, MODULE_GOAL)
    table += "".join(row(name, numbers) for name, numbers in counts.items())
    table += row("all", total)
    print("".join(f"# {line}\n" for line in table.splitlines()[7:]), end="")
    if "--write" in sys.argv:
        TABLE.write_text(table, encoding="utf-8")

    goals = [("lines of libhybrid", percent(*total[:2]), LINES_GOAL),
             ("functions of libhybrid", percent(*total[2:4]), FUNCTIONS_GOAL)]
    goals += [(f"lines of {name}", percent(*numbers[:2]), MODULE_GOAL)
              for name, numbers in counts.items()]
    for name, value, goal in goals:
        print(f"{'ok' if value >= goal else 'not ok'} - {name}: {value:.1f} %, goal {goal} %")
    return any(value < goal for _, value, goal in goals)


if __name__ == "__main__":
    sys.exit(main())
