#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How the sources look: formatted, licensed, free of what linters find."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

FOLDERS = (".ci", "browser", "callers.d", "ceremony", "client", "daemon", "docs", "io", "libhybrid", "man",
           "policy-examples", "prompt", "systemd", "tests", "tools", "words")
NOT_OURS = {"node_modules", "__pycache__", "corpus", "vectors"}
LICENCE = "SPDX-License-Identifier: MIT"
# Formats that have no comments, or are data.
WITHOUT_LICENCE = {".json", ".png", ".bin", ".sym"}


def files(*suffixes):
    """All files of the project with these suffixes, or all files."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts) and
                  (not suffixes or path.suffix in suffixes))


def text_files():
    """All files that people read."""
    return [path for path in files() if b"\0" not in path.read_bytes()[:4096]]


def check(command):
    """A linter: silent and content, or what it says is why the test fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and not said, said[:4000]


def names(paths):
    """Paths as they are shown to people."""
    return [str(path.relative_to(ROOT)) for path in paths]


def shell_scripts():
    """By their first line, since some have no suffix."""
    return [path for path in text_files()
            if re.match(rb"#!(/usr)?/bin/(env )?(ba)?sh\b", path.read_bytes())]


def test_c_is_formatted():
    sources = files(".c", ".h")
    assert len(sources) > 200, "the sources are somewhere else"
    check(["clang-format", "--dry-run", "--Werror", *names(sources)])


def test_shell_scripts_are_sound():
    scripts = shell_scripts()
    assert ROOT / "tests" / "run.sh" in scripts
    check(["shellcheck", *names(scripts)])


def test_python_is_sound():
    scripts = files(".py")
    assert ROOT / "tests" / "style" / "test-style.py" in scripts
    check(["/usr/bin/python3", "-m", "pyflakes", *names(scripts)])


def test_every_file_names_its_licence():
    without = [path for path in text_files()
               if path.suffix not in WITHOUT_LICENCE and path.parent != ROOT / "LICENSES" and
               path.suffix not in (".md",) and not path.name.startswith(".") and
               LICENCE not in path.read_text(encoding="utf-8")[:600]]
    assert not without, names(without)


def test_lines_end_where_their_text_ends():
    wrong = []
    for path in text_files():
        text = path.read_text(encoding="utf-8")
        if re.search(r"[ \t]$", text, re.MULTILINE) or (text and not text.endswith("\n")):
            wrong.append(path)
        if "\r" in text:
            wrong.append(path)
    assert not wrong, names(wrong)


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    wrong = [f"{path.relative_to(ROOT)}: {line}" for path in files(".c", ".h", ".py", ".sh", ".build")
             for line in path.read_text(encoding="utf-8").splitlines() if marks.search(line)]
    assert not wrong, wrong


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
