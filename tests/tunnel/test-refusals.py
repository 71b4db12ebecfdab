#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Requests that get no tunnel, and what they are told.

    test-refusals.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import sys

from tunnel_rig import (
    connect, equal, main, new_id, pair, phone_and_id, Raw, receive, refused, Server, status_of,
    upgrade_request)


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
    async with Server("--json") as server:
        phone, path = await phone_and_id(server)
        await phone.close()
        await server.wait_event("tunnel-closed")
        equal(await status_of(server, path), 404, "when it has said goodbye")
        phone, path = await phone_and_id(server)
        phone.transport.abort()
        await server.wait_event("tunnel-closed", 2)
        equal(await status_of(server, path), 404, "when it has not")


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


if __name__ == "__main__":
    sys.exit(main(globals()))
