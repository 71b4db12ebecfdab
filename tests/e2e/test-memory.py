#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What of a ceremony's secrets is in memory, and for how long: as a core dump would have it, which
the kernel makes of none of these processes. The phone's key log says what the secrets are."""

import asyncio
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
sys.path.insert(0, str(ROOT / "tests" / "bus"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from checks import memory_of, settle  # noqa: E402
from hybridd import Bus, connect  # noqa: E402
from partners import Partners  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")

# What a connection goes on with, and what made it.
IN_USE = ("key-to-phone", "key-to-desktop")
SPENT = ("qr-secret", "eid-key", "psk", "handshake-hash")


def secrets_of(key_log):
    """Name → bytes."""
    return {name: bytes.fromhex(digits) for name, digits in
            map(str.split, key_log.read_text(encoding="ascii").splitlines())}


def found(pid, secrets):
    """Names of the secrets that a process has in its memory, in use or left behind."""
    memory = memory_of(pid)
    return {name for name, secret in secrets.items() if secret in memory}


async def connected(partners, bus, client):
    """A request on which a phone works that never answers: its path, its secrets, that phone."""
    key_log = partners.folder / "keys"
    path = await client.create()
    text = await client.qr_text(path)
    phone = partners.phone(bus, text, "--key-log", str(key_log), "--fault", "silent-reply",
                           quiet=False)
    await client.state(path, "continue-on-phone")
    secrets = secrets_of(key_log)
    secrets["code"] = text.removeprefix("FIDO:/").encode()
    return path, secrets, phone


def test_what_is_kept_and_for_how_long():
    async def main(partners, bus):
        client = await connect(bus)
        path, secrets, phone = await connected(partners, bus, client)
        held = set().union(*(found(pid, secrets) for pid in bus.children()))
        # It is known by this that the search finds what is there.
        assert set(IN_USE) <= held, held
        assert not held & {*SPENT, "code"}, f"spent, but there: {held}"
        assert not found(bus.daemon.pid, secrets), "the daemon has no use for any of them"

        await client.cancel(path)
        await client.response(path)
        await settle(bus, seconds=20)
        assert not found(bus.daemon.pid, secrets)
        for pid in bus.children():
            assert not found(pid, secrets), "a process that is ready for the next one"
        phone.terminate()
        phone.wait()
        client.close()
    with Partners(BUILD) as partners, Bus(BUILD, settings=partners.settings()) as bus:
        bus.start()
        asyncio.run(main(partners, bus))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
