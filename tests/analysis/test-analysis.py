#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What finds mistakes by reading the C sources, and not by running them: clang-tidy with Clang's
analyzer, GCC's analyzer, and cppcheck. Each is content, or there is a reason beside what it is told
to leave out: in .clang-tidy, in CPPCHECK_WITHOUT, and at single lines."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
N_JOBS = len(os.sched_getaffinity(0))
N_SOURCES_MIN = 100

# What belongs to a compiler's own bookkeeping, with what follows each.
WITHOUT_VALUE = {"-MD"}
WITH_VALUE = {"-MF", "-MQ", "-o"}

CPPCHECK_WITHOUT = (
    "memleak",             # knows nothing of _cleanup_(); LeakSanitizer does, in all suites
    "uninitvar",           # follows calls less far than Clang's analyzer, which looks for the same
    "uninitStructMember",
    "varFuncNullUB",       # NULL is a pointer in every C library that this runs with
    "preprocessorErrorDirective:/usr/include/*",  # it tries impossible combinations of macros
)
GCC_WITHOUT = (
    "-Wno-analyzer-malloc-leak",  # knows nothing of _cleanup_() either
    "-Wno-analyzer-file-leak",
    # GCC 12 mistakes members of a table that are left out; Clang's analyzer looks for the same.
    "-Wno-analyzer-use-of-uninitialized-value",
)


def commands():
    """Path → how it is compiled, of all sources of ours that are not tests."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT) and not path.is_relative_to(BUILD) and \
                not path.is_relative_to(ROOT / "tests"):
            found[path] = shlex.split(entry["command"])
    assert len(found) > N_SOURCES_MIN, f"only {len(found)} sources"
    return found


def all_of(function, arguments):
    """What function() says to each of the arguments, side by side; they are to say nothing."""
    with concurrent.futures.ThreadPoolExecutor(N_JOBS) as pool:
        said = [text for text in pool.map(function, arguments) if text]
    assert not said, "\n".join(said)[:6000]


def run(*command):
    """What a program says, if it is not content."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=BUILD)
    return done.stdout + done.stderr if done.returncode else ""


def test_clang():
    def check(paths):
        return run("clang-tidy", "-p", str(BUILD), "--quiet", "--warnings-as-errors=*", *paths)
    paths = sorted(map(str, commands()))
    all_of(check, [paths[i:i + 4] for i in range(0, len(paths), 4)])


def test_gcc():
    def check(command):
        words = iter(command)
        kept = []
        for word in words:
            if word in WITH_VALUE:
                next(words)
            elif word not in WITHOUT_VALUE:
                kept.append(word)
        return run("gcc", *kept[1:], "-Werror", "-fanalyzer", *GCC_WITHOUT,
                   "-fdiagnostics-color=never", "-o", "/dev/null")
    all_of(check, [command for path, command in sorted(commands().items())])


def test_cppcheck():
    said = run("cppcheck", f"--project={BUILD}/compile_commands.json", f"-j{N_JOBS}", "--quiet",
               "--enable=warning,performance,portability", "--inline-suppr",
               "--error-exitcode=1", "--template={file}:{line}: {id}: {message}",
               *(f"--suppress={name}" for name in CPPCHECK_WITHOUT),
               f"-i{ROOT}/tests", f"-i{BUILD}")
    assert not said, said[:6000]


def test_mistakes_are_found():
    """Each of them, in a source that has some: else the silence above would mean nothing."""
    source = BUILD / "tests" / "analysis" / "mistakes.c"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("""
#include <stdlib.h>
int mistake(int n);
int mistake(int n) {
        int *numbers = malloc(4 * sizeof(int)), sum;
        if (!numbers)
                return 0;
        free(numbers);
        for (int i = 0; i < n; i++)
                sum += numbers[0];
        return sum;
}
""", encoding="utf-8")
    assert "clang-analyzer" in run("clang-tidy", "--quiet", "--warnings-as-errors=*",
                                   f"--config-file={ROOT}/.clang-tidy", str(source), "--")
    assert "-Werror=analyzer" in run("gcc", "-c", "-Werror", "-fanalyzer", str(source),
                                     "-fdiagnostics-color=never", "-o", "/dev/null")
    assert "mistakes.c" in run("cppcheck", "--quiet", "--enable=warning", "--error-exitcode=1",
                               str(source))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
