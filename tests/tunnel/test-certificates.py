#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The server's certificate: made, kept, made anew, or the user's own.

    test-certificates.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import asyncio
import contextlib
import os
import ssl
import stat
import subprocess
import sys
import time

from tunnel_rig import certs, check_failure, equal, main, MAN_PAGE, pair, run, Server, trust, work


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


async def test_files_of_others_are_left_alone():
    foreign = os.path.join(work, "foreign")
    os.makedirs(foreign)
    key, cert = os.path.join(foreign, "key.pem"), os.path.join(foreign, "cert.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mine", "-keyout", key,
            "-out", cert)
    for gone in (None, cert):  # both, and the key alone
        if gone:
            os.remove(gone)
        with open(key, "rb") as file:
            before = file.read()
        check_failure(run("--listen", "127.0.0.1:0", "--self-signed", foreign), "somebody else")
        with open(key, "rb") as file:
            equal(file.read(), before, "the key")


async def test_several_servers_make_the_same_files_at_once():
    folder = os.path.join(work, "together")
    async with contextlib.AsyncExitStack() as stack:
        servers = await asyncio.gather(*(stack.enter_async_context(Server(folder=folder))
                                         for _ in range(4)))
        for server in servers:
            server.context = trust(folder)
            await pair(server)


async def test_own_certificate():
    async with Server():
        pass
    cert, key = os.path.join(certs, "cert.pem"), os.path.join(certs, "key.pem")
    async with Server("--cert", cert, "--key", key) as server:
        await pair(server)


async def test_own_certificate_that_is_wrong():
    other = os.path.join(work, "wrong")
    for folder in (certs, other):
        async with Server(folder=folder):
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


if __name__ == "__main__":
    sys.exit(main(globals()))
