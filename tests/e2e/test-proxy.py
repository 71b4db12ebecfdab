#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole ceremonies through the proxies that networks have: by the settings, by the environment, with
and without a password, and what a person is told when it does not work."""

import asyncio
import os
import pathlib
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, CREATE_OPTIONS, connect  # noqa: E402
from partners import Partners  # noqa: E402
from proxies import Names, PASSWORD, Squid, Tinyproxy, USER, free_port  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
HOST = "cable.ua5v.com"
GOOD = f"{USER}:{PASSWORD}"


class Desk(Bus):
    """A Bus whose hybridd has these variables in its environment."""

    def __init__(self, settings, variables=None):
        self.variables = variables or {}
        super().__init__(BUILD, settings=settings)

    def environment(self):
        return dict(super().environment(), **self.variables)


def settings_for(partners, url=None, no_proxy=None, direct=False, **tunnel):
    """Settings with a proxy. Where the host is, only the proxy knows, unless `direct`."""
    settings = {"test": {"ca-file": str(partners.google.ca_file)}, "proxy": {}, "tunnel": tunnel}
    if direct:
        settings["test"]["resolve"] = f"{HOST}={partners.google.address}"
    if url:
        settings["proxy"]["url"] = url
    if no_proxy:
        settings["proxy"]["no-proxy"] = no_proxy
    return settings


async def ceremony(bus, partners, before_scan=None):
    """One registration: (cause or None, message)."""
    client = await connect(bus)
    path = await client.create(CREATE_OPTIONS)
    if before_scan:
        await before_scan()
    phone = partners.phone(bus, await client.qr_text(path), "--timeout", "30")
    try:
        code, results = await client.response(path, 40)
    finally:
        if phone.poll() is None:
            phone.terminate()
        phone.wait()
        client.close()
    return (None, "") if code == 0 else (results["cause"], results["message"])


def run(settings, partners, variables=None, before_scan=None):
    """hybridd with these settings, and one ceremony: (cause or None, message, log)."""
    with Desk(settings, variables) as bus:
        bus.start()
        cause, message = asyncio.run(ceremony(bus, partners, before_scan))
        assert bus.stop() == 0
        log = bus.log()
    assert PASSWORD not in log and PASSWORD not in message, "the password is told"
    assert "runtime error" not in log and "AddressSanitizer" not in log, log
    print(f"# {cause or 'done'}: {message}")
    return cause, message, log


def expect_done(settings, partners, variables=None, before_scan=None):
    """A ceremony that goes well; its log."""
    cause, message, log = run(settings, partners, variables, before_scan)
    assert cause is None, (cause, message)
    return log


def expect_refused(settings, partners, *parts, variables=None):
    """A ceremony that ends at the proxy, with these words in what is told."""
    cause, message, _ = run(settings, partners, variables)
    assert cause == "proxy", (cause, message)
    for part in parts:
        assert part in message, (part, message)


def names_of(partners):
    """The proxy that knows where the tunnel service is."""
    return Names({f"{HOST}:443": partners.google.address})


def through(kind):
    """With and without a password; wrong, missing; a port that is not allowed; a host that is down."""
    with Partners(BUILD) as partners, names_of(partners) as names:
        with kind(names) as proxy:
            expect_done(settings_for(partners, proxy.url()), partners)
            assert names.asked == [f"CONNECT {HOST}:443"], names.asked
            expect_done(settings_for(partners, proxy.url("nobody:asked")), partners)
        with kind(names, auth=True) as proxy:
            names.asked.clear()
            expect_done(settings_for(partners, proxy.url(GOOD)), partners)
            assert names.asked == [f"CONNECT {HOST}:443"], names.asked
            names.asked.clear()
            for user in (None, f"{USER}:wrong", f"{PASSWORD}:{USER}", USER):
                expect_refused(settings_for(partners, proxy.url(user)), partners, proxy.address,
                               "status 40", "wants a user name and a password")
            assert names.asked == [], names.asked
        with kind(names, port=563) as proxy:
            expect_refused(settings_for(partners, proxy.url()), partners, proxy.address, "403",
                           HOST)
    with Partners(BUILD) as partners, Names({}) as names, kind(names) as proxy:
        expect_refused(settings_for(partners, proxy.url()), partners, proxy.address, "50", HOST)


def test_tinyproxy():
    through(Tinyproxy)


def test_squid():
    through(Squid)


def test_proxy_that_is_down():
    with Partners(BUILD) as partners:
        address = f"127.0.0.1:{free_port()}"
        # That the host could be reached without is no reason to do so.
        expect_refused(settings_for(partners, f"http://{GOOD}@{address}", direct=True), partners,
                       address, "Connection refused", "[proxy]")


def test_proxy_that_is_silent():
    with Partners(BUILD) as partners, socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        start = time.monotonic()
        expect_refused(settings_for(partners, f"http://{address}"), partners, address, "no answer")
        assert time.monotonic() - start < 16, "it took too long"


def test_proxy_that_is_none():
    """A tunnel service is no proxy: it does not understand what it is asked."""
    with Partners(BUILD) as partners:
        address = partners.google.address
        expect_refused(settings_for(partners, f"http://{address}"), partners, address)


def test_reached_without():
    with Partners(BUILD) as partners:
        dead = f"http://127.0.0.1:{free_port()}"
        for no_proxy in (HOST, "other.test .ua5v.com", ["other.test", f"{HOST}:443"], "*"):
            expect_done(settings_for(partners, dead, no_proxy, direct=True), partners)
        for no_proxy in ("ua5v.co", f"{HOST}:8443", "x" + HOST):
            expect_refused(settings_for(partners, dead, no_proxy, direct=True), partners)


def test_environment():
    """As curl reads it: https before all, lower case before upper, and no_proxy."""
    with Partners(BUILD) as partners, names_of(partners) as names, \
            Names({f"{HOST}:443": partners.google.address}) as other:
        good, dead = f"http://127.0.0.1:{names.port}", f"http://127.0.0.1:{free_port()}"
        hidden = settings_for(partners)
        for variables in ({"https_proxy": good}, {"HTTPS_PROXY": good}, {"all_proxy": good},
                          {"ALL_PROXY": good}, {"https_proxy": good, "HTTPS_PROXY": dead},
                          {"https_proxy": good, "all_proxy": dead, "http_proxy": dead},
                          {"HTTPS_PROXY": good, "all_proxy": dead},
                          {"https_proxy": "", "ALL_PROXY": good},
                          {"https_proxy": good, "no_proxy": "other.test"},
                          {"https_proxy": f"127.0.0.1:{names.port}"}):
            names.asked.clear()
            expect_done(hidden, partners, variables)
            assert names.asked == [f"CONNECT {HOST}:443"], variables

        known = settings_for(partners, direct=True)
        for variables in ({}, {"http_proxy": dead, "HTTP_PROXY": dead},
                          {"https_proxy": dead, "no_proxy": HOST},
                          {"https_proxy": dead, "NO_PROXY": "x,.ua5v.com"},
                          {"https_proxy": dead, "no_proxy": "*", "NO_PROXY": "x"}):
            expect_done(known, partners, variables)
        expect_refused(known, partners, variables={"https_proxy": dead, "no_proxy": "x",
                                                   "NO_PROXY": "*"})
        expect_refused(known, partners, "SOCKS", variables={"https_proxy": "socks5://127.0.0.1:1"})
        expect_refused(known, partners, variables={"all_proxy": f"http://{GOOD}%@x:1"})

        # The settings come first, each by itself.
        expect_done(settings_for(partners, f"http://127.0.0.1:{other.port}"), partners,
                    {"https_proxy": dead})
        assert other.asked == [f"CONNECT {HOST}:443"]
        expect_done(settings_for(partners, "direct", direct=True), partners, {"https_proxy": dead})
        expect_done(settings_for(partners, no_proxy=HOST, direct=True), partners,
                    {"https_proxy": dead, "no_proxy": "x"})
        expect_done(settings_for(partners, dead, direct=True), partners, {"no_proxy": HOST})


def test_connections_made_ahead():
    with Partners(BUILD) as partners, names_of(partners) as names:
        url = f"http://127.0.0.1:{names.port}"

        async def person_looks_for_the_phone():
            """As long as people do: the connection is up by then, also on a busy machine."""
            while not names.asked:
                await asyncio.sleep(0.01)
            await asyncio.sleep(2)
        expect_done(settings_for(partners, url, **{"connect-ahead": HOST}), partners,
                    before_scan=person_looks_for_the_phone)
        assert names.asked == [f"CONNECT {HOST}:443"], names.asked


def test_more_authorities():
    """The company's own root, besides the system's; the name in a certificate still counts."""
    with Partners(BUILD) as partners, names_of(partners) as names:
        settings = settings_for(partners, f"http://127.0.0.1:{names.port}",
                                **{"ca-file": str(partners.google.ca_file)})
        del settings["test"]["ca-file"]
        expect_done(settings, partners)
        del settings["tunnel"]["ca-file"]
        assert run(settings, partners)[0] == "tunnel-tls"

        # It looks like one, but is none.
        bad = partners.folder / "bad.pem"
        bad.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                       encoding="ascii")
        settings["tunnel"]["ca-file"] = str(bad)
        cause, message, _ = run(settings, partners)
        assert cause == "tunnel-tls" and str(bad) in message, (cause, message)


def refuse_to_start(settings, *parts):
    """hybridd does not start, and says why."""
    with Desk(settings) as bus:
        try:
            bus.start()
        except RuntimeError as error:
            text = str(error)
        else:
            raise AssertionError(f"it starts with {settings}")
    for part in parts:
        assert part in text, (part, text)
    assert PASSWORD not in text, text


def test_wrong_settings():
    for url, part in (("socks5://127.0.0.1:1080", "SOCKS"), ("https://proxy.test:443", "over TLS"),
                      (f"http://{GOOD}@proxy.test:0", "port"),
                      (f"http://{GOOD}%0a@proxy.test:1", "user name"),
                      (f"http://{GOOD}@:1", "host"), ("http://proxy.test:1/path", "http://"),
                      ("ftp://proxy.test", "http://")):
        refuse_to_start({"proxy": {"url": url}}, "[proxy] url: ", part)


def test_wrong_authorities():
    with Partners(BUILD) as partners:
        pem = partners.google.ca_file.read_text(encoding="ascii")
        path = partners.folder / "some.pem"

        def refuse(part, given=path):
            refuse_to_start({"tunnel": {"ca-file": str(given)}}, "[tunnel] ca-file: ", part)
        refuse("is not there")
        refuse("absolute path", "some.pem")
        refuse("is not a file", partners.folder)
        path.write_text("no certificate\n", encoding="ascii")
        refuse("holds no certificate")
        path.write_text(pem.split("-----END")[0], encoding="ascii")
        refuse("holds no certificate")
        path.write_text(pem + "#" * (4 << 20), encoding="ascii")
        refuse("too large")
        path.write_text(pem, encoding="ascii")
        for mode in (0o664, 0o646):
            path.chmod(mode)
            refuse("can be written by others")
        path.chmod(0o644)
        if os.geteuid() == 0:
            os.chown(path, 65534, -1)
            refuse("belongs to somebody else")


def test_password_that_others_can_read():
    for user, mode, warned in ((GOOD, 0o644, True), (GOOD, 0o640, True), (GOOD, 0o604, True),
                               (GOOD, 0o600, False), ("", 0o644, False)):
        url = f"http://{user + '@' if user else ''}127.0.0.1:1"
        with Desk({"proxy": {"url": url}}) as bus:
            bus.config_path.chmod(mode)
            bus.start()
            assert bus.stop() == 0
            assert ("others can read" in bus.log()) == warned, (user, oct(mode), bus.log())
            assert PASSWORD not in bus.log()


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
