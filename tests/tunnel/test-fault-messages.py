#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Faults of what is sent to clients after that.

    test-fault-messages.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import contextlib
import struct
import sys
import time

from tunnel_rig import (
    closed_with, connect, ConnectionClosed, equal, main, nothing_comes, pair, phone_and_id, Raw,
    receive, Server, timeout, upgrade_request)


async def send_and_read(server, messages, count):
    """The phone sends these; what the client gets, at most `count` of them."""
    phone, client = await pair(server)
    for message in messages:
        await phone.send(message)
    return client, [await receive(client) for _ in range(count)]


ABC = [b"aaaa", b"bbbb", b"cccc"]


async def test_fault_slow():
    async with Server("--fault", "slow:1000") as server:
        phone, path = await phone_and_id(server)
        started = time.monotonic()
        client = await connect(server, path)
        seconds = time.monotonic() - started
        assert 0.1 < seconds < 10, f"answer after {seconds} s"
        await phone.send(bytes(1500))
        started = time.monotonic()
        equal(await receive(client), bytes(1500), "message")
        seconds = time.monotonic() - started
        assert 1 < seconds < 15, f"message after {seconds} s"
        await client.send(bytes(100000))
        equal(len(await receive(phone)), 100000, "the other direction")
        await phone.send(bytes(500))
        await phone.close(4000)
        equal(await receive(client), bytes(500), "last message")
        equal(await closed_with(client), 4000, "code")


async def test_fault_slow_as_slow_as_can_be():
    async with Server("--fault", "slow:1") as server:
        _, path = await phone_and_id(server)
        raw = await Raw.open(server)
        raw.send(upgrade_request(path))
        try:
            said = await asyncio.wait_for(raw.reader.read(1), 1.2)
        except asyncio.TimeoutError:
            raw.abort()
            return
        raise AssertionError(f"it said {said}")


async def test_fault_close_after():
    async with Server("--fault", "close-after:2") as server:
        client, messages = await send_and_read(server, ABC, 2)
        equal(messages, ABC[:2], "messages")
        try:
            await receive(client)
        except ConnectionClosed as e:
            equal(e.rcvd.code, 1000, "code")
            return
        raise AssertionError("a third message came")


async def test_fault_close_after_with_code_at_once():
    async with Server("--fault", "close-after:0:4321") as server:
        phone, path = await phone_and_id(server)
        await phone.send(b"early")
        client = await connect(server, path)
        try:
            await receive(client)
        except ConnectionClosed as e:
            equal(e.rcvd.code, 4321, "client's code")
        else:
            raise AssertionError("a message came")
        equal(await closed_with(phone), 4321, "phone's code")


async def test_fault_cut_after():
    for n in (0, 2):
        async with Server("--fault", f"cut-after:{n}") as server:
            phone, path = await phone_and_id(server)
            client = await Raw.upgraded(server, path)
            with contextlib.suppress(ConnectionClosed):
                for message in ABC:
                    await phone.send(message)
            for i in range(n):
                equal(await client.read_frame(), (True, 2, ABC[i]), "message")
            equal(await client.read_to_end(), b"", "what follows")
            equal(await closed_with(phone), 1001, "phone's code")
            client.abort()


async def test_fault_reset_after():
    async with Server("--fault", "reset-after:1") as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        await phone.send(b"x")
        try:
            await client.read_frame()
            data = await asyncio.wait_for(client.reader.read(1), 5)
        except ConnectionResetError:
            equal(await closed_with(phone), 1001, "phone's code")
            return
        finally:
            client.abort()
        raise AssertionError(f"no reset, but {data}")


async def test_fault_cut_inside():
    async with Server("--fault", "cut-inside:2") as server:
        for n in (10, 200, 70000):
            phone, path = await phone_and_id(server)
            client = await Raw.upgraded(server, path)
            await phone.send(b"first")
            await phone.send(b"x" * n)
            equal(await client.read_frame(), (True, 2, b"first"), "first message")
            rest = await client.read_to_end()
            header = {10: b"\x82\x0a", 200: b"\x82\x7e\0\xc8",
                      70000: b"\x82\x7f" + struct.pack(">Q", 70000)}[n]
            equal(rest, (header + b"x" * n)[:(len(header) + n) // 2], "half a frame")
            client.abort()


async def test_fault_drop():
    async with Server("--fault", "drop:2") as server:
        _, messages = await send_and_read(server, ABC, 2)
        equal(messages, [ABC[0], ABC[2]], "messages")


async def test_fault_duplicate():
    async with Server("--fault", "duplicate:2") as server:
        _, messages = await send_and_read(server, ABC, 4)
        equal(messages, [ABC[0], ABC[1], ABC[1], ABC[2]], "messages")


async def test_fault_reorder():
    async with Server("--fault", "reorder:1") as server:
        client, messages = await send_and_read(server, ABC, 3)
        equal(messages, [ABC[1], ABC[0], ABC[2]], "messages")


async def test_fault_reorder_holds_the_last_one():
    async with Server("--fault", "reorder:3") as server:
        client, messages = await send_and_read(server, ABC, 2)
        equal(messages, ABC[:2], "messages")
        await nothing_comes(client)


async def test_fault_flip():
    async with Server("--fault", "flip:2") as server:
        _, messages = await send_and_read(server, [*ABC, b""], 4)
        equal([messages[0], *messages[2:]], [ABC[0], ABC[2], b""], "other messages")
        difference = int.from_bytes(messages[1], "big") ^ int.from_bytes(ABC[1], "big")
        equal(bin(difference).count("1"), 1, "bits that differ")


async def test_fault_flip_of_an_empty_message():
    async with Server("--fault", "flip:1") as server:
        _, messages = await send_and_read(server, [b"", b"x"], 2)
        equal(messages, [b"", b"x"], "messages")


async def test_fault_text_frame():
    async with Server("--fault", "text-frame:2") as server:
        _, messages = await send_and_read(server, ABC, 3)
        equal(messages, [b"aaaa", "bbbb", b"cccc"], "messages")


async def test_fault_huge_frame():
    async with Server("--fault", "huge-frame:2") as server:
        _, messages = await send_and_read(server, ABC, 3)
        equal([messages[0], messages[2]], [ABC[0], ABC[2]], "other messages")
        equal(messages[1], bytes(2 << 20), "huge message")


async def test_fault_ping_flood():
    async with Server("--fault", "ping-flood") as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        for _ in range(1000):
            equal((await client.read_frame())[:2], (True, 9), "frame")
        await phone.send(b"x")
        async with timeout(10, "no message among the pings"):
            while (found := await client.read_frame())[1] == 9:
                pass
        equal(found, (True, 2, b"x"), "message")
        client.abort()


async def test_faults_together():
    async with Server("--fault", "drop:1", "--fault", "drop:3", "--fault", "flip:2", "--fault",
                      "cut-after:1") as server:
        client, messages = await send_and_read(server, ABC, 1)
        equal(messages, [b"bb\x72b"], "messages")
        equal(await closed_with(client), None, "close frame")


async def test_faults_leave_the_other_direction_alone():
    faults = ["drop:1", "flip:1", "text-frame:1", "huge-frame:1", "cut-inside:1", "reorder:1"]
    async with Server(*(x for f in faults for x in ("--fault", f))) as server:
        phone, client = await pair(server)
        for message in ABC:
            await client.send(message)
            equal(await receive(phone), message, "message")


async def test_without_faults_there_are_none():
    async with Server() as server:
        _, messages = await send_and_read(server, ABC, 3)
        equal(messages, ABC, "messages")


if __name__ == "__main__":
    sys.exit(main(globals()))
