# SPDX-License-Identifier: MIT
"""Faults of the kernel: system calls that fail while strace says so."""

import asyncio
import contextlib
import os
import pathlib
import signal

from lab import AT_ONCE, STAGE, STATES, until
from machine import ask_anew, remember
from rows import Rows

BUSY = STATES[1:-1]               # there is a ceremony
OPEN = STATES[1:-2]               # and no answer yet


def is_traced(pid):
    """Whether somebody looks at all its calls; or one has failed so early that it is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "TracerPid:\t0\n" not in status


@contextlib.asynccontextmanager
async def failing(pids, calls, error):
    """While this lasts, these calls fail in these processes, and in those that they make."""
    words = [f"--attach={pid}" for pid in pids]
    process = await asyncio.create_subprocess_exec(
        "strace", "-f", "-qq", "--output=/dev/null", f"--trace={calls}", f"--inject={calls}:error={error}",
        *words, stderr=asyncio.subprocess.DEVNULL)
    try:
        await until(lambda: all(map(is_traced, pids)), AT_ONCE, "strace does not attach")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)  # terminate() would take its end from asyncio
        await process.wait()


kernel = Rows("The kernel")


async def goes_on_without(case, pids, calls, error):
    """What becomes of the ceremony; in the idle state, of a request."""
    async with failing(pids, calls, error):
        if case.state == "idle":
            return await ask_anew(case)
        if case.state == "lingering":
            return await case.lingers_out()
        return await case.goes_on(STAGE)


@kernel.row("it has no random bytes", "idle", *OPEN, needs="strace", limit=STAGE)
async def no_random_bytes(case, state):
    """No code is made of what is no chance, and no key."""
    pids = [case.bus.daemon.pid, *case.ceremonies]
    return await goes_on_without(case, pids, "getrandom", "EIO")


@kernel.row("it makes no process", "idle", needs="strace")
async def no_process(case, state):
    """There is no ceremony then."""
    return await goes_on_without(case, [case.bus.daemon.pid], "fork,vfork,clone,clone3", "EAGAIN")


@kernel.row("it makes no thread", "scan", network=True, needs="strace and network", limit=STAGE)
async def no_thread(case, state):
    """In which names are looked up."""
    return await goes_on_without(case, case.ceremonies, "clone,clone3", "EAGAIN")


def disk_fails(name, calls, error):
    """A row in which a phone is to be remembered, and cannot."""
    async def strike(case, state):
        async with failing([case.bus.daemon.pid], calls, error):
            return await remember(case)
    kernel.row(name, "lingering", needs="strace")(strike)


disk_fails("a phone's file cannot be made", "openat", "EDQUOT")
disk_fails("a phone's file cannot be flushed", "fsync", "EIO")
disk_fails("a phone's file cannot be renamed", "rename,renameat,renameat2", "EIO")


TABLES = (kernel,)
