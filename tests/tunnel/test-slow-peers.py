#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Peers that read slowly or not at all: they lose nothing, and harm nobody else.

    test-slow-peers.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import contextlib
import signal
import struct
import sys

from tunnel_rig import (
    closed_with, connect, ConnectionClosed, equal, frame, FREE_AT_ONCE, HEADER, main, new_id, pair,
    phone_and_id, Raw, receive, Server, timeout, upgrade_request)


async def test_slow_reader_stops_the_sender_and_loses_nothing():
    size, count = 64 * 1024, 400  # 25 MiB: more than all socket buffers together
    async with Server("--max-messages", "1000", environment=FREE_AT_ONCE) as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.writer.transport.pause_reading()
        before = server.memory_kb()

        async def send_all():
            for i in range(count):
                await phone.send(struct.pack(">I", i) + bytes(size))

        sender = asyncio.ensure_future(send_all())
        await asyncio.sleep(1.5)
        assert not sender.done(), "everything was taken, though nobody reads"
        grown = server.memory_kb() - before
        assert grown < 4096, f"memory has grown by {grown} KB"

        client.writer.transport.resume_reading()
        for i in range(count):
            final, opcode, data = await client.read_frame(20)
            equal((final, opcode, data[:4], len(data)), (True, 2, struct.pack(">I", i), size + 4),
                  f"message {i}")
        await sender
        client.abort()


async def test_both_sides_slow_at_once():
    size, count = 32 * 1024, 200
    async with Server("--max-messages", "1000") as server:
        phone, client = await pair(server)

        async def send_all(peer):
            for i in range(count):
                await peer.send(struct.pack(">I", i) + bytes(size))

        async def read_all(peer):
            for i in range(count):
                await asyncio.sleep(0.001)
                equal((await receive(peer, 20))[:4], struct.pack(">I", i), "message")

        await asyncio.gather(*(f(p) for f in (send_all, read_all) for p in (phone, client)))


async def test_phone_that_fills_the_queue_before_the_client_comes():
    size, count = 64 * 1024, 100
    async with Server("--max-messages", "1000", environment=FREE_AT_ONCE) as server:
        phone, path = await phone_and_id(server)
        before = server.memory_kb()

        async def send_all():
            for i in range(count):
                await phone.send(struct.pack(">I", i) + bytes(size))

        sender = asyncio.ensure_future(send_all())
        await asyncio.sleep(0.7)
        grown = server.memory_kb() - before
        assert grown < 4096, f"memory has grown by {grown} KB"
        client = await connect(server, path)
        for i in range(count):
            equal((await receive(client))[:4], struct.pack(">I", i), "message")
        await sender


async def test_sender_who_is_stopped_between_messages_of_one_write():
    """Many messages in each TLS record: the library must not be stopped in the middle of one."""
    size, count = 700, 30000
    async with Server("--max-messages", "100000") as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        phone.transport.pause_reading()
        client.send(b"".join(frame(2, struct.pack(">I", i) + bytes(size), mask=bytes(4))
                             for i in range(count)))
        await asyncio.sleep(0.7)
        await pair(server)
        phone.transport.resume_reading()
        for i in range(count):
            equal((await receive(phone))[:4], struct.pack(">I", i), "message")
        client.abort()


async def test_rubbish_from_one_who_does_not_read_stops_nobody_else():
    more = bytes(60000)
    async with Server("--max-messages", "100000") as server:
        for rubbish in (frame(3) + more, frame(9, bytes(200)) + more, b"\x82\x7e\0\0" + more,
                        frame(8, b"\x03\xe8") + frame(2, more) * 3, frame(1, b"text") + more):
            phone, path = await phone_and_id(server)
            client = await Raw.upgraded(server, path)
            client.writer.transport.pause_reading()

            async def fill(sender=phone):
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        await sender.send(bytes(1000000))

            filling = asyncio.ensure_future(fill())
            await asyncio.sleep(0.5)
            client.send(rubbish)
            await asyncio.sleep(0.3)
            other_phone, other_client = await pair(server)
            await other_phone.send(b"x")
            equal(await receive(other_client), b"x", "message of another tunnel")
            client.abort()
            equal(await closed_with(phone), 1001, "code")
            await filling


async def test_rubbish_in_the_turn_in_which_a_message_gets_stuck():
    message = frame(2, bytes(70000), mask=bytes(4))
    async with Server() as server:
        for rubbish in (frame(3), frame(9, bytes(200)), frame(8, b"\x03\xe8"), frame(1, b"text")):
            tunnel_id = new_id()
            phone = await Raw.upgraded(server, f"/cable/new/{tunnel_id}")
            routing_id = phone.headers[HEADER.lower()][0]
            client = await Raw.upgraded(server, f"/cable/connect/{routing_id}/{tunnel_id}")
            phone.send(message[:-100])
            await asyncio.sleep(0.1)
            server.process.send_signal(signal.SIGSTOP)  # so that it finds both at once
            phone.send(message[-100:])
            client.send(rubbish + bytes(60000))
            await asyncio.sleep(0.1)
            server.process.send_signal(signal.SIGCONT)
            await phone.read_frame(15)
            await pair(server)
            phone.abort()
            client.abort()


async def test_rubbish_right_behind_the_request_of_one_who_does_not_read():
    """What waits for the client gets stuck while its request is still being looked at."""
    async with Server() as server:
        for rubbish in (frame(3), frame(9, bytes(200)), frame(8, b"\x03\xe8"), frame(1, b"text")):
            phone, path = await phone_and_id(server)
            for _ in range(3):
                await phone.send(bytes(1000000))
            client = await Raw.open(server, receive_buffer=4096)
            client.writer.transport.pause_reading()
            await asyncio.sleep(0.1)
            client.send(upgrade_request(path) + rubbish + bytes(60000))
            await asyncio.sleep(0.3)
            await pair(server)
            client.abort()
            await phone.close()


async def test_close_from_one_who_does_not_read_ends_the_connection():
    async with Server("--max-messages", "100000", "--handshake-timeout", "1") as server:
        before = server.open_files()
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.writer.transport.pause_reading()

        async def fill():
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await phone.send(bytes(20000))

        filling = asyncio.ensure_future(fill())
        await asyncio.sleep(1)
        client.frame(8, struct.pack(">H", 4000))
        equal(await closed_with(phone), 4000, "code")
        await filling
        async with timeout(8, "the connection stays"):
            while server.open_files() > before:
                await asyncio.sleep(0.05)
        client.abort()


async def test_slow_reader_gets_everything_before_the_close():
    size, count = 20000, 1000
    async with Server("--max-messages", "2000") as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.writer.transport.pause_reading()

        async def send_all():
            for i in range(count):
                await phone.send(struct.pack(">I", i) + bytes(size))
            await phone.close(4000)

        sender = asyncio.ensure_future(send_all())
        await asyncio.sleep(1)
        client.writer.transport.resume_reading()
        for i in range(count):
            equal((await client.read_frame())[2][:4], struct.pack(">I", i), f"message {i}")
            await asyncio.sleep(0.0002)
        equal(await client.read_frame(), (True, 8, struct.pack(">H", 4000)), "close")
        await sender
        client.abort()


async def test_sender_who_was_stopped_hears_of_the_close():
    async with Server("--max-messages", "10000") as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.writer.transport.pause_reading()

        async def send_for_ever():
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await phone.send(bytes(60000))

        sender = asyncio.ensure_future(send_for_ever())
        await asyncio.sleep(1)
        assert not sender.done(), "it was not stopped"
        client.frame(8, struct.pack(">H", 4000))
        equal(await closed_with(phone, 5), 4000, "code")
        await sender
        client.abort()


if __name__ == "__main__":
    sys.exit(main(globals()))
