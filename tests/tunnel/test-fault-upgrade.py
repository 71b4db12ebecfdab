#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Faults up to the answer to the upgrade.

    test-fault-upgrade.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import socket
import ssl
import sys

from tunnel_rig import (
    connect, equal, main, new_id, nothing_comes, phone_and_id, Raw, receive,
    Server, status_of, upgrade_request)
from websockets.exceptions import InvalidHeader


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
        except InvalidHeader as e:
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


if __name__ == "__main__":
    sys.exit(main(globals()))
