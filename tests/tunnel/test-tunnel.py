#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Drives the real hybrid-tunnel over TLS, and counts on nothing that is ours.

    test-tunnel.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import stat
import struct
import subprocess
import sys
import time
import warnings

try:
    import websockets
    from websockets.exceptions import ConnectionClosed
except ImportError:
    print("1..0 # SKIP python3-websockets is not installed")
    sys.exit(0)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from tunnel_rig import (  # noqa: E402
    certs, closed_with, connect, equal, everything_said, frame, FREE_AT_ONCE, HEADER, MAN_PAGE,
    new_id, nothing_comes, pair, phone_and_id, PROGRAM, PROTOCOL, Raw, receive, refused, run,
    secrets, Server, status_of, timeout, trust, upgrade_request, work)

ONLY = sys.argv[3] if len(sys.argv) > 3 else ""
TEST_SECONDS = 60


# ---------------------------------------------------------------------------------------------
# Relay
# ---------------------------------------------------------------------------------------------

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


# ---------------------------------------------------------------------------------------------
# TLS
# ---------------------------------------------------------------------------------------------

async def test_tls_1_2_is_spoken():
    async with Server() as server:
        server.context.maximum_version = ssl.TLSVersion.TLSv1_2
        phone, client = await pair(server)
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")


async def test_tls_1_1_is_refused():
    configuration = os.path.join(work, "openssl.cnf")
    with open(configuration, "w") as f:  # the system would allow it
        f.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                "[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
    async with Server(environment={"OPENSSL_CONF": configuration}) as server:
        for version, accepted in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
            context = trust(certs)
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
            try:
                (await Raw.open(server, context)).abort()
                equal(True, accepted, f"{version.name}")
            except (ssl.SSLError, ConnectionError) as e:
                equal(False, accepted, f"{version.name}, {e}")


async def test_http_2_is_not_offered():
    async with Server() as server:
        context = trust(certs)
        context.set_alpn_protocols(["h2", "http/1.1"])
        raw = await Raw.open(server, context)
        equal(raw.writer.get_extra_info("ssl_object").selected_alpn_protocol(), "http/1.1", "ALPN")
        raw.abort()


async def test_tls_sessions_are_not_resumable():
    async with Server() as server:
        raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        session = raw.writer.get_extra_info("ssl_object").session
        assert session is None or not session.has_ticket, "a ticket was given"
        raw.abort()


async def test_certificate_is_checked_by_clients_that_trust_others():
    async with Server() as server:
        try:
            await Raw.open(server, ssl.create_default_context())
        except ssl.SSLCertVerificationError:
            return
        raise AssertionError("the certificate was accepted without its authority")


async def test_http_without_tls_is_not_served():
    async with Server() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(upgrade_request(f"/cable/new/{new_id()}"))
        async with timeout(5, "the connection does not end"):
            with contextlib.suppress(ConnectionError):
                assert b"HTTP/1.1 101" not in await reader.read()
        writer.close()


# ---------------------------------------------------------------------------------------------
# Refusals
# ---------------------------------------------------------------------------------------------

async def test_404_for_paths_that_are_not_known():
    tunnel_id = new_id()
    async with Server() as server:
        for path in ("/", "/cable", "/cable/new", "/cable/new/", "/cable/connect/",
                     f"/cable/new/{tunnel_id[:-1]}", f"/cable/new/{tunnel_id}0",
                     f"/cable/new/{tunnel_id[:-1]}g", f"/cable/new/{tunnel_id}/",
                     f"/cable/new/{tunnel_id}?a=b", f"/Cable/new/{tunnel_id}",
                     f"/x/cable/new/{tunnel_id}", f"/cable/connect/{tunnel_id}",
                     f"/cable/connect/12345/{tunnel_id}", f"/cable/connect/1234567/{tunnel_id}",
                     f"/cable/connect/12345z/{tunnel_id}", f"/cable/connect/123456/{tunnel_id}/",
                     f"/cable/connect//{tunnel_id}", "/cable/contact/AAAA",
                     f"/cable/contact/{tunnel_id}", "/" + "a" * 500):
            equal(await refused(server, upgrade_request(path)), 404, path)


async def test_404_for_a_tunnel_that_is_not_there():
    async with Server() as server:
        equal(await status_of(server, f"/cable/connect/123456/{new_id()}"), 404, "status")


async def test_404_for_a_wrong_routing_id_and_the_tunnel_lives_on():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        right = path.split("/")[3]
        wrong = f"{int(right, 16) ^ 1:06X}"
        equal(await status_of(server, path.replace(right, wrong)), 404, "wrong id")
        equal(await status_of(server, path), 101, "right id")


async def test_404_when_the_phone_has_left():
    async with Server() as server:
        for leave in (lambda phone: phone.close(), lambda phone: phone.transport.abort()):
            phone, path = await phone_and_id(server)
            if (waiting := leave(phone)) is not None:
                await waiting
            await asyncio.sleep(0.1)
            equal(await status_of(server, path), 404, "status")


async def test_405_for_other_methods():
    async with Server() as server:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
            for left_out in ((), ("Upgrade", "Connection")):
                request = upgrade_request(f"/cable/new/{new_id()}", method, left_out)
                equal(await refused(server, request), 405, method)


async def test_400_without_an_upgrade():
    async with Server() as server:
        for left_out in (("Upgrade",), ("Upgrade", "Connection"), ("Connection",)):
            request = upgrade_request(f"/cable/new/{new_id()}", leave_out=left_out)
            equal(await refused(server, request), 400, f"without {left_out}")
        for change in ({"Upgrade": "h2c"}, {"Connection": "keep-alive"},
                       {"Connection": "upgraded"}):
            request = upgrade_request(f"/cable/new/{new_id()}", change=change)
            equal(await refused(server, request), 400, f"with {change}")


async def test_connection_header_may_list_more():
    async with Server() as server:
        raw = await Raw.open(server)
        status, _ = await raw.request(upgrade_request(
            f"/cable/new/{new_id()}", change={"Connection": "keep-alive, Upgrade"}))
        equal(status, 101, "status")
        raw.abort()


async def test_400_without_the_subprotocol():
    async with Server() as server:
        request = upgrade_request(f"/cable/new/{new_id()}", leave_out=("Sec-WebSocket-Protocol",))
        equal(await refused(server, request), 400, "none")
        for value in ("other", "fido.cable2", "Fido.Cable", "fido", "afido.cable, b"):
            request = upgrade_request(f"/cable/new/{new_id()}",
                                      change={"Sec-WebSocket-Protocol": value})
            equal(await refused(server, request), 400, value)


async def test_400_for_a_wrong_key():
    async with Server() as server:
        path = f"/cable/new/{new_id()}"
        request = upgrade_request(path, leave_out=("Sec-WebSocket-Key",))
        equal(await refused(server, request), 400, "no key")
        for key in ("AAAA", "A" * 25, "A" * 23, "A" * 400):
            request = upgrade_request(path, change={"Sec-WebSocket-Key": key})
            equal(await refused(server, request), 400, f"key of {len(key)}")


async def test_426_for_other_versions():
    async with Server() as server:
        for version in ("8", "12", "14", "013", ""):
            raw = await Raw.open(server)
            status, headers = await raw.request(upgrade_request(
                f"/cable/new/{new_id()}", change={"Sec-WebSocket-Version": version}))
            equal(status, 426, f"version {version}")
            equal(headers["sec-websocket-version"], ["13"], "what is offered")
            raw.abort()


async def test_409_for_a_tunnel_id_in_use():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        tunnel_id = path.split("/")[-1]
        equal(await status_of(server, f"/cable/new/{tunnel_id}"), 409, "same case")
        equal(await status_of(server, f"/cable/new/{tunnel_id.upper()}"), 409, "other case")
        client = await connect(server, path)
        await client.send(b"x")
        equal(await receive(phone), b"x", "the first tunnel's message")


async def test_409_for_a_second_client():
    async with Server() as server:
        phone, path = await phone_and_id(server)
        client = await connect(server, path)
        equal(await status_of(server, path), 409, "status")
        await client.send(b"x")
        equal(await receive(phone), b"x", "the first client's message")


async def test_503_when_there_are_too_many_tunnels():
    async with Server("--max-tunnels", "2") as server:
        phones = [await phone_and_id(server) for _ in range(2)]
        equal(await status_of(server, f"/cable/new/{new_id()}"), 503, "the third")
        equal(await status_of(server, phones[0][1]), 101, "a client of the first")
        await phones[1][0].close()
        equal(await status_of(server, f"/cable/new/{new_id()}"), 101, "when one has gone")


async def test_rubbish_instead_of_a_request_is_survived():
    async with Server() as server:
        for data in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"BREW /pot HTTP/1.1\r\n\r\n",
                     b"GET /%zz HTTP/1.1\r\n\r\n", b"\r\n" * 1000, b"A" * 100000,
                     b"GET / HTTP/1.1\r\nX: " + b"y" * 100000 + b"\r\n\r\n"):
            raw = await Raw.open(server)
            raw.send(data)
            raw.writer.write_eof() if raw.writer.can_write_eof() else None
            answer = await raw.read_to_end(25)
            assert b" 101 " not in answer[:20], answer
            raw.abort()
        await pair(server)


# ---------------------------------------------------------------------------------------------
# Limits
# ---------------------------------------------------------------------------------------------

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


async def test_lifetime_limit():
    async with Server("--max-lifetime", "1") as server:
        started = time.monotonic()
        phone, client = await pair(server)
        lonely, _ = await phone_and_id(server)
        equal([await closed_with(p) for p in (phone, client, lonely)], [1001] * 3, "codes")
        assert 0.9 < time.monotonic() - started < 3, time.monotonic() - started


async def test_lifetime_limit_counts_although_messages_pass():
    async with Server("--max-lifetime", "1", "--max-messages", "100000") as server:
        phone, client = await pair(server)
        started = time.monotonic()
        try:
            while time.monotonic() - started < 5:
                await client.send(b"x")
                await receive(phone)
        except ConnectionClosed as e:
            equal(e.rcvd.code, 1001, "code")
            return
        raise AssertionError("it lived on")


async def test_idle_timeout():
    async with Server("--idle-timeout", "1", "--max-messages", "1000") as server:
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
        await asyncio.sleep(0.3)
        dropped = 0
        for s in sockets:
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                dropped += s.recv(1) == b""
        assert dropped > 50, f"only {dropped} were dropped"
        for s in sockets:
            s.close()
        await asyncio.sleep(0.3)
        await pair(server)


# ---------------------------------------------------------------------------------------------
# The end
# ---------------------------------------------------------------------------------------------

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


async def test_queue_is_sent_before_the_close():
    async with Server("--fault", "slow:50000") as server:
        phone, client = await pair(server)
        for i in range(10):
            await phone.send(bytes([i]) * 5000)
        await phone.close(4000)
        for i in range(10):
            equal(await receive(client), bytes([i]) * 5000, "message")
        equal(await closed_with(client), 4000, "code")


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
    async with Server() as server:
        raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
        server.process.terminate()
        await asyncio.sleep(0.05)
        server.process.send_signal(signal.SIGINT)
        equal(await asyncio.wait_for(server.process.wait(), 5), 0, "exit status")
        raw.abort()


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


async def test_broken_pipe_of_stdout_is_survived():
    async with Server() as server:
        server.process._transport.get_pipe_transport(1).close()
        phone, client = await pair(server)
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")


# ---------------------------------------------------------------------------------------------
# Faults
# ---------------------------------------------------------------------------------------------

async def send_and_read(server, messages, count):
    """The phone sends these; what the client gets, at most `count` of them."""
    phone, client = await pair(server)
    for message in messages:
        await phone.send(message)
    return client, [await receive(client) for _ in range(count)]


ABC = [b"aaaa", b"bbbb", b"cccc"]


async def test_fault_status():
    for status in (200, 403, 410, 503, 599):
        async with Server("--fault", f"status:{status}") as server:
            equal(await status_of(server, f"/cable/connect/123456/{new_id()}"), status, "alone")
            _, path = await phone_and_id(server)
            equal(await status_of(server, path), status, "with a phone")


async def test_fault_redirect():
    url = "wss://other.example:444/cable/connect/?x"
    async with Server("--fault", f"redirect:{url}") as server:
        _, path = await phone_and_id(server)
        raw = await Raw.open(server)
        status, headers = await raw.request(upgrade_request(path))
        equal((status, headers["location"]), (302, [url]), "answer")
        raw.abort()


async def test_fault_silent():
    async with Server("--fault", "silent") as server:
        phone, path = await phone_and_id(server)
        for p in (path, f"/cable/connect/123456/{new_id()}"):
            raw = await Raw.open(server)
            raw.send(upgrade_request(p))
            try:
                answer = await asyncio.wait_for(raw.reader.read(1), 0.7)
            except asyncio.TimeoutError:
                raw.abort()
                continue
            raise AssertionError(f"it said {answer}")
        await nothing_comes(phone)


async def test_fault_silent_ends_with_the_lifetime():
    async with Server("--fault", "silent", "--max-lifetime", "1") as server:
        raw = await Raw.open(server)
        raw.send(upgrade_request(f"/cable/connect/123456/{new_id()}"))
        equal(await raw.read_to_end(8), b"", "answer")
        raw.abort()


async def test_fault_wrong_accept():
    async with Server("--fault", "wrong-accept") as server:
        _, path = await phone_and_id(server)
        try:
            await connect(server, path)
        except websockets.exceptions.InvalidHeader as e:
            equal(e.name, "Sec-WebSocket-Accept", "complaint")
            return
        raise AssertionError("it was right")


async def test_fault_no_subprotocol():
    async with Server("--fault", "no-subprotocol") as server:
        phone, path = await phone_and_id(server)
        client = await connect(server, path)
        equal(client.subprotocol, None, "subprotocol")
        await client.send(b"x")
        equal(await receive(phone), b"x", "it is a tunnel otherwise")


async def test_fault_wrong_subprotocol():
    async with Server("--fault", "wrong-subprotocol") as server:
        _, path = await phone_and_id(server)
        client = await Raw.upgraded(server, path)
        equal(client.headers["sec-websocket-protocol"], ["fido.cabin"], "subprotocol")
        client.abort()


async def test_fault_silent_tcp():
    async with Server("--fault", "silent-tcp") as server:
        for _ in range(2):
            tcp = socket.create_connection(("127.0.0.1", server.port))
            tcp.settimeout(0.5)
            tcp.sendall(b"\x16\x03\x01")
            try:
                said = tcp.recv(1)
            except TimeoutError:
                continue
            finally:
                tcp.close()
            raise AssertionError(f"it said {said}")


async def test_fault_silent_tcp_spares_the_first():
    async with Server("--fault", "silent-tcp:1") as server:
        phone, path = await phone_and_id(server)
        try:
            await asyncio.wait_for(Raw.open(server), 0.7)
        except asyncio.TimeoutError:
            await nothing_comes(phone)
            return
        raise AssertionError("the second connection got TLS")


async def test_fault_close_tls():
    async with Server("--fault", "close-tls") as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server.context.maximum_version = version
            raw = await Raw.open(server)
            raw.send(upgrade_request(f"/cable/new/{new_id()}"))
            equal(await raw.read_to_end(), b"", "answer")
            raw.abort()


async def test_fault_close_tls_spares_the_first():
    async with Server("--fault", "close-tls:1") as server:
        _, path = await phone_and_id(server)
        raw = await Raw.open(server)
        equal(await raw.read_to_end(), b"", "answer")
        raw.abort()


async def test_fault_slow():
    async with Server("--fault", "slow:1000") as server:
        phone, path = await phone_and_id(server)
        started = time.monotonic()
        client = await connect(server, path)
        seconds = time.monotonic() - started
        assert 0.1 < seconds < 2, f"answer after {seconds} s"
        await phone.send(bytes(1500))
        started = time.monotonic()
        equal(await receive(client), bytes(1500), "message")
        seconds = time.monotonic() - started
        assert 1 < seconds < 4, f"message after {seconds} s"
        await client.send(bytes(100000))
        equal(len(await receive(phone, 2)), 100000, "the other direction")
        await phone.send(bytes(500))
        await phone.close(4000)
        equal(await receive(client), bytes(500), "last message")
        equal(await closed_with(client), 4000, "code")


async def test_fault_slow_as_slow_as_can_be():
    async with Server("--fault", "slow:1") as server:
        _, path = await phone_and_id(server)
        raw = await Raw.open(server)
        raw.send(upgrade_request(path))
        await asyncio.sleep(1.2)
        raw.abort()


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


# ---------------------------------------------------------------------------------------------
# Output, options, certificates
# ---------------------------------------------------------------------------------------------

async def test_first_line_tells_the_port():
    async with Server() as server:
        assert re.fullmatch(r"listening 127\.0\.0\.1:\d+\n", server.first_line), server.first_line
        assert server.port > 0
        await pair(server)


async def test_given_port_is_used():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with Server(listen=f"127.0.0.1:{port}") as server:
        equal(server.port, port, "port")


async def test_ipv6():
    async with Server(listen="[::1]:0") as server:
        assert re.fullmatch(r"listening \[::1\]:\d+\n", server.first_line), server.first_line
        reader, writer = await asyncio.open_connection("::1", server.port, ssl=server.context,
                                                       server_hostname="localhost")
        writer.close()


async def test_json_events():
    async with Server("--json") as server:
        equal(json.loads(server.first_line),
              {"event": "listening", "address": "127.0.0.1", "port": server.port}, "listening")
        phone, path = await phone_and_id(server)
        equal(await server.wait_event("tunnel-new"),
              {"event": "tunnel-new", "tunnel": 1, "open": 1}, "new")
        client = await connect(server, path)
        equal(await server.wait_event("tunnel-connect"),
              {"event": "tunnel-connect", "tunnel": 1}, "connect")
        equal(await status_of(server, "/"), 404, "status")
        equal(await server.wait_event("refused"), {"event": "refused", "status": 404}, "refused")
        await phone.send(b"12345")
        await client.send(b"1")
        await client.send(b"2")
        await receive(client)
        await receive(phone)
        await client.close(4000)
        closed = await server.wait_event("tunnel-closed")
        assert 0 < closed.pop("seconds") < 60
        equal(closed, {"event": "tunnel-closed", "tunnel": 1, "code": 4000,
                       "messages-from-phone": 1, "bytes-from-phone": 5,
                       "messages-from-client": 2, "bytes-from-client": 2}, "closed")
        await phone_and_id(server)
        equal((await server.wait_event("tunnel-new", 2))["tunnel"], 2, "second tunnel")
    for line in server.lines:
        assert line.startswith('{"event":'), line


async def test_text_events():
    async with Server() as server:
        phone, client = await pair(server)
        await status_of(server, "/")
        await phone.close(4000)
        await closed_with(client)
    equal([bool(re.match(pattern, line)) for pattern, line in zip(
        (r"tunnel 1: a phone is waiting, 1 open\n", r"tunnel 1: a client has joined\n",
         r"a request was refused with status 404\n", r"tunnel 1: closed with code 4000 after "),
        server.lines)], [True] * 4, f"{server.lines}")


async def test_quiet():
    for options in (("--quiet",), ("--quiet", "--json")):
        async with Server(*options) as server:
            phone, client = await pair(server)
            await status_of(server, "/")
            await client.close()
            await closed_with(phone)
        equal(server.lines, [], "lines after the first")


async def test_help_shows_all_options():
    done = run("--help")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    for option in ("listen", "cert", "key", "self-signed", "host", "max-message", "max-messages",
                   "max-lifetime", "max-tunnels", "handshake-timeout", "idle-timeout", "fault",
                   "json", "quiet", "help", "version"):
        assert f"--{option}" in done.stdout, option


async def test_version():
    done = run("--version")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    assert re.fullmatch(r"hybrid-tunnel \d+\.\d+\.\d+\n", done.stdout), done.stdout


async def test_fault_list_and_man_page_agree():
    done = run("--fault", "list")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    names = [re.match("[a-z-]+", line)[0] for line in done.stdout.splitlines()]
    equal(len(names), 20, "faults")
    with open(MAN_PAGE) as f:
        page = f.read()
    equal(re.findall(r"^\*([a-z-]+)\*(?:\[?:.*)?$", page[page.index("# FAULTS"):], re.M), names,
          "faults of the manual")
    for option in re.findall(r"--[a-z-]+", run("--help").stdout):
        assert f"*{option}*" in page, f"{option} is not in the manual"


async def test_wrong_options():
    listen, signed = ["--listen", "127.0.0.1:0"], ["--self-signed", certs]
    good = listen + signed
    for options in ([], listen, signed, good + ["extra"], good + ["--nonsense"], good + ["-x"],
                    good + ["--quiet=1"], listen + ["--self-signed"],
                    listen + ["--cert", "x"], listen + ["--key", "x"],
                    good + ["--cert", "x", "--key", "y"],
                    ["--listen", "8443", *signed], ["--listen", "127.0.0.1", *signed],
                    ["--listen", "127.0.0.1:", *signed], ["--listen", ":8443", *signed],
                    ["--listen", "127.0.0.1:65536", *signed], ["--listen", "::1:8443", *signed],
                    ["--listen", "127.0.0.1:x", *signed], ["--listen", "[]:1", *signed],
                    ["--listen", "[::1:1", *signed], ["--listen", "", *signed],
                    listen + ["--cert", "x", "--key", "y", "--host", "a.example"],
                    good + ["--host", ""], good + ["--host", "*.a"], good + ["--host", ".a"],
                    good + ["--host", "-a"], good + ["--host", "a,DNS:b"],
                    good + ["--host", "x" * 300], good + ["--host", "a"] * 33,
                    good + ["--max-message", "0"], good + ["--max-message", "-1"],
                    good + ["--max-message", "1k"], good + ["--max-message", ""],
                    good + ["--max-message", " 5"], good + ["--max-message", "+5"],
                    good + ["--max-message", "99999999999999999999999"],
                    good + ["--max-messages", "0"], good + ["--max-lifetime", "0"],
                    good + ["--max-lifetime", "1.5"], good + ["--max-tunnels", "0"],
                    good + ["--handshake-timeout", "0"], good + ["--idle-timeout", "x"],
                    good + ["--fault", "nonsense"], good + ["--fault", ""],
                    good + ["--fault", "status"], good + ["--fault", "status:"],
                    good + ["--fault", "status:99"], good + ["--fault", "status:600"],
                    good + ["--fault", "status:abc"], good + ["--fault", "silent:1"],
                    good + ["--fault", "drop:0"], good + ["--fault", "drop"],
                    good + ["--fault", "silen"], good + ["--fault", "slow:0"],
                    good + ["--fault", "redirect"], good + ["--fault", "redirect:"],
                    good + ["--fault", "redirect:a b"], good + ["--fault", "redirect:a\r\nX: y"],
                    good + ["--fault", "close-after:1:1005"], good + ["--fault", "close-after:1:"],
                    good + ["--fault", "close-after:x"], good + ["--fault", "drop:1"] * 33):
        done = run(*options)
        equal((done.returncode, done.stdout), (2, ""), f"{options}: {done.stderr}")
        assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr


def check_failure(done, words):
    equal((done.returncode, done.stdout), (1, ""), f"outcome, {done.stderr}")
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr
    assert words in done.stderr, done.stderr


async def test_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        check_failure(run("--listen", f"127.0.0.1:{port}", "--self-signed", certs),
                      "Address already in use")


async def test_address_that_is_not_ours():
    check_failure(run("--listen", "192.0.2.1:0", "--self-signed", certs),
                  "Cannot assign requested address")
    check_failure(run("--listen", "name.invalid:0", "--self-signed", certs), "name.invalid")


async def test_stdout_that_cannot_be_written():
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--self-signed", certs],
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    equal(done.returncode, 1, "exit status")
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr


def file(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True,
                          check=True).stdout


async def test_self_signed_files():
    folder = os.path.join(work, "fresh")
    async with Server(folder=folder):
        pass
    equal(sorted(os.listdir(folder)), ["ca.pem", "cert.pem", "key.pem"], "files")
    equal(stat.S_IMODE(os.stat(os.path.join(folder, "key.pem")).st_mode), 0o600, "mode of the key")
    equal(file(folder, "ca.pem").count(b"PRIVATE KEY"), 0, "keys beside the authority")
    text = openssl("x509", "-in", os.path.join(folder, "cert.pem"), "-noout", "-text")
    for words in ("DNS:cable.ua5v.com", "DNS:cable.auth.com", "DNS:localhost", "prime256v1",
                  "TLS Web Server Authentication", "CA:FALSE"):
        assert words in text, words
    checked = openssl("verify", "-x509_strict", "-CAfile", os.path.join(folder, "ca.pem"),
                      os.path.join(folder, "cert.pem"))
    assert checked.endswith("OK\n"), checked
    dates = openssl("x509", "-in", os.path.join(folder, "cert.pem"), "-noout", "-enddate")
    seconds = ssl.cert_time_to_seconds(dates.split("=")[1].strip()) - time.time()
    assert 29.9 < seconds / 86400 < 30.1, dates


async def test_self_signed_files_are_used_again():
    folder = os.path.join(work, "again")
    seen = set()
    for _ in range(3):
        async with Server(folder=folder) as server:
            await pair(server)
        seen.add(file(folder, "ca.pem") + file(folder, "cert.pem") + file(folder, "key.pem"))
    equal(len(seen), 1, "sets of files")


async def test_self_signed_for_more_names():
    folder = os.path.join(work, "names")
    async with Server("--host", "tunnel.example", "--host", "127.0.0.1", folder=folder) as server:
        for name in ("tunnel.example", "127.0.0.1", "cable.ua5v.com"):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", server.port, ssl=server.context, server_hostname=name)
            writer.close()
        try:
            await asyncio.open_connection("127.0.0.1", server.port, ssl=server.context,
                                          server_hostname="other.example")
        except ssl.SSLCertVerificationError:
            pass
        else:
            raise AssertionError("it is good for other names too")
    before = file(folder, "cert.pem")
    async with Server("--host", "tunnel.example", folder=folder):
        pass
    equal(file(folder, "cert.pem"), before, "certificate when it has the name already")
    async with Server("--host", "new.example", folder=folder):
        pass
    assert file(folder, "cert.pem") != before, "a name is missing"


async def test_self_signed_replaces_what_is_not_good():
    folder, other = os.path.join(work, "spoilt"), os.path.join(work, "other")
    for f in (folder, other):
        async with Server(folder=f):
            pass

    def spoil(name, content):
        def change():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content)
        return change

    for change in (spoil("key.pem", file(other, "key.pem")), spoil("ca.pem", file(other, "ca.pem")),
                   spoil("cert.pem", b"rubbish"), spoil("key.pem", b""),
                   lambda: os.unlink(os.path.join(folder, "ca.pem")),
                   lambda: os.chmod(os.path.join(folder, "key.pem"), 0o644) or
                   os.unlink(os.path.join(folder, "cert.pem"))):
        before = file(folder, "cert.pem")
        change()
        async with Server(folder=folder) as server:
            await pair(server)
        assert file(folder, "cert.pem") != before, "the old certificate is still there"
        mode = stat.S_IMODE(os.stat(os.path.join(folder, "key.pem")).st_mode)
        equal(mode, 0o600, "mode of the key")


async def test_self_signed_in_a_folder_that_cannot_be_made():
    check_failure(run("--listen", "127.0.0.1:0", "--self-signed", os.path.join(work, "a", "b")),
                  "No such file or directory")
    check_failure(run("--listen", "127.0.0.1:0", "--self-signed", MAN_PAGE), "Not a directory")


async def test_several_servers_make_the_same_files_at_once():
    folder = os.path.join(work, "together")
    async with contextlib.AsyncExitStack() as stack:
        servers = await asyncio.gather(*(stack.enter_async_context(Server(folder=folder))
                                         for _ in range(4)))
        for server in servers:
            server.context = trust(folder)
            await pair(server)


async def test_own_certificate():
    cert, key = os.path.join(certs, "cert.pem"), os.path.join(certs, "key.pem")
    async with Server("--cert", cert, "--key", key) as server:
        await pair(server)


async def test_own_certificate_that_is_wrong():
    other = os.path.join(work, "wrong")
    async with Server(folder=other):
        pass
    encrypted = os.path.join(other, "encrypted.pem")
    openssl("pkey", "-in", os.path.join(other, "key.pem"), "-aes128", "-passout", "pass:x", "-out",
            encrypted)
    cert, key = os.path.join(certs, "cert.pem"), os.path.join(certs, "key.pem")
    for c, k, words in (("/none.pem", key, "/none.pem"), (cert, "/none.pem", "/none.pem"),
                        (key, cert, key), (cert, os.path.join(other, "key.pem"), "key"),
                        (cert, MAN_PAGE, MAN_PAGE), (cert, encrypted, encrypted)):
        check_failure(run("--listen", "127.0.0.1:0", "--cert", c, "--key", k,
                          stdin=subprocess.DEVNULL), words)


async def test_no_secret_was_ever_said():
    """The last one: looks at all that the servers of this run have written."""
    said = "".join(everything_said).lower()
    assert len(secrets) > 2 or ONLY
    for secret in secrets:
        # Six digits are also found in a port or a size now and then: there, as a word only.
        pattern = secret if len(secret) > 6 else rf"(?<![0-9.]){secret}(?![0-9])"
        assert not re.search(pattern, said), "an id was written"


# ---------------------------------------------------------------------------------------------

def in_loop(test):
    """The test as a plain function, which takes no longer than it may."""
    async def main():
        async with timeout(TEST_SECONDS, "the test takes too long"):
            await test()

    return lambda: asyncio.run(main())


def main():
    tests = [(name, in_loop(test)) for name, test in tap.collect(globals()) if ONLY in name]
    status = tap.run(tests)
    shutil.rmtree(work, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
