#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Puts a browser's extension together out of its own folder and what both share, as it is:

        pack.py firefox|chromium WHERE

WHERE is a new folder, or with the suffix .xpi a file for Firefox."""

import pathlib
import shutil
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
# The oldest that a zip file can have: the same sources make the same file.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def files(browser):
    """Names in the extension, and where they come from."""
    found = {path.relative_to(HERE / browser): path for path in (HERE / browser).rglob("*")}
    for folder in ("common", "_locales"):
        found |= {path.relative_to(HERE): path for path in (HERE / folder).rglob("*")}
    return {name: path for name, path in sorted(found.items()) if path.is_file()}


def write_xpi(browser, where):
    """All files in one."""
    with zipfile.ZipFile(where, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files(browser).items():
            entry = zipfile.ZipInfo(name.as_posix(), LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


def write_folder(browser, where):
    """All files as they are."""
    for name, path in files(browser).items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, where / name)


def main(arguments):
    """The exit status."""
    if len(arguments) != 2 or arguments[0] not in ("firefox", "chromium"):
        print(__doc__, file=sys.stderr)
        return 2
    browser, where = arguments[0], pathlib.Path(arguments[1])
    if where.suffix == ".xpi":
        write_xpi(browser, where)
    else:
        write_folder(browser, where)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
