#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What run.sh has tried so far with one build, as a table.

    tests/fuzz/record.py [--write] [BUILD [COVERAGE]]

Adds up tests/fuzz/history and the runs that run.sh has made in BUILD (build-fuzz), and measures in COVERAGE
(build-coverage) how much of the code the inputs reach that it has found. Prints both as tables; --write puts
them into docs/fuzzing.md, and moves the runs from BUILD into tests/fuzz/history: what has been tried is known
when the build is gone."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
# pylint: disable=wrong-import-position
import coverage  # noqa: E402

FUZZ = ROOT / "tests" / "fuzz"
HISTORY = FUZZ / "history"
RECORD = ROOT / "docs" / "fuzzing.md"

HEAD = """# Fuzzing

What libFuzzer has tried, one process at a time, under AddressSanitizer, LeakSanitizer and UBSan; written
by `tests/fuzz/record.py --write` from the runs of `tests/fuzz/run.sh`, which stand in
[tests/fuzz/history](../tests/fuzz/history). Each run begins with the seeds and with the inputs that the runs
of the same build found before it. *Edges* are the branches between lines of the program that were taken, as
libFuzzer counts them; *seconds* are of processor time (in the first line of each target's history, of the
clock). *Findings* are runs that ended with a report or with an input that took longer than 10 seconds; what
was found before this record began stands in the corpora, mended. CI fuzzes each target for a minute more,
and tries all corpora, in every run. The goal is an hour for each target.

| target | what it gets | seeds | executions | seconds | edges | findings |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
"""

HISTORY_HEAD = """# SPDX-License-Identifier: MIT
# target, date, executions, seconds, edges, findings
"""

REACHED = """
## Reached

What the seeds and all inputs that were found reach of the files in which they reach anything. What the
suites reach besides is in [coverage.md](coverage.md).

| folder | lines | functions | branches |
| --- | ---: | ---: | ---: |
"""


class Runs:
    """What was tried with one target on one day: a line of the history, without its name."""

    def __init__(self, line):
        self.date, *numbers = line.split()
        self.executions, self.seconds, self.edges, self.findings = map(int, numbers)

    def __str__(self):
        return f"{self.date} {self.executions} {self.seconds} {self.edges} {self.findings}"


def log_of(build, target):
    """Where run.sh keeps the runs that it made: lines of "DATE EXECUTIONS SECONDS EDGES OUTCOME"."""
    return build / "fuzzing" / target / "history"


def read_log(build, target):
    """The runs that one build has made of a target, a sum for each day."""
    path, days = log_of(build, target), {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        date, executions, seconds, edges, outcome = line.split()
        day = days.setdefault(date, Runs(f"{date} 0 0 0 0"))
        day.executions += int(executions)
        day.seconds += int(seconds)
        day.edges = max(day.edges, int(edges))
        day.findings += outcome != "ok"
    return list(days.values())


def read_history():
    """{target: its runs, oldest first}, of what was tried before."""
    history = {}
    for line in HISTORY.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            target, runs = line.split(" ", 1)
            history.setdefault(target, []).append(Runs(runs))
    return history


def write_history(history):
    """Writes it, a line for each target, build and day."""
    lines = (f"{target} {runs}\n" for target, all_runs in history.items() for runs in all_runs)
    HISTORY.write_text(HISTORY_HEAD + "".join(lines), encoding="utf-8")


def describe(target):
    """The first sentence of the comment that a target begins with."""
    text = (FUZZ / f"fuzz-{target}.c").read_text(encoding="utf-8")
    comment = text.split("/*")[2].split("*/")[0]
    words = " ".join(word for word in comment.split() if word != "*")
    return words.replace("|", "or").split(". ")[0].rstrip(".")


def cells(target, runs):
    """What a row says of a target."""
    seeds = len(list((FUZZ / "corpus" / target).iterdir()))
    return (f"{seeds}", f"{sum(run.executions for run in runs):,}",
            f"{sum(run.seconds for run in runs):,}", f"{max(run.edges for run in runs):,}",
            f"{sum(run.findings for run in runs)}")


def measure(targets, build, counting):
    """{folder: counts as coverage.count() has them}, of what seeds and found inputs reach."""
    coverage.prepare(counting, *(f"tests/fuzz/corpus-{target}" for target in targets))
    for target in targets:
        for inputs in (FUZZ / "corpus" / target, build / "fuzzing" / target / "corpus"):
            if inputs.is_dir() and any(inputs.iterdir()):
                coverage.run(counting / "tests" / "fuzz" / f"corpus-{target}", inputs)
    report = coverage.capture(counting, "browser", "ceremony", "daemon", "io", "libhybrid")
    records = [record for record in report.split("end_of_record")
               if re.search(r"^DA:\d+,[1-9]", record, re.M)]
    counts = coverage.count("end_of_record".join(records), rf"{ROOT}/(.*)/[^/]+\.c$")
    return dict(sorted(counts.items()))


def make_record(histories, reached):
    """The page."""
    page = HEAD
    for target, runs in histories.items():
        page += f"| {target} | {describe(target)} | {' | '.join(cells(target, runs))} |\n"
    all_runs = [run for runs in histories.values() for run in runs]
    dates = sorted(run.date for run in all_runs)
    page += (f"\n{len(histories)} targets, {sum(run.executions for run in all_runs):,} executions in "
             f"{sum(run.seconds for run in all_runs) / 3600:.1f} hours, from {dates[0]} to {dates[-1]}.\n")
    return page + REACHED + "".join(coverage.row(f"`{folder}`", counts)
                                    for folder, counts in reached.items())


def main():
    words = [word for word in sys.argv[1:] if word != "--write"]
    if any(word.startswith("-") for word in words) or len(words) > 2:
        sys.exit(__doc__)
    build, counting = map(pathlib.Path, (words + [ROOT / "build-fuzz", ROOT / "build-coverage"][len(words):]))
    targets = sorted(path.stem.removeprefix("fuzz-") for path in FUZZ.glob("fuzz-*.c"))
    before = read_history()
    histories = {target: before.get(target, []) + read_log(build, target) for target in targets}
    untried = [target for target, runs in histories.items() if not runs]
    if untried:
        sys.exit(f"record.py: not tried yet: {' '.join(untried)}; run tests/fuzz/run.sh")
    page = make_record(histories, measure(targets, build, counting.resolve()))
    if "--write" in sys.argv:
        RECORD.write_text(page, encoding="utf-8")
        write_history(histories)
        for target in targets:
            log_of(build, target).unlink(missing_ok=True)
    else:
        print(page, end="")


if __name__ == "__main__":
    main()
