#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the server says, and to whom.

    test-output.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import fcntl
import json
import re
import socket
import subprocess
import sys

from tunnel_rig import (
    certs, closed_with, connect, equal, main, new_id, pair, phone_and_id, PROGRAM, receive, Server,
    status_of)


async def test_broken_pipe_of_stdout_is_survived():
    async with Server() as server:
        server.process._transport.get_pipe_transport(1).close()
        phone, client = await pair(server)
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")


async def test_stdout_that_nobody_reads_stops_nothing():
    async with Server("--json") as server:
        pipe = server.process._transport.get_pipe_transport(1)
        fcntl.fcntl(pipe.get_extra_info("pipe"), fcntl.F_SETPIPE_SZ, 8192)
        pipe.pause_reading()
        for _ in range(300):  # a line of more than 30 bytes each
            equal(await status_of(server, "/"), 404, "status")
        phone, client = await pair(server)
        await client.send(b"x")
        equal(await receive(phone), b"x", "message")
        pipe.resume_reading()
        await server.wait_event("refused", 50)
        equal(await status_of(server, f"/cable/connect/123456/{new_id()}x"), 404, "status")
        await client.close(4000)
        equal((await server.wait_event("tunnel-closed"))["code"], 4000, "what is said later")
        assert len(server.events("refused")) < 301, "where was room for all of it?"


async def test_stdout_that_cannot_be_written():
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--self-signed", certs],
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    equal(done.returncode, 1, "exit status")
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr


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


if __name__ == "__main__":
    sys.exit(main(globals()))
