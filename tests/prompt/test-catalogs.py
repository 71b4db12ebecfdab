#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Catalogs: nothing is missing, nothing is out of date, and placeholders are the same ones."""

import pathlib
import re
import shutil
import subprocess
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

PO = ROOT / "po"
LANGUAGES = {"de", "es", "fr", "ja", "zh_CN"}
# What the build calls xgettext with.
ARGUMENTS = re.findall(r"'(--[^']*)'", (PO / "meson.build").read_text(encoding="utf-8"))
MARK = re.compile(r"^(?!#define).*\b(?:N_\(|(?:words_translate|complain)\(\s*\")", re.MULTILINE)
COLUMNS = 80
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def listed(name):
    """The lines of a list that are no comments."""
    return [line for line in (PO / name).read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]


def run(*words):
    """What a program of gettext says."""
    if not shutil.which(words[0]):
        raise tap.Skip(f"{words[0]} (package gettext) is not installed")
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def entries(text):
    """msgid → msgstr of a catalog, without its head."""
    found = {}
    for block in text.split("\n\n"):
        match = re.search(r'^msgid ((?:".*"\n?)+)msgstr ((?:".*"\n?)+)', block, re.MULTILINE)
        if match:
            key, value = ("".join(STRING.findall(part)) for part in match.groups())
            found[key] = value
    found.pop("", None)
    return found


def template():
    """The catalog of what there is to be translated."""
    return run("xgettext", *ARGUMENTS, "--output=-", "--files-from=po/POTFILES")


def comments(text):
    """What is said to translators in a catalog."""
    return sorted(re.findall(r"^#\. .*$", text, re.MULTILINE))


def placeholders(text):
    """The names in braces."""
    return sorted(re.findall(r"\{\w+\}", text))


def test_all_languages_are_there():
    assert set(listed("LINGUAS")) == LANGUAGES
    assert {path.stem for path in PO.glob("*.po")} == LANGUAGES


def test_all_files_with_texts_are_listed():
    marked = {path.relative_to(ROOT).as_posix()
              for folder in ("ceremony", "client", "daemon", "diagnosis", "prompt", "tools/common",
                             "tools/hybridctl", "words")
              for path in (ROOT / folder).rglob("*.[ch]")
              if MARK.search(path.read_text(encoding="utf-8"))}
    assert marked == set(listed("POTFILES")), marked


def test_catalogs_are_complete():
    wanted = set(entries(template()))
    assert len(wanted) > 100
    for language in LANGUAGES:
        text = (PO / f"{language}.po").read_text(encoding="utf-8")
        found = entries(run("msgattrib", "--no-obsolete", f"po/{language}.po"))
        assert set(found) == wanted, (language, set(found) ^ wanted)
        empty = [key for key, value in found.items() if not value]
        assert not empty and "fuzzy" not in text, (language, empty)


def test_translators_are_told_what_the_sources_say():
    wanted = comments(template())
    assert len(wanted) > 30, wanted
    for language in LANGUAGES:
        assert comments(run("msgattrib", "--no-obsolete", f"po/{language}.po")) == wanted, language


def test_catalogs_are_well_formed():
    for language in LANGUAGES:
        run("msgfmt", "--check-format", "--check-domain", "--output-file=/dev/null",
            f"po/{language}.po")


def test_placeholders_agree():
    for language in LANGUAGES:
        found = entries(run("msgattrib", "--no-obsolete", f"po/{language}.po"))
        wrong = [key for key, value in found.items() if placeholders(key) != placeholders(value)]
        assert not wrong, (language, wrong)


def columns(line):
    """How wide it is in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_help_fits_into_a_terminal():
    for language in LANGUAGES:
        found = entries(run("msgattrib", "--no-obsolete", f"po/{language}.po"))
        helps = [value for key, value in found.items() if key.count("\\n") > 1]
        assert len(helps) > 8, (language, helps)
        wide = [line for text in helps for line in text.split("\\n") if columns(line) > COLUMNS]
        assert not wide, (language, wide)


def test_what_is_typed_is_not_translated():
    """Options and commands are the same in every language."""
    for language in LANGUAGES:
        found = entries(run("msgattrib", "--no-obsolete", f"po/{language}.po"))
        for key, value in found.items():
            for typed in re.findall(r"--[a-z-]+|\bsudo [a-z]+|\bhybridctl [a-z]+\b(?= --| list)", key):
                assert typed in value, (language, typed, value)


def test_a_wrong_placeholder_is_found_out():
    assert placeholders("Sign in to {site}") != placeholders("Bei {seite} anmelden")
    assert placeholders("{a} {b}") == placeholders("{b} {a}")


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
