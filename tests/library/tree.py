# SPDX-License-Identifier: MIT
"""What the tests of this folder have in common: the source tree, and what the build knows of it."""

import functools
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()
PUBLIC_HEADER = ROOT / "libhybrid" / "hybrid.h"
FOLDERS = ("libhybrid", "io", "diagnosis", "browser", "ceremony", "client", "daemon", "prompt", "tools",
           "words")

# Comments, strings and characters of C; those that come first in the text win.
COMMENT_OR_LITERAL = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+'""", re.VERBOSE | re.DOTALL)


def run(*command, **options):
    """What a program says; the test fails if the program does."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **options)
    assert done.returncode == 0, f"{shlex.join(map(str, command))}:\n{done.stdout}{done.stderr}"
    return done.stdout


def code_only(text):
    """C without comments and with empty literals; each line stays where it was."""
    def blank(match):
        found = match[0]
        lines = "\n" * found.count("\n")
        return (found[0] + found[-1] if found[0] in "\"'" else " ") + lines
    return COMMENT_OR_LITERAL.sub(blank, text)


@functools.cache
def introspect(what):
    """What meson says of the build."""
    return json.loads((BUILD / "meson-info" / f"intro-{what}.json").read_text(encoding="utf-8"))


def build_option(name):
    """The value of an option of the build, such as b_sanitize."""
    return next(option["value"] for option in introspect("buildoptions") if option["name"] == name)


def project_version():
    """The project's version."""
    return introspect("projectinfo")["version"]


@functools.cache
def compile_commands():
    """Path from the root of the source → the words that compile it."""
    commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    result = {}
    for command in commands:
        path = (pathlib.Path(command["directory"]) / command["file"]).resolve()
        if path.is_relative_to(ROOT):
            result.setdefault(path.relative_to(ROOT).as_posix(), shlex.split(command["command"]))
    return result


def compiler():
    """The build's C compiler, as words."""
    words = compile_commands()["libhybrid/base/secret.c"]
    return words[:next(i for i, word in enumerate(words) if word.startswith("-"))]


def declared_functions(header_text):
    """The functions of the library that a header declares."""
    return set(re.findall(r"\b(hybrid_\w+)\s*\(", code_only(header_text)))
