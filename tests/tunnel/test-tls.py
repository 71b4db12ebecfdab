#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""TLS as it is spoken, and as it is not.

    test-tls.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import contextlib
import os
import ssl
import sys
import warnings

from tunnel_rig import (
    certs, equal, main, new_id, pair, Raw, receive, Server, timeout, trust, upgrade_request,
    work)


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
            refusal = None
            try:
                (await Raw.open(server, context)).abort()
            except ssl.SSLError as e:
                refusal = e.reason
            equal(refusal, None if accepted else "TLSV1_ALERT_PROTOCOL_VERSION", version.name)


async def test_http_2_is_not_offered():
    async with Server() as server:
        context = trust(certs)
        context.set_alpn_protocols(["h2", "http/1.1"])
        raw = await Raw.open(server, context)
        equal(raw.writer.get_extra_info("ssl_object").selected_alpn_protocol(), "http/1.1", "ALPN")
        raw.abort()


async def test_tls_sessions_are_not_resumable():
    async with Server() as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server.context.maximum_version = version
            raw = await Raw.upgraded(server, f"/cable/new/{new_id()}")
            session = raw.writer.get_extra_info("ssl_object").session
            assert not session or not session.has_ticket, f"a ticket was given, {version.name}"
            assert version == ssl.TLSVersion.TLSv1_3 or not session.id, "a session has a name"
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


if __name__ == "__main__":
    sys.exit(main(globals()))
