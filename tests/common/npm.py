# SPDX-License-Identifier: MIT
"""Packages of npm, as a lock file says, in a folder of the build."""

import fcntl
import pathlib
import shutil
import subprocess

# Runs a program of node's, also on the one that Debian 12 has.
NODE = ("node", "--require", str(pathlib.Path(__file__).resolve().parent / "older-node.cjs"))


def install(source, folder, *more):
    """Copies package.json, its lock file and what is named from @source, and installs. Tests run side by
    side: one does it, the others wait."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".installed"
        wanted = (source / "package-lock.json").read_bytes()
        if not done.exists() or done.read_bytes() != wanted:
            done.unlink(missing_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder / name)
            said = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                                  cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
            assert said.returncode == 0, said.stdout
            done.write_bytes(wanted)
        for path in map(pathlib.Path, more):
            copy = folder / path.name
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                shutil.copy(path, copy)
    return folder
