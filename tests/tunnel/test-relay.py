#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What passes through tunnels.

    test-relay.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import base64
import hashlib
import os
import re
import sys

from tunnel_rig import (
    closed_with, connect, equal, HEADER, main, new_id, pair, phone_and_id, PROTOCOL, Raw,
    receive, Server, status_of, timeout, upgrade_request)


async def test_relay_passes_messages_of_all_sizes_both_ways():
    async with Server() as server:
        phone, client = await pair(server)
        for n in (0, 1, 81, 125, 126, 511, 512, 513, 65535, 65536, 65537, 1 << 20):
            for sender, receiver in ((phone, client), (client, phone)):
                message = os.urandom(n)
                await sender.send(message)
                assert await receive(receiver) == message, f"{n} bytes changed"


async def test_relay_keeps_order_and_boundaries():
    async with Server() as server:
        phone, client = await pair(server)
        for i in range(60):
            await client.send(bytes([i]) * (i * 37))
        for i in range(60):
            equal(await receive(phone), bytes([i]) * (i * 37), f"message {i}")


async def test_routing_id_header_comes_once_and_has_6_upper_case_digits():
    async with Server() as server:
        raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        equal(len(raw.headers[HEADER.lower()]), 1, "headers")
        assert re.fullmatch("[0-9A-F]{6}", raw.headers[HEADER.lower()][0]), raw.headers
        raw.abort()


async def test_routing_ids_differ():
    async with Server() as server:
        phones = [await phone_and_id(server) for _ in range(8)]
        assert len({p.response_headers[HEADER] for p, _ in phones}) >= 7


async def test_client_gets_no_routing_id():
    async with Server() as server:
        _, client = await pair(server)
        assert HEADER not in client.response_headers


async def test_accept_and_subprotocol_are_right():
    async with Server() as server:
        raw = await Raw.open(server)
        request = upgrade_request(f"/cable/new/{new_id()}")
        key = re.search(rb"Key: (\S+)", request)[1]
        status, headers = await raw.request(request)
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        equal(status, 101, "status")
        equal(headers["sec-websocket-accept"], [base64.b64encode(digest).decode()], "accept")
        equal(headers["sec-websocket-protocol"], [PROTOCOL], "subprotocol")
        raw.abort()


async def test_hexadecimal_digits_of_either_case():
    async with Server() as server:
        tunnel_id = new_id()
        phone = await connect(server, f"/cable/new/{tunnel_id.upper()}")
        routing_id = phone.response_headers[HEADER].lower()
        client = await connect(server, f"/cable/connect/{routing_id}/{tunnel_id}")
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")


async def test_origin_does_not_matter():
    async with Server() as server:
        for origin in (None, "wss://cable.ua5v.com", "https://example.com"):
            phone, path = await phone_and_id(server, origin=origin)
            equal(await status_of(server, path, origin=origin), 101, f"origin {origin}")


async def test_subprotocol_is_found_among_others():
    async with Server() as server:
        phone, _ = await phone_and_id(server, subprotocols=["other", PROTOCOL, "third"])
        equal(phone.subprotocol, PROTOCOL, "subprotocol")


async def test_compression_is_not_used():
    async with Server() as server:
        raw = await Raw.open(server)
        status, headers = await raw.request(upgrade_request(
            f"/cable/new/{new_id()}", change={"Sec-WebSocket-Extensions": "permessage-deflate"}))
        equal(status, 101, "status")
        assert "sec-websocket-extensions" not in headers, headers
        raw.abort()


async def test_fragments_are_joined():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        await phone.send([b"a" * 100, b"b" * 5000, b"", b"c"])
        equal(await client.read_frame(), (True, 2, b"a" * 100 + b"b" * 5000 + b"c"), "frame")

        client.frame(2, b"one ", final=False)
        client.frame(9, b"ping")  # control frames may come in between
        client.frame(0, b"two ", final=False)
        client.frame(0, b"")
        equal(await receive(phone), b"one two ", "message")
        equal(await client.read_frame(), (True, 10, b"ping"), "pong")
        client.abort()


async def test_empty_fragments_make_an_empty_message():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        client.frame(2, b"", final=False)
        client.frame(0, b"")
        equal(await receive(phone), b"", "message")
        client.abort()


async def test_frames_byte_by_byte():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        for byte in b"\x82\x83\x01\x02\x03\x04" + bytes(a ^ b for a, b in zip(b"abc", b"\1\2\3")):
            client.send(bytes([byte]))
            await asyncio.sleep(0.01)
        equal(await receive(phone), b"abc", "message")
        client.abort()


async def test_early_messages_of_the_phone_wait_for_the_client():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        for i in range(5):
            await phone.send(bytes([i]))
        await asyncio.sleep(0.1)
        client = await connect(server, path)
        for i in range(5):
            equal(await receive(client), bytes([i]), "message")


async def test_tunnels_do_not_mix():
    async with Server() as server:
        pairs = [await pair(server) for _ in range(10)]
        for i, (phone, client) in enumerate(pairs):
            await client.send(bytes([i]))
            await phone.send(bytes([100 + i]))
        for i, (phone, client) in enumerate(pairs):
            equal(await receive(phone), bytes([i]), "at the phone")
            equal(await receive(client), bytes([100 + i]), "at the client")


async def test_ping_is_answered():
    async with Server() as server:
        phone, client = await pair(server)
        for peer in (phone, client):
            async with timeout(5, "no pong"):
                await (await peer.ping(b"payload"))


async def test_tunnel_id_is_free_again_after_its_end():
    async with Server() as server:
        tunnel_id = new_id()
        for _ in range(3):
            phone = await connect(server, f"/cable/new/{tunnel_id}")
            await phone.close()


async def test_many_tunnels_at_once():
    async def one(server):
        phone, client = await pair(server)
        for i in range(10):
            await client.send(b"c" * i)
            equal(await receive(phone), b"c" * i, "at the phone")
            await phone.send(b"p" * i)
            equal(await receive(client), b"p" * i, "at the client")
        await client.close(1000)
        equal(await closed_with(phone), 1000, "code")

    async with Server("--json") as server:
        await asyncio.gather(*(one(server) for _ in range(50)))
        equal((await server.wait_event("tunnel-closed", 50))["bytes-from-phone"], 45, "bytes")


if __name__ == "__main__":
    sys.exit(main(globals()))
