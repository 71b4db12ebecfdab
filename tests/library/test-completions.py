#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What shells complete is what the programs have: each option of --help and none besides, in all three
shells; and the shells can read it. A --help that nobody could read is a failure."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
# Of each program, what has a --help of its own.
PROGRAMS = {
    "hybrid-ble": ((), ("adapters",), ("scan",), ("advertise",), ("proximity",)),
    "hybrid-phone": ((),),
    "hybrid-tunnel": ((),),
    "hybridctl": ((), ("create",), ("get",), ("demo",), ("doctor",), ("phones",), ("policy",)),
}
ENVIRONMENT = os.environ | {"LANGUAGE": "C", "LC_ALL": "C.UTF-8"}


def help_of(program, command):
    done = subprocess.run([BUILD / "tools" / program / program, *command, "--help"], env=ENVIRONMENT,
                          capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def test_help_that_cannot_be_written_is_a_failure():
    for program, commands in PROGRAMS.items():
        for words in (*((*command, "--help") for command in commands), ("--version",)):
            with open("/dev/full", "w", encoding="ascii") as full:
                done = subprocess.run([BUILD / "tools" / program / program, *words], stdout=full,
                                      stderr=subprocess.PIPE, env=ENVIRONMENT, text=True, timeout=20,
                                      check=False)
            assert done.returncode == 1, (program, words)
            assert done.stderr.startswith(f"{program}: standard output: "), (words, done.stderr)


def options_of(program):
    """All that it says it has."""
    return {option for command in PROGRAMS[program]
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_of(program, command))}


def completions(program, shell):
    name = {"bash": program, "zsh": "_" + program, "fish": program + ".fish"}[shell]
    return ROOT / "tools" / program / "completions" / name


def options_in(program, shell):
    """All that one shell offers."""
    text = completions(program, shell).read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    if shell == "fish":
        text = re.sub(r"^set -l .*$", "", text, flags=re.M)
        return {"--" + name for name in re.findall(r" -l ([a-z][a-z-]+)", text)}
    if shell == "bash":
        # Not the cases, which only tell what comes after an option.
        text = re.sub(r"^\s*--[^)\n]*\)$", "", text, flags=re.M)
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def make_test(program, shell):
    def test():
        has, offered = options_of(program), options_in(program, shell)
        assert len(has) > 3, has
        assert offered == has, {"missing": has - offered, "too many": offered - has}
    test.__name__ = f"test_{shell}_completes_{program}"
    return test


def test_shells_can_read_them():
    read = 0
    for shell in ("bash", "zsh", "fish"):
        if shutil.which(shell):
            for program in PROGRAMS:
                subprocess.run([shell, "-n", completions(program, shell)], check=True, timeout=20)
            read += 1
    assert read > 0


BASH = r"""
. /usr/share/bash-completion/bash_completion
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
compopt() { :; }
"_${1//-/_}" "$1" "${@: -1}" "${@: -2:1}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def complete(program, *words):
    """What bash offers after these words."""
    path = f"{BUILD}/tools/{program}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", BASH, "bash", completions(program, "bash"), program, *words],
                          env=ENVIRONMENT | {"PATH": path}, capture_output=True, text=True, timeout=20,
                          check=True)
    return done.stdout.split()


def test_bash_offers_what_fits():
    if not os.path.exists("/usr/share/bash-completion/bash_completion"):
        raise tap.Skip("bash-completion is not installed")
    assert "create" in complete("hybridctl", "")
    assert complete("hybridctl", "demo", "--link") == ["--linked"]
    assert complete("hybrid-phone", "wait", "--qr") == []
    assert complete("hybrid-phone", "scan", "--qr-p") == ["--qr-png="]
    assert "status" in complete("hybrid-tunnel", "--fault", "")
    assert "wrong-mac" in complete("hybrid-phone", "scan", "--fault", "wrong")


def tests():
    """All of them, with one for each program and shell."""
    made = [make_test(program, shell) for program in PROGRAMS for shell in ("bash", "zsh", "fish")]
    return tap.collect(globals() | {test.__name__: test for test in made})


if __name__ == "__main__":
    sys.exit(tap.run(tests()))
