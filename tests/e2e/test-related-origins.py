#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole ceremonies for the RP ID of another site: what the site says of related origins decides, and
nobody is led into the house by it."""

import asyncio
import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, CREATE_OPTIONS, GET_OPTIONS, MANAGER, PATH, connect  # noqa: E402
from partners import Partners  # noqa: E402
from proxies import Names, Tinyproxy  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
SITE, ORIGIN = "example.com", "https://example.co.uk"
WELL_KNOWN = "/.well-known/webauthn"


def listing(*origins):
    """The document of a site."""
    return json.dumps({"origins": list(origins)}).encode()


LISTED = listing("https://example.org", ORIGIN)


class Site:
    """An https server with a certificate for these names. `answer` is (status, headers, body), or a
    function of the path that returns it; what was asked is in `asked`."""

    def __init__(self, folder, *names):
        self.answer = (200, {"Content-Type": "application/json"}, LISTED)
        self.asked = []
        self.ca_file = folder / "site.pem"
        self._make_certificate(folder, names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, folder / "site.key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _make_certificate(self, folder, names):
        """Signed by itself, which is as good as an authority of its own."""
        alternatives = ",".join(f"DNS:{name}" for name in names)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
             f"subjectAltName={alternatives}", "-keyout", str(folder / "site.key"), "-out",
             str(self.ca_file)], check=True, capture_output=True)

    def _handler(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers as the site does."""

            def do_GET(self):  # pylint: disable=invalid-name
                """Any path."""
                site.asked.append((self.headers["Host"], self.path, dict(self.headers)))
                status, headers, body = (site.answer(self.path) if callable(site.answer)
                                         else site.answer)
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Says nothing."""
        return Handler

    def close(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()


class World:
    """Partners, and sites that hybridd finds on loopback because the test's settings say so."""

    def __init__(self, **requests):
        self.stack = contextlib.ExitStack()
        self.partners = self.stack.enter_context(Partners(BUILD))
        folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.site = Site(folder, SITE, "www.example.com", "elsewhere.example")
        self.stack.callback(self.site.close)
        every = folder / "all.pem"
        every.write_text(self.partners.google.ca_file.read_text() + self.site.ca_file.read_text(),
                         encoding="ascii")
        self.settings = self.partners.settings()
        self.settings["test"]["ca-file"] = str(every)
        self.settings["test"]["resolve"] += [
            f"{name}={self.site.address}" for name in (SITE, "www.example.com", "elsewhere.example")]
        self.settings["requests"] = requests

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self.stack.__exit__(*details)


def create_options(rp_id=SITE):
    """What a page asks for."""
    return dict(CREATE_OPTIONS, rp=dict(CREATE_OPTIONS["rp"], id=rp_id))


async def ceremony(bus, partners, create=True, **extra):
    """One whole ceremony of ORIGIN for SITE: the response's JSON."""
    client = await connect(bus)
    if create:
        path = await client.create(create_options(), ORIGIN, **extra)
    else:
        path = await client.get(dict(GET_OPTIONS, rpId=SITE), ORIGIN, **extra)
    phone = partners.phone(bus, await client.qr_text(path), "--timeout", "30")
    try:
        code, results = await client.response(path, 40)
    finally:
        if phone.poll() is None:
            phone.terminate()
        phone.wait()
    client.close()
    assert code == 0, results
    (response,) = results["public_key"].values()
    return json.loads(response)


async def refused(bus, rp_id=SITE, origin=ORIGIN):
    """A request that is refused: (cause, message, seconds). There was no code."""
    client = await connect(bus)
    start = time.monotonic()
    path = await client.create(create_options(rp_id), origin)
    code, results = await client.response(path, 20)
    seconds = time.monotonic() - start
    states = [s.body[1]["State"].value for s in client.signals
              if s.member == "PropertiesChanged" and "State" in s.body[1]]
    qr_signals = [s for s in client.signals if s.member == "QrChanged"]
    client.close()
    assert code == 2 and results["error"] == "SecurityError", results
    assert not qr_signals and set(states) <= {"preflight", "failed"}, states
    print(f"# {results['cause']}: {results['message']}")
    return results["cause"], results["message"], seconds


def client_data(response):
    """clientDataJSON of a response."""
    text = response["response"]["clientDataJSON"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_listed_origin():
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        response = asyncio.run(ceremony(bus, world.partners))
        assert client_data(response)["origin"] == ORIGIN, client_data(response)
        ((host, path, headers),) = world.site.asked
        assert (host, path) == (SITE, WELL_KNOWN)
        assert set(headers) == {"Host", "User-Agent", "Accept"}, headers
        response = asyncio.run(ceremony(bus, world.partners, create=False))
        assert client_data(response)["origin"] == ORIGIN
        assert len(world.site.asked) == 2
        assert bus.stop() == 0
        log = bus.log()
        assert "runtime error" not in log and "Sanitizer" not in log, log


def test_redirects():
    def answers(target):
        def answer(path):
            if path == WELL_KNOWN:
                return 302, {"Location": target}, b""
            return 200, {"Content-Type": "application/json"}, LISTED
        return answer
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        for target in ("/list", "https://www.example.com/list", "https://elsewhere.example/list"):
            world.site.answer = answers(target)
            asyncio.run(ceremony(bus, world.partners))
        for target, part in (("http://example.com/list", "redirected"),
                             ("https://127.0.0.1/list", "redirected"),
                             ("https://site.localhost/list", "redirected"),
                             ("https://example.com:631/list", "redirected"),
                             (WELL_KNOWN, "too many redirects")):
            world.site.answer = answers(target)
            cause, message, _ = asyncio.run(refused(bus))
            assert cause == "origin-refused" and part in message, (target, message)


def test_what_a_site_may_not_say():
    json_type = {"Content-Type": "application/json"}
    five = [f"https://{label}.com" for label in "abcde"]
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        for answer, part in (
                ((200, json_type, listing()), "does not list"),
                ((200, json_type, listing("https://www.example.co.uk")), "does not list"),
                ((200, json_type, listing(ORIGIN.replace("https", "http"))), "does not list"),
                ((200, json_type, listing(ORIGIN + ":8443")), "does not list"),
                ((200, json_type, listing(*five, ORIGIN)), "does not list"),
                ((200, json_type, b"{"), "malformed"),
                ((200, json_type, b'{"origins": "https://example.co.uk"}'), "malformed"),
                ((200, json_type, b'{"origins": ["https://example.co.uk", 1]}'), "malformed"),
                ((200, json_type, b""), "malformed"),
                ((200, json_type, LISTED + b" " * 65536), "cannot be had"),
                ((200, {"Content-Type": "text/html"}, LISTED), "application/json"),
                ((200, {}, LISTED), "application/json"),
                ((404, json_type, LISTED), "404"), ((500, json_type, LISTED), "500"),
                ((201, json_type, LISTED), "201")):
            world.site.answer = answer
            cause, message, _ = asyncio.run(refused(bus))
            assert cause == "origin-refused" and part in message, (answer, message)
        world.site.answer = (200, json_type, listing(*five[:4], ORIGIN))
        asyncio.run(ceremony(bus, world.partners))


def test_nobody_is_led_into_the_house():
    """Names of this machine are not asked, whoever listens there."""
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        cause, message, _ = asyncio.run(refused(bus, "site.localhost"))
        assert cause == "origin-refused" and "none of the internet" in message, message
        for rp_id in ("localhost", "127.0.0.1", "co.uk", "com", "10.0.0.1"):
            cause, message, _ = asyncio.run(refused(bus, rp_id))
            assert cause == "origin-refused" and "cannot be had" not in message, message
        assert world.site.asked == []


def test_switched_off():
    with World(**{"related-origins": "no"}) as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        assert asyncio.run(refused(bus))[0] == "origin-refused"
        assert world.site.asked == []


def test_slow_site():
    def answer(_):
        time.sleep(30)
        return 200, {"Content-Type": "application/json"}, LISTED
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        world.site.answer = answer
        cause, message, seconds = asyncio.run(refused(bus))
        assert cause == "origin-refused" and "no answer in time" in message, message
        assert 9 < seconds < 13, seconds


def test_cancelled_while_asking():
    def answer(_):
        time.sleep(5)
        return 200, {"Content-Type": "application/json"}, LISTED

    async def main(bus, site):
        client = await connect(bus)
        path = await client.create(create_options(), ORIGIN)
        for _ in range(200):
            if site.asked:
                break
            await asyncio.sleep(0.02)
        assert site.asked
        start = time.monotonic()
        await client.cancel(path)
        code, results = await client.response(path)
        client.close()
        assert code == 1 and results.get("cause", "cancelled") == "cancelled", (code, results)
        assert time.monotonic() - start < 2, "it was waited for"
        for _ in range(200):
            if not bus.children():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the ceremony's process is left")
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        world.site.answer = answer
        asyncio.run(main(bus, world.site))
        assert bus.stop() == 0


def test_through_a_proxy():
    if not shutil.which("tinyproxy"):
        raise tap.Skip("tinyproxy is not installed (package tinyproxy-bin)")
    with World() as world, Names({f"{SITE}:443": world.site.address, "cable.ua5v.com:443":
                                  world.partners.google.address}) as names, \
            Tinyproxy(names, auth=True) as proxy:
        del world.settings["test"]["resolve"]
        world.settings["proxy"] = {"url": proxy.url("clerk:s3cret-Passw0rd")}
        with Bus(BUILD, settings=world.settings) as bus:
            bus.start()
            asyncio.run(ceremony(bus, world.partners))
            assert names.asked == [f"CONNECT {SITE}:443", "CONNECT cable.ua5v.com:443"]
            assert "s3cret" not in bus.log()


def test_loaded_only_when_needed():
    def maps(bus):
        return "".join(pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
                       for pid in bus.children() + [bus.daemon.pid])

    async def main(bus):
        client = await connect(bus)
        path = await client.create()
        await client.qr_text(path)
        assert "libcurl" not in maps(bus)
        other = await client.create(create_options(), ORIGIN)
        await client.qr_text(other)
        assert "libcurl" in maps(bus) and "fetch.so" in maps(bus)
        assert "related-origins" in await client.get_property(PATH, MANAGER, "Capabilities")
        client.close()
    if os.geteuid() != 0:
        raise tap.Skip("not root: a ceremony's memory cannot be looked at")
    with World() as world, Bus(BUILD, settings=world.settings) as bus:
        bus.start()
        asyncio.run(main(bus))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
