#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What tunnels and strangers may not exceed.

    test-limits.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import contextlib
import resource
import socket
import struct
import sys
import time

from tunnel_rig import (
    closed_with, ConnectionClosed, equal, main, new_id, pair, phone_and_id, Raw, receive, Server,
    status_of, tap, timeout, upgrade_request)


async def test_text_messages_close_both_with_1003():
    async with Server() as server:
        for sender, receiver in ((0, 1), (1, 0)):
            peers = await pair(server)
            await peers[sender].send("text")
            equal(await closed_with(peers[sender]), 1003, "sender")
            equal(await closed_with(peers[receiver]), 1003, "receiver")


async def test_text_is_not_passed_on():
    async with Server() as server:
        phone, client = await pair(server)
        await client.send("text")
        try:
            message = await receive(phone)
        except ConnectionClosed:
            return
        raise AssertionError(f"came: {message}")


async def test_message_size_limit():
    async with Server("--max-message", "1000") as server:
        for sender, receiver in ((0, 1), (1, 0)):
            peers = await pair(server)
            await peers[sender].send(b"x" * 1000)
            equal(await receive(peers[receiver]), b"x" * 1000, "message at the limit")
            await peers[sender].send(b"x" * 1001)
            equal(await closed_with(peers[sender]), 1009, "sender")
            equal(await closed_with(peers[receiver]), 1009, "receiver")


async def test_message_size_limit_by_default_is_1_mib():
    async with Server() as server:
        phone, client = await pair(server)
        await client.send(b"x" * ((1 << 20) + 1))
        equal(await closed_with(client), 1009, "client")
        equal(await closed_with(phone), 1009, "phone")


async def test_message_size_limit_counts_all_fragments():
    async with Server("--max-message", "1000") as server:
        phone, client = await pair(server)
        await client.send([b"x" * 400, b"x" * 400, b"x" * 200])
        equal(await receive(phone), b"x" * 1000, "message at the limit")
        await client.send([b"x" * 400, b"x" * 400, b"x" * 201])
        equal(await closed_with(client), 1009, "code")


async def test_message_size_limit_does_not_wait_for_what_is_announced():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.frame(2, b"x", length=1 << 40)
        equal(await client.read_frame(), (True, 8, struct.pack(">H", 1009)), "close frame")
        equal(await closed_with(phone), 1009, "phone")
        client.abort()


async def test_message_count_limit_is_per_direction():
    async with Server("--max-messages", "3") as server:
        for sender, receiver in ((0, 1), (1, 0)):
            peers = await pair(server)
            for peer, other in ((sender, receiver), (receiver, sender)):
                for i in range(3):
                    await peers[peer].send(bytes([i]))
                    equal(await receive(peers[other]), bytes([i]), "message")
            await peers[sender].send(b"x")
            equal(await closed_with(peers[sender]), 1008, "sender")
            equal(await closed_with(peers[receiver]), 1008, "receiver")


async def test_message_count_limit_counts_what_came_before_the_client():
    async with Server("--max-messages", "3") as server:
        phone, path = await phone_and_id(server)
        for _ in range(4):
            await phone.send(b"x")
        equal(await closed_with(phone), 1008, "phone")
        equal(await status_of(server, path), 404, "client")


async def test_memory_limit_is_for_all_tunnels_together():
    async with Server("--json", "--max-memory", "1000000", "--max-message", "60000") as server:
        for _ in range(2):
            before = len(server.events("tunnel-closed"))
            phones = [(await phone_and_id(server))[0] for _ in range(20)]
            for phone in phones:
                await phone.send(bytes(60000))  # more than a twentieth
            await server.wait_event("tunnel-closed", before + 1)
            await asyncio.sleep(0.3)
            equal({e["code"] for e in server.events("tunnel-closed")[before:]}, {1011}, "codes")
            closed = len(server.events("tunnel-closed")) - before
            assert 4 <= closed <= 12, f"{closed} were closed"
            for phone in phones:
                await phone.close()
            await server.wait_event("tunnel-closed", before + 20)


async def test_memory_of_what_has_been_sent_can_be_used_again():
    async with Server("--max-memory", "1000000", "--max-message", "250000") as server:
        phone, client = await pair(server)
        for i in range(60):
            await phone.send(bytes([i]) * 250000)
            equal(await receive(client), bytes([i]) * 250000, "message")
        for i in range(60):
            await client.send([bytes([i]) * 50000] * 2)
            equal(await receive(phone), bytes([i]) * 100000, "message")


async def test_lifetime_limit():
    async with Server("--max-lifetime", "2") as server:
        started = time.monotonic()
        phone, client = await pair(server)
        lonely, _ = await phone_and_id(server)
        equal([await closed_with(p) for p in (phone, client, lonely)], [1001] * 3, "codes")
        assert 1.9 < time.monotonic() - started < 10, time.monotonic() - started


async def test_lifetime_limit_counts_although_messages_pass():
    async with Server("--max-lifetime", "2", "--max-messages", "100000") as server:
        phone, client = await pair(server)
        started = time.monotonic()
        try:
            while time.monotonic() - started < 10:
                await client.send(b"x")
                await receive(phone)
        except ConnectionClosed as e:
            equal(e.rcvd.code, 1001, "code")
            return
        raise AssertionError("it lived on")


async def test_idle_timeout():
    async with Server("--idle-timeout", "2", "--max-messages", "1000") as server:
        busy_phone, busy_client = await pair(server)
        phone, client = await pair(server)
        idle = asyncio.gather(closed_with(phone), closed_with(client))
        while not idle.done():
            await busy_client.send(b"x")
            await receive(busy_phone)
            await asyncio.sleep(0.05)
        equal(await idle, [1001, 1001], "codes of the idle one")
        await busy_phone.send(b"y")
        equal(await receive(busy_client), b"y", "message of the busy one")
        equal(await closed_with(busy_phone), 1001, "code of the busy one when it is idle")


async def test_without_idle_timeout_an_idle_tunnel_stays():
    async with Server("--handshake-timeout", "1") as server:
        phone, client = await pair(server)
        await asyncio.sleep(1.5)
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")


async def test_handshake_timeout_before_tls():
    async with Server("--handshake-timeout", "1") as server:
        started = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with timeout(8, "the connection stays"):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        assert time.monotonic() - started > 0.5
        writer.close()


async def test_handshake_timeout_before_and_in_the_request():
    async with Server("--handshake-timeout", "1") as server:
        for data in (b"", b"GET /cable/new/"):
            raw = await Raw.open(server)
            raw.send(data)
            started = time.monotonic()
            equal(await raw.read_to_end(8), b"", "answer")
            assert time.monotonic() - started > 0.5
            raw.abort()


async def test_handshake_timeout_for_a_request_that_drips():
    async with Server("--handshake-timeout", "1") as server:
        raw = await Raw.open(server)
        end = asyncio.ensure_future(raw.read_to_end(20))
        started = time.monotonic()
        for byte in upgrade_request(f"/cable/new/{new_id()}"):
            if end.done():
                break
            raw.send(bytes([byte]))
            await asyncio.sleep(0.1)
        equal(await end, b"", "answer")
        assert time.monotonic() - started < 10, "it may drip for ever"
        raw.abort()


async def test_few_open_files_mean_fewer_tunnels():
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (262, 262))

    async with Server("--max-tunnels", "100", preexec=few_files,
                      words="only 3 tunnels are possible") as server:
        phones = [await phone_and_id(server) for _ in range(3)]
        equal(await status_of(server, f"/cable/new/{new_id()}"), 503, "the fourth")
        equal(await status_of(server, phones[0][1]), 101, "a client")


async def test_too_many_connections_are_dropped_and_it_goes_on():
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (260, 260))

    async with Server(preexec=few_files) as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
        dropped = set()
        async with timeout(10, "too few were dropped"):
            while len(dropped) <= 50:
                await asyncio.sleep(0.05)
                for s in sockets:
                    s.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        if s.recv(1) == b"":
                            dropped.add(s)
        assert len(dropped) < 200, f"{len(dropped)} were dropped, with room for most of them"
        open_files = server.open_files()
        for s in sockets:
            s.close()
        async with timeout(10, "they stay open"):
            while server.open_files() > open_files - 150:
                await asyncio.sleep(0.05)
        await pair(server)


N_TUNNELS = 1000


async def test_a_thousand_tunnels_at_once():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * N_TUNNELS + 200  # here, and there
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise tap.Skip(f"needs {needed} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))

    async with Server("--max-tunnels", str(N_TUNNELS)) as server:
        before, open_files = server.memory_kb(), server.open_files()
        begun = time.monotonic()
        pairs = []
        while len(pairs) < N_TUNNELS:
            pairs += await asyncio.gather(*(pair(server) for _ in range(20)))
        equal(await status_of(server, f"/cable/new/{new_id()}"), 503, "one more")
        for number, (phone, client) in enumerate(pairs):
            await client.send(b"%d" % number)
        for number, (phone, client) in enumerate(pairs):
            equal(await receive(phone), b"%d" % number, "message")
        each = (server.memory_kb() - before) / N_TUNNELS
        print(f"# {N_TUNNELS} tunnels in {time.monotonic() - begun:.1f} s, {each:.0f} KiB each")
        assert each < 1000, f"{each} KiB for each tunnel"

        await asyncio.gather(*(peer.close() for peers in pairs for peer in peers))
        async with timeout(20, "they stay open"):
            while server.open_files() > open_files:
                await asyncio.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(globals()))
