#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How tunnels and the server end.

    test-ends.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import signal
import socket
import struct
import sys
import time

from tunnel_rig import (
    closed_with, ConnectionClosed, equal, main, new_id, pair, phone_and_id, Raw, receive, Server,
    upgrade_request)


async def test_close_code_is_passed_on():
    async with Server() as server:
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 3000, 4001, 4999):
            for closer, other in ((0, 1), (1, 0)):
                peers = await pair(server)
                await peers[closer].close(code)
                equal(await closed_with(peers[other]), code, "code")


async def test_close_without_a_code_is_passed_on_as_1000():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.frame(8)
        equal((await client.read_frame())[1], 8, "answer")
        equal(await closed_with(phone), 1000, "code")
        client.abort()


async def test_close_code_that_may_not_be_sent_becomes_1002():
    async with Server() as server:
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999):
            phone, path = await phone_and_id(server)
            client = await Raw.upgraded(server, path)
            client.frame(8, struct.pack(">H", code))
            equal(await closed_with(phone), 1002, f"for {code}")
            client.abort()


async def test_close_is_answered():
    async with Server() as server:
        raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        raw.frame(8, struct.pack(">H", 4000))
        equal(await raw.read_frame(), (True, 8, struct.pack(">H", 4000)), "answer")
        raw.abort()


async def test_end_without_a_word_is_passed_on_as_1001():
    async with Server() as server:
        for closer, other in ((0, 1), (1, 0)):
            peers = await pair(server)
            peers[closer].transport.abort()
            equal(await closed_with(peers[other]), 1001, "code")


async def test_protocol_errors_end_the_tunnel():
    async with Server() as server:
        for opcode, final in ((3, True), (11, True), (0, True), (9, False)):
            phone, path = await phone_and_id(server)
            client = await Raw.upgraded(server, path)
            client.frame(opcode, b"x", final=final)
            equal((await client.read_frame())[2][:2], struct.pack(">H", 1002), "client's code")
            equal(await closed_with(phone, 3), 1001, "phone's code")
            client.abort()


async def test_messages_on_their_way_arrive_before_the_close():
    async with Server() as server:
        for sender, receiver in ((0, 1), (1, 0)):
            peers = await pair(server)
            for i in range(20):
                await peers[sender].send(bytes([i]) * 20000)
            await peers[sender].close(4000)
            for i in range(20):
                equal(await receive(peers[receiver]), bytes([i]) * 20000, "message")
            equal(await closed_with(peers[receiver]), 4000, "code")


async def test_queue_is_sent_before_the_close():
    async with Server("--fault", "slow:50000") as server:
        phone, client = await pair(server)
        for i in range(10):
            await phone.send(bytes([i]) * 5000)
        await phone.close(4000)
        for i in range(10):
            equal(await receive(client), bytes([i]) * 5000, "message")
        equal(await closed_with(client), 4000, "code")


async def test_half_a_message_is_not_passed_on():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.frame(2, b"half", final=False)
        await asyncio.sleep(0.1)
        client.abort()
        try:
            message = await receive(phone)
        except ConnectionClosed as e:
            equal(e.rcvd.code, 1001, "code")
            return
        raise AssertionError(f"came: {message}")


async def test_signals_close_all_with_1001():
    for number in (signal.SIGTERM, signal.SIGINT):
        async with Server() as server:
            phone, client = await pair(server)
            lonely, _ = await phone_and_id(server)
            server.process.send_signal(number)
            equal([await closed_with(p) for p in (phone, client, lonely)], [1001] * 3, "codes")
            equal(await asyncio.wait_for(server.process.wait(), 5), 0, "exit status")


async def test_signal_does_not_wait_long_for_peers():
    async with Server() as server:
        raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        idle = await Raw.open(server)
        tcp = socket.create_connection(("127.0.0.1", server.port))
        started = time.monotonic()
        server.process.terminate()
        equal(await asyncio.wait_for(server.process.wait(), 15), 0, "exit status")
        assert time.monotonic() - started < 5, "it waited"
        tcp.close()
        raw.abort()
        idle.abort()


async def test_second_signal_does_not_wait_at_all():
    seconds = []
    for _ in range(3):  # the machine may be busy once
        async with Server() as server:
            raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
            server.process.terminate()
            equal((await raw.read_frame())[1], 8, "close, which is not answered")
            started = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            equal(await asyncio.wait_for(server.process.wait(), 10), 0, "exit status")
            seconds.append(time.monotonic() - started)
            raw.abort()
    assert min(seconds) < 0.7, f"it waited: {seconds}"  # one signal alone takes it a second


async def test_signal_stops_new_tunnels():
    async with Server() as server:
        lingering = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        late = await Raw.open(server)
        server.process.terminate()
        equal((await lingering.read_frame())[1], 8, "close, which is not answered")
        status, _ = await late.request(upgrade_request(f"/cable/new/{new_id()}"))
        equal(status, 503, "status")
        late.abort()
        lingering.abort()


async def test_signal_with_messages_queued():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.writer.transport.pause_reading()
        for _ in range(20):
            await phone.send(bytes(100000))
        await phone_and_id(server)
        server.process.terminate()
        equal(await asyncio.wait_for(server.process.wait(), 10), 0, "exit status")
        client.abort()


if __name__ == "__main__":
    sys.exit(main(globals()))
