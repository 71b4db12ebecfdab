# SPDX-License-Identifier: MIT
"""What the tests of the bus have in common: a hybridd for each test, and how requests end."""

import asyncio
import contextlib
import os
import pathlib
import re
import shutil
import tempfile

import tap
from hybridd import Bus, BusFailure, Message, REQUEST, connect, plain


def with_daemon(build, function, **arguments):
    """Runs a coroutine function(bus, client) against a fresh hybridd."""
    with Bus(build, **arguments) as bus:
        bus.start()

        async def main():
            client = await connect(bus)
            try:
                await function(bus, client)
            finally:
                client.close()
        try:
            asyncio.run(main())
        except BaseException:
            print("# " + bus.log().replace("\n", "\n# "))
            raise
        assert bus.stop() == 0, "exit status of hybridd"
        assert "ERROR: " not in bus.log(), bus.log()


@contextlib.contextmanager
def rogues(build):
    """A build folder with a hybridd whose ceremonies are rogues."""
    with tempfile.TemporaryDirectory(prefix="hybridd-rogue-") as folder:
        programs = pathlib.Path(folder) / "daemon"
        programs.mkdir()
        shutil.copy(build / "daemon" / "hybridd", programs)
        # What is beside the daemon comes first.
        shutil.copy(build / "tests" / "bus" / "rogue-ceremony.so", programs / "ceremony.so")
        yield pathlib.Path(folder)


def rogue(act):
    """The origin that has a rogue do something."""
    return f"https://{act}.example.com"


DENIED = "org.freedesktop.DBus.Error.AccessDenied"


async def refused(awaitable, error):
    """Asserts that a call fails with an error name; returns its message."""
    try:
        await awaitable
    except BusFailure as failure:
        assert failure.args[0] == error, failure.args
        return failure.args[1]
    raise AssertionError("the call succeeded")


async def fails_with(client, path, cause, error, code=2):
    """Asserts the Response of a failed request; returns its message."""
    got, results = await client.response(path)
    assert (got, results["cause"], results["error"]) == (code, cause, error), (got, results)
    assert len(results["message"]) > 10 and "{" not in results["message"], results
    return results["message"]


async def settle(bus, n_children=0, seconds=6):
    """Waits until ended ceremonies are gone."""
    for _ in range(seconds * 50):
        if len(bus.children()) <= n_children:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"processes left: {bus.children()}")


def n_fds(bus):
    """Open descriptors of hybridd. Always 0 for others than root, who may not look."""
    try:
        return bus.n_fds()
    except PermissionError:
        return 0


async def until_n_fds(bus, wanted):
    """Waits until hybridd has so many: an ended process is gone a moment before what was open to it."""
    for _ in range(250):
        if n_fds(bus) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{n_fds(bus)} descriptors are open, not {wanted}")


def memory_of(pid):
    """All that a process has in its memory, in use or left behind."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can look into a process that is not dumpable")
    parts = []
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            extent, permissions = line.split()[:2]
            begin, end = (int(part, 16) for part in extent.split("-"))
            if end - begin > 1 << 30:
                raise tap.Skip("a sanitizer's memory is too large to look through")
            if "r" not in permissions:
                continue
            try:
                memory.seek(begin)
                parts.append(memory.read(end - begin))
            except (OSError, OverflowError):
                pass  # what the kernel keeps for itself
    return b"\0".join(parts)


def _figure(pid, name, what):
    """A number of a file in /proc, in KiB."""
    with open(f"/proc/{pid}/{name}", encoding="utf-8") as file:
        return int(re.search(rf"^{what}:\s+(\d+) kB", file.read(), re.M).group(1))


def private_dirty_kb(pid):
    """Memory that a process has for itself, in KiB."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can look into a process that is not dumpable")
    if _figure(pid, "status", "VmSize") > 1 << 30:
        raise tap.Skip("a sanitizer keeps what is freed")
    return _figure(pid, "smaps_rollup", "Private_Dirty")


def holds(pid, text):
    """Whether a process has a text anywhere in its memory."""
    return text.encode() in memory_of(pid)


async def until_property(client, path, name, wanted):
    """Waits until a property of a request says so."""
    for _ in range(250):
        if await client.get_property(path, REQUEST, name) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} does not become {wanted}")


class Window:
    """A stand-in for hybrid-prompt, which answers at once."""

    def __init__(self, client):
        self.client = client
        self.n_presented = 0
        client.bus.add_message_handler(self._on_message)

    def _on_message(self, message):
        if message.member != "Present":
            return None
        self.n_presented += 1
        return Message.new_method_return(message)

    def told(self, path):
        """All properties that the window was told of, the last ones winning."""
        properties = {}
        for told in self.client.signals:
            if told.path == path and told.member == "PropertiesChanged":
                properties.update(plain(told.body[1]))
        return properties

    async def wait(self, path, **wanted):
        """Until it was told all these."""
        await self.client.wait_for(
            lambda _: all(self.told(path).get(name) == value for name, value in wanted.items()))


async def open_window(bus):
    """Takes the window's name."""
    window = Window(await connect(bus))
    await window.client.bus.request_name("org.hybridd.Prompt1")
    return window
