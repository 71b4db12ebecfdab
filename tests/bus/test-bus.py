#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridd on a real, private session bus: its interface, its limits, and who may do what."""

import asyncio
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import checks  # noqa: E402
import hybridd  # noqa: E402
import tap  # noqa: E402
from checks import (fails_with, holds, n_fds, open_window, private_dirty_kb, refused, settle,
                    until_n_fds, Window)  # noqa: E402
from hybridd import (Bus, BusFailure, CREATE_OPTIONS, MANAGER, NAME, PATH, REQUEST, Message,
                     MessageType, Variant, connect)  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build")


def with_daemon(function, **arguments):
    """Runs a coroutine function(bus, client) against a fresh hybridd."""
    checks.with_daemon(BUILD, function, **arguments)


# ---- the interface ------------------------------------------------------------------------------

def describe(xml):
    """Names and types of all members, from introspection XML."""
    members = set()
    for interface in ET.fromstring(xml).iter("interface"):
        if not interface.get("name").startswith(NAME):
            continue
        for member in interface:
            if member.tag == "annotation":
                continue
            arguments = tuple((a.get("name"), a.get("type"), a.get("direction", "out"))
                              for a in member.iter("arg"))
            notes = tuple(sorted((a.get("name"), a.get("value")) for a in member.iter("annotation")
                                 if "EmitsChangedSignal" in a.get("name")))
            members.add((interface.get("name"), member.tag, member.get("name"),
                         member.get("type"), member.get("access"), arguments, notes))
    return members


def test_interfaces_are_what_the_documents_say():
    async def check(_, client):
        request = await client.create()
        for path, name in ((PATH, MANAGER), (request, REQUEST)):
            actual = (await client.call(path, "org.freedesktop.DBus.Introspectable",
                                        "Introspect"))[0]
            documented = (ROOT / "docs" / "dbus" / f"{name}.xml").read_text(encoding="utf-8")
            assert describe(actual) == describe(documented), (
                describe(actual) ^ describe(documented))
    with_daemon(check)


def test_documents_say_what_they_say_in_comments():
    for document in (ROOT / "docs" / "dbus").glob("*.xml"):
        for element in ET.parse(document).iter():
            for text in (element.text, element.tail):
                assert not (text or "").strip(), (document.name, text)


def test_requests_are_no_list_for_everybody():
    """Not even that they are there: their paths tell whose they are."""
    async def check(bus, client):
        request = await client.create()
        stranger = await connect(bus)
        for path in (PATH, f"{PATH}/request", request.rpartition("/")[0]):
            try:
                xml = (await stranger.call(path, "org.freedesktop.DBus.Introspectable",
                                           "Introspect"))[0]
            except BusFailure:
                continue
            names = [node.get("name") for node in ET.fromstring(xml).iter("node")]
            assert not any(name and (name[0].isdigit() or name in request.rpartition("/")[2])
                           for name in names), (path, xml)
        stranger.close()
    with_daemon(check)


def test_manager_properties():
    async def check(_, client):
        assert (await client.get_property(PATH, MANAGER, "Bluetooth")) == "on"
        capabilities = await client.get_property(PATH, MANAGER, "Capabilities")
        assert {"create", "get"} <= set(capabilities)
        version = await client.get_property(PATH, MANAGER, "Version")
        printed = subprocess.run([f"{BUILD}/daemon/hybridd", "--version"], capture_output=True,
                                 text=True, check=True).stdout
        assert printed == f"hybridd {version}\n"
    with_daemon(check)


def test_request_properties_and_states():
    async def check(_, client):
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        path = await client.get(handle_token="mine")
        assert path.endswith("/mine")
        await client.state(path, "waiting-for-scan")
        expected = {"State": "waiting-for-scan", "Operation": "get", "RpId": "example.com",
                    "Origin": hybridd.ORIGIN, "Phone": "/"}
        for name, value in expected.items():
            assert (await client.get_property(path, REQUEST, name)) == value, name
        assert (await client.get_property(path, REQUEST, "Caller")).startswith("python")
        expires = (await client.get_property(path, REQUEST, "ExpiresUsec")) / 1e6
        assert before + 299 < expires < before + 320, expires - before
    with_daemon(check)


def test_timeout_is_clamped():
    async def check(_, client):
        for asked, granted in ((1, 180), (200_000, 200), (10_000_000, 600)):
            path = await client.get(dict(hybridd.GET_OPTIONS, timeout=asked))
            await client.state(path, "waiting-for-scan")
            expires = (await client.get_property(path, REQUEST, "ExpiresUsec")) / 1e6
            left = expires - time.clock_gettime(time.CLOCK_MONOTONIC)
            assert granted - 5 < left <= granted, (asked, left)
    with_daemon(check)


# ---- the code -----------------------------------------------------------------------------------

def test_code_comes_in_a_sealed_file():
    async def check(_, client):
        path = await client.create()
        await client.wait_for(lambda s: s.member == "QrChanged" and s.path == path)
        body = await client.call(path, REQUEST, "GetQrCode")
        fd = client.fds[body[0]]
        text = os.read(fd, 4096).decode()
        assert text.startswith("FIDO:/") and text[6:].isdigit() and len(text) == 174, text[:10]
        for action in (lambda: os.write(fd, b"x"), lambda: os.ftruncate(fd, 0)):
            try:
                action()
                raise AssertionError("the code can be changed")
            except OSError:
                pass
        os.close(fd)
        # Each reader starts at the beginning.
        assert await client.qr_text(path) == text
    with_daemon(check)


def test_code_may_be_asked_for_at_once():
    async def check(_, client):
        path = await client.create()
        assert (await client.qr_text(path)).startswith("FIDO:/")
        # A request that fails before it has one answers as well.
        path = await client.create("{}")
        waiting = [asyncio.create_task(client.call(path, REQUEST, "GetQrCode")) for _ in range(5)]
        for task in waiting:
            try:
                await task
                raise AssertionError("there is a code for a bad request")
            except BusFailure as failure:
                assert failure.args[0] in (
                    NAME + ".Error.InvalidStateError", "org.freedesktop.DBus.Error.LimitsExceeded",
                    "org.freedesktop.DBus.Error.UnknownObject"), failure.args
    with_daemon(check)


def test_codes_are_never_the_same():
    async def check(_, client):
        texts = set()
        for _ in range(4):
            path = await client.create()
            await client.state(path, "waiting-for-scan")
            texts.add(await client.qr_text(path))
        assert len(texts) == 4
    with_daemon(check)


def test_no_code_before_it_is_shown_and_after_the_end():
    async def check(_, client):
        path = await client.create()
        await client.state(path, "waiting-for-scan")
        await client.cancel(path)
        await client.response(path)
        await refused(client.call(path, REQUEST, "GetQrCode"),
                      "org.freedesktop.DBus.Error.UnknownObject")
    with_daemon(check)


def test_only_the_caller_may_control_a_request():
    async def check(bus, client):
        path = await client.create()
        await client.state(path, "waiting-for-scan")
        other = await connect(bus)
        for member in ("GetQrCode", "Cancel"):
            await refused(other.call(path, REQUEST, member),
                          "org.freedesktop.DBus.Error.AccessDenied")
        assert (await client.get_property(path, REQUEST, "State")) == "waiting-for-scan"
        await client.cancel(path)
        await client.response(path)
        # The answer is for the caller alone.
        assert not [s for s in other.signals if s.member in ("Response", "QrChanged")]
        other.close()
    with_daemon(check)


# ---- what is refused ----------------------------------------------------------------------------

def test_malformed_arguments():
    async def check(_, client):
        error = NAME + ".Error.TypeError"
        for call in (client.create(kind="password"), client.create(window="wrong"),
                     client.create(prompt="maybe"), client.create(handle_token="a/b"),
                     client.create(handle_token="x" * 65), client.create(handle_token="a-b"), client.create(handle_token=" "),
                     client.create(top_origin=Variant("u", 1)),
                     client.create(public_key=Variant("as", [])),
                     client.create(activation_token="a" * 2000),
                     client.create(origin="https://" + "a" * 2000 + ".com")):
            assert len(await refused(call, error)) > 10
        await client.create(window="x11:1234", kind="publicKey", unknown="ignored")
        await client.create(window="wayland:abc", other=Variant("as", ["ignored"]))
    with_daemon(check)


def test_token_in_use():
    async def check(_, client):
        path = await client.create(handle_token="same")
        await refused(client.create(handle_token="same"), NAME + ".Error.TypeError")
        await client.cancel(path)
        await client.response(path)
        assert await client.create(handle_token="same") == path
    with_daemon(check)


def test_bad_requests():
    async def check(_, client):
        missing = {key: value for key, value in CREATE_OPTIONS.items() if key != "challenge"}
        for options in ("", "{", "[]", "null", "{}", json.dumps(missing),
                        json.dumps(dict(CREATE_OPTIONS, challenge="not base64url!")),
                        json.dumps(dict(CREATE_OPTIONS, user={"id": "", "name": "", "displayName": ""})),
                        '{"challenge": "AA", "challenge": "AB"}',
                        json.dumps(dict(CREATE_OPTIONS, filler="x" * 70000))):
            await fails_with(client, await client.create(options), "bad-request", "TypeError")
        await fails_with(client, await client.get("{}"), "bad-request", "TypeError")
    with_daemon(check)


def test_origins_that_are_refused():
    async def check(_, client):
        for origin in ("http://login.example.com", "https://example.org", "https://evil-example.com",
                       "https://login.example.com/path", "https://user@login.example.com",
                       "https://LOGIN.example.com", "https://93.184.216.34", "", "login.example.com",
                       "http://localhost", "https://login.example.com:99999"):
            await fails_with(client, await client.create(origin=origin), "origin-refused",
                             "SecurityError")
        suffix = dict(hybridd.GET_OPTIONS, rpId="com")
        await fails_with(client, await client.get(suffix), "origin-refused", "SecurityError")
        suffix = dict(hybridd.GET_OPTIONS, rpId="github.io")
        await fails_with(client, await client.get(suffix, origin="https://a.github.io"),
                         "origin-refused", "SecurityError")
    with_daemon(check)


def test_localhost_when_allowed():
    async def check(_, client):
        options = dict(hybridd.GET_OPTIONS, rpId="localhost")
        path = await client.get(options, origin="http://localhost:8080")
        await client.state(path, "waiting-for-scan")
        assert (await client.get_property(path, REQUEST, "Origin")) == "http://localhost:8080"
    with_daemon(check, settings={"requests": {"allow-localhost": "yes"}})


def test_unlisted_callers():
    async def check(_, client):
        message = await fails_with(client, await client.create(), "caller-refused", "SecurityError")
        assert "hybridd-callers.conf(5)" in message
    with_daemon(check, settings={"bluetooth": {"backend": "none"}}, test=False)


def test_no_radio():
    async def check(_, client):
        assert (await client.get_property(PATH, MANAGER, "Bluetooth")) == "absent"
        message = await fails_with(client, await client.create(), "no-adapter", "NotAllowedError")
        assert "adapter" in message
    with_daemon(check, settings={"bluetooth": {"backend": "none"}})


def test_no_window():
    async def check(_, client):
        path = await client.create(prompt="auto")
        await fails_with(client, path, "no-prompt", "NotAllowedError")
    with_daemon(check)


def test_window_that_fails_without_a_word():
    async def check(bus, client):
        prompt = await connect(bus)

        def present(message):
            if message.member == "Present":
                return Message(message_type=MessageType.ERROR, reply_serial=message.serial,
                               destination=message.sender, error_name="org.example.Wordless")
            return None
        prompt.bus.add_message_handler(present)
        await prompt.bus.request_name("org.hybridd.Prompt1")
        await fails_with(client, await client.create(prompt="auto"), "no-prompt",
                         "NotAllowedError")
        assert "org.example.Wordless" in bus.log()
        prompt.close()
    with_daemon(check)


NO_RADIO = {"bluetooth": {"backend": "none"}}


def test_window_shows_a_failure_before_the_caller_hears_of_it():
    async def check(bus, client):
        window = await open_window(bus)
        path = await client.create(prompt="auto")
        await window.wait(path, State="failed", Cause="no-adapter", CanRetry=True)
        assert "adapter" in window.told(path)["Message"]
        assert not [s for s in client.signals if s.member == "Response"]
        await window.client.cancel(path)
        await fails_with(client, path, "no-adapter", "NotAllowedError")
        assert window.n_presented == 1
        window.client.close()
    with_daemon(check, settings=NO_RADIO)


def gone(name):
    """What the bus says of a connection that has ended; from anybody else it is a lie."""
    return {"path": "/org/freedesktop/DBus", "interface": "org.freedesktop.DBus",
            "member": "NameOwnerChanged", "signature": "sss", "body": [name, name, ""]}


def test_only_the_bus_says_who_has_gone():
    async def check(bus, client):
        window = await open_window(bus)
        liar = await connect(bus)
        path = await client.get(prompt="auto")
        await client.state(path, "waiting-for-scan")
        for name in (client.bus.unique_name, window.client.bus.unique_name):
            for _ in range(5):
                await liar.bus.send(Message(message_type=MessageType.SIGNAL, destination=NAME, **gone(name)))
        await liar.get_property(PATH, MANAGER, "Version")  # which is answered after all these
        await window.client.call(path, REQUEST, "GetQrCode")
        assert window.n_presented == 1
        assert await client.get_property(path, REQUEST, "State") == "waiting-for-scan"
        window.client.close()
        liar.close()
    with_daemon(check)


def test_try_again():
    async def check(bus, client):
        window = await open_window(bus)
        path = await client.create(prompt="auto")
        for n in range(20):
            await window.wait(path, State="failed", CanRetry=n < 16)
            window.client.signals.clear()
            if n == 16:
                break
            await window.client.call(path, REQUEST, "Retry")
        try:
            await window.client.call(path, REQUEST, "Retry")
        except BusFailure as failure:
            assert failure.args[0].endswith("InvalidStateError")
        else:
            raise AssertionError("it can be tried for ever")
        await window.client.cancel(path)
        await fails_with(client, path, "no-adapter", "NotAllowedError")
        window.client.close()
    with_daemon(check, settings=NO_RADIO)


def test_who_may_try_again():
    async def check(bus, client):
        window = await open_window(bus)
        other = await connect(bus)
        path = await client.create(prompt="auto")
        await window.client.wait_for(lambda s: s.member == "QrChanged")
        for who, error in ((other, "AccessDenied"), (window.client, "InvalidStateError")):
            try:
                await who.call(path, REQUEST, "Retry")
            except BusFailure as failure:
                assert failure.args[0].endswith(error), failure
            else:
                raise AssertionError("it was taken")
        await window.client.cancel(path)
        await fails_with(client, path, "cancelled", "AbortError", code=1)
        other.close()
        window.client.close()
    with_daemon(check)


def test_caller_ends_what_the_window_shows():
    async def check(bus, client):
        window = await open_window(bus)
        path = await client.create(prompt="auto")
        await window.wait(path, State="failed", CanRetry=True)
        await client.cancel(path)
        await fails_with(client, path, "no-adapter", "NotAllowedError")
        await window.wait(path, CanRetry=False)
        window.client.close()
    with_daemon(check, settings=NO_RADIO)


def test_window_that_crashes_is_shown_again():
    async def check(bus, client):
        first = await open_window(bus)
        path = await client.create(prompt="auto")
        await first.client.wait_for(lambda s: s.member == "QrChanged")
        second = Window(await connect(bus))
        # In line for the name, so that there is no moment without.
        asyncio.ensure_future(second.client.bus.request_name("org.hybridd.Prompt1"))
        await second.client.name_has_owner(NAME)
        first.client.close()
        await second.client.wait_for(lambda s: s.member == "QrChanged")
        assert (await second.client.qr_text(path)).startswith("FIDO:/")
        # And without any the ceremony goes on.
        second.client.close()
        assert (await client.qr_text(path)).startswith("FIDO:/")
        await client.cancel(path)
        await fails_with(client, path, "cancelled", "AbortError", code=1)
    with_daemon(check)


def test_only_the_installed_window_is_shown_the_code():
    async def check(bus, client):
        window = await open_window(bus)
        path = await client.create(prompt="auto")
        message = await fails_with(client, path, "no-prompt", "NotAllowedError")
        assert "hybrid-prompt" in message
        assert window.n_presented == 1
        assert not [s for s in window.client.signals if s.path == path], window.client.signals
        assert "is not hybrid-prompt" in bus.log()
        window.client.close()
    with_daemon(check, settings={"test": {"prompt-program": "/bin/true"}})


def test_installed_window_is_looked_at_once():
    async def check(bus, client):
        window = await open_window(bus)
        for _ in range(2):
            path = await client.create(prompt="auto")
            await window.client.wait_for(lambda s, p=path: s.member == "QrChanged" and s.path == p)
            assert (await window.client.qr_text(path)).startswith("FIDO:/")
            await window.client.cancel(path)
            await fails_with(client, path, "cancelled", "AbortError", code=1)
        window.client.close()
    with_daemon(check, settings={"test": {"prompt-program": os.path.realpath(sys.executable)}})


def test_a_window_may_show_and_cancel():
    async def check(bus, client):
        prompt = await connect(bus)
        presented = asyncio.get_running_loop().create_future()

        def present(message):
            if message.member == "Present":
                presented.set_result(message.body)
                return Message.new_method_return(message)
            return None
        prompt.bus.add_message_handler(present)
        await prompt.bus.request_name("org.hybridd.Prompt1")

        path = await client.create(window="x11:abc", prompt="auto", activation_token="token")
        assert await asyncio.wait_for(presented, 10) == [path, "x11:abc", "token"]
        await prompt.wait_for(lambda s: s.member == "QrChanged")
        assert (await prompt.qr_text(path)).startswith("FIDO:/")
        await prompt.cancel(path)
        await fails_with(client, path, "cancelled", "AbortError", code=1)
        prompt.close()
    with_daemon(check)


# ---- limits and ends ----------------------------------------------------------------------------

def test_more_options_than_anybody_needs():
    async def check(_, client):
        await client.create(**{f"x{i}": "ignored" for i in range(50)})
        message = await refused(client.create(**{f"x{i}": "ignored" for i in range(65)}),
                                NAME + ".Error.TypeError")
        assert "64" in message, message
    with_daemon(check)


def test_requests_side_by_side_and_busy():
    async def check(bus, client):
        clients = [client] + [await connect(bus) for _ in range(4)]
        open_requests = []
        for one in clients[:4]:
            for _ in range(4):
                path = await one.create()
                await one.state(path, "waiting-for-scan")
                open_requests.append((one, path))
        await fails_with(client, await client.create(), "busy", "NotAllowedError")
        await fails_with(clients[4], await clients[4].create(), "busy", "NotAllowedError")
        assert len(bus.children()) == 16
        # They share one scan.
        assert len(list(bus.ether.glob("*.sock"))) == 1

        for one, path in open_requests:
            await one.cancel(path)
            await fails_with(one, path, "cancelled", "AbortError", code=1)
        await settle(bus)
        assert not list(bus.ether.glob("*.sock")), "it still scans"
        path = await clients[4].create()
        await clients[4].state(path, "waiting-for-scan")
        for one in clients[1:]:
            one.close()
    with_daemon(check)


def test_caller_that_vanishes():
    async def check(bus, client):
        other = await connect(bus)
        path = await other.create()
        await other.state(path, "waiting-for-scan")
        other.close()
        await settle(bus)
        await refused(client.get_property(path, REQUEST, "State"),
                      "org.freedesktop.DBus.Error.UnknownObject")
        assert not list(bus.ether.glob("*.sock")), "it still scans"
        assert "caller-gone" in bus.log()
        assert bus.log().count("has gone") == 1, bus.log()
    with_daemon(check)


def test_cancel_before_it_is_known_who_asks():
    async def check(bus, client):
        sender = client.bus.unique_name[1:].replace(".", "_")
        path = f"{PATH}/request/{sender}/early"
        os.kill(bus.daemon.pid, signal.SIGSTOP)
        try:
            calls = [asyncio.create_task(client.create(handle_token="early")),
                     asyncio.create_task(client.cancel(path))]
            await asyncio.sleep(0.2)
        finally:
            os.kill(bus.daemon.pid, signal.SIGCONT)
        assert (await asyncio.gather(*calls))[0] == path
        await fails_with(client, path, "cancelled", "AbortError", code=1)
        await settle(bus)
    with_daemon(check)


def test_callers_that_vanish_at_once_hold_nothing():
    async def check(bus, client):
        # While hybridd sleeps, they come and go: when it asks who they are, there is nobody.
        os.kill(bus.daemon.pid, signal.SIGSTOP)
        try:
            for _ in range(4):
                other = await connect(bus)
                await other.bus.send(Message(
                    destination=NAME, path=PATH, interface=MANAGER, member="GetCredential",
                    signature="ssa{sv}", body=["", hybridd.ORIGIN, {
                        "public_key": Variant("s", json.dumps(hybridd.GET_OPTIONS)),
                        "prompt": Variant("s", "none")}]))
                await other.call("/org/freedesktop/DBus", "org.freedesktop.DBus.Peer", "Ping",
                                 destination="org.freedesktop.DBus")
                other.close()
            await asyncio.sleep(0.2)
        finally:
            os.kill(bus.daemon.pid, signal.SIGCONT)
        await client.get_property(PATH, MANAGER, "Version")
        await settle(bus)
        assert bus.log().count("failed: caller-gone") == 4, bus.log()
    with_daemon(check)


def test_ceremony_that_dies():
    async def check(bus, client):
        # Not SIGSEGV, of which a sanitizer's runtime makes an error of its own.
        for deadly in (signal.SIGKILL, signal.SIGABRT):
            path = await client.create()
            await client.state(path, "waiting-for-scan")
            os.kill(bus.children()[0], deadly)
            await fails_with(client, path, "internal", "UnknownError")
            await settle(bus)
        # The daemon and the next ceremony are well.
        path = await client.create()
        await client.state(path, "waiting-for-scan")
    with_daemon(check)


def test_nothing_is_left_after_many_requests():
    async def check(bus, client):
        async def one_round():
            path = await client.create()
            await client.state(path, "waiting-for-scan")
            await client.cancel(path)
            await client.response(path)
        await one_round()
        await settle(bus)
        n_before = n_fds(bus)
        for _ in range(30):
            await one_round()
        await settle(bus)
        await until_n_fds(bus, n_before)
    with_daemon(check)


TRACER = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
assert libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0, ctypes.get_errno()  # PTRACE_SEIZE
print("traced", flush=True)
sys.stdin.readline()
"""


def test_a_ceremony_that_is_traced_is_not_left():
    """Its end is announced when it is still the tracer's alone."""
    if os.geteuid() != 0:
        raise tap.Skip("a ceremony can be traced by root only")

    async def check(bus, client):
        path = await client.create()
        await client.state(path, "waiting-for-scan")
        [pid] = bus.children()
        with subprocess.Popen([sys.executable, "-c", TRACER, str(pid)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as tracer:
            assert tracer.stdout.readline() == "traced\n"
            await client.cancel(path)
            await client.response(path)
            end = time.monotonic() + 20
            while ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii"):
                assert time.monotonic() < end, "it does not end"
                await asyncio.sleep(0.02)
            await client.get_property(PATH, MANAGER, "Version")
            assert bus.children() == [pid]
        await settle(bus)
    with_daemon(check)


def test_large_messages_leave_nothing():
    """The first ones that are freed teach malloc() to keep more, unless it is told not to learn."""
    async def check(bus, client):
        unknown = "org.freedesktop.DBus.Error.UnknownMethod"
        await refused(client.call(PATH, MANAGER, "Nothing"), unknown)
        before = private_dirty_kb(bus.daemon.pid)
        for _ in range(4):
            await refused(client.call(PATH, MANAGER, "Nothing", "s", ["x" * (30 << 20)]),
                          unknown)
        await client.get_property(PATH, MANAGER, "Version")  # it is done with the last one
        after = private_dirty_kb(bus.daemon.pid)
        assert after - before < 2048, f"{before} KiB became {after}"
    with_daemon(check)


def test_daemon_stops_with_requests_open():
    with Bus(BUILD) as bus:
        bus.start()

        async def main():
            client = await connect(bus)
            path = await client.create()
            await client.state(path, "waiting-for-scan")
            children = bus.children()
            assert bus.stop() == 0
            for _ in range(100):
                if not [pid for pid in children if pathlib.Path(f"/proc/{pid}").exists()]:
                    break
                await asyncio.sleep(0.02)
            else:
                raise AssertionError("a ceremony outlives the daemon")
            client.close()
        asyncio.run(main())


def test_activation_and_idle_exit():
    with Bus(BUILD, settings={"daemon": {"idle-exit": "1"}}, activation=True) as bus:
        async def main():
            client = await connect(bus)
            for _ in range(2):
                assert not await client.name_has_owner(NAME)
                path = await client.create()
                await client.state(path, "waiting-for-scan")
                await asyncio.sleep(1.5)
                assert await client.name_has_owner(NAME), "it left with a request open"
                await client.cancel(path)
                await client.response(path)
                for _ in range(50):
                    if not await client.name_has_owner(NAME):
                        break
                    await asyncio.sleep(0.1)
                else:
                    raise AssertionError("it does not leave when idle")
            client.close()
        asyncio.run(main())


def test_spare_process_goes_when_nobody_calls():
    async def check(bus, _):
        assert len(bus.children()) == 1
        await asyncio.sleep(5.5)
        assert not bus.children()
    with_daemon(check)


def test_second_daemon_is_told():
    async def check(bus, _):
        second = subprocess.run(bus.daemon_command(), env=bus.environment(), capture_output=True,
                                text=True, timeout=20, check=False)
        assert second.returncode == 1
        assert "Another hybridd" in second.stderr, second.stderr
    with_daemon(check)


# ---- settings and command line ------------------------------------------------------------------

def run_daemon(bus, *arguments):
    """Runs hybridd with a command line of its own; returns (exit status, stderr)."""
    result = subprocess.run([f"{BUILD}/daemon/hybridd", *arguments], env=bus.environment(),
                            capture_output=True, text=True, timeout=20, check=False)
    return result.returncode, result.stderr


def test_wrong_settings_are_told_with_their_line():
    with Bus(BUILD) as bus:
        for text, line, words in (
                ("[bluetooth]\nbackend = magic\n", 2, "backend"),
                ("[bluetooth]\nscan = lazily\n", 2, "auto, active or passive"),
                ("[daemon]\n\nidle-exit = soon\n", 3, "idle-exit"),
                ("[daemon]\nidle-exit = -1\n", 2, "seconds"),
                ("[requests]\nallow-localhost = maybe\n", 2, "yes or no"),
                ("[bluetooth]\nloopback-dir = relative\n", 2, "absolute"),
                ("no section at all\n", 1, "neither"),
                ("[test]\ncallers = all\n", 2, "any")):
            bus.config_path.write_text(text, encoding="utf-8")
            status, errors = run_daemon(bus, f"--config={bus.config_path}", "--allow-test-config")
            assert status == 1, (text, status)
            assert f"{bus.config_path}:{line}: " in errors and words in errors, (text, errors)


def test_test_settings_need_the_flag():
    with Bus(BUILD) as bus:
        for text in ("[test]\ncallers = any\n", "[test]\nca-file = /x\n",
                     "[test]\nresolve = a=1.2.3.4:5\n", "[bluetooth]\nbackend = loopback\n"):
            bus.config_path.write_text(text, encoding="utf-8")
            status, errors = run_daemon(bus, f"--config={bus.config_path}")
            assert status == 1 and "--allow-test-config" in errors, (text, errors)


def test_missing_settings_file():
    with Bus(BUILD) as bus:
        status, errors = run_daemon(bus, "--config=/nonexistent.conf")
        assert status == 1 and "/nonexistent.conf" in errors and "No such file" in errors, errors


def test_settings_that_are_no_file():
    """A pipe would be waited for as long as nobody writes to it."""
    with Bus(BUILD) as bus:
        home = bus.folder / "home"
        (home / "hybridd").mkdir(parents=True)
        pipe = home / "hybridd" / "pipe.conf"
        os.mkfifo(pipe)
        done = subprocess.run([f"{BUILD}/daemon/hybridd", "--check-config"], timeout=20, check=False,
                              stderr=subprocess.PIPE, text=True,
                              env=dict(bus.environment(), XDG_CONFIG_HOME=str(home)))
        assert done.returncode == 1 and f"{pipe}: is no file" in done.stderr, done


def test_unknown_settings_are_warned_of():
    with Bus(BUILD, settings={"tunnel": {"conect-ahead": "x"}}) as bus:
        bus.start()
        assert f"{bus.config_path}:" in bus.log() and "conect-ahead: unknown key" in bus.log()


def check_config(bus, settings):
    """What --check-config comes to with a file of settings, and what it says."""
    bus.config_path.write_text(settings, encoding="utf-8")
    return run_daemon(bus, f"--config={bus.config_path}", "--allow-test-config", "--check-config")


def test_settings_are_checked_without_being_used():
    with Bus(BUILD) as bus:
        folders = {name: bus.folder / name for name in ("vendor", "admin", "etc")}
        for folder in folders.values():
            folder.mkdir()
        good = (f"[test]\ncallers-vendor-folder = {folders['vendor']}\n"
                f"callers-admin-folder = {folders['admin']}\npolicy-folder = {folders['etc']}\n")
        assert check_config(bus, good) == (0, "")

        for wrong, place in (("[daemon]\nidle-exit = soon\n", ":6: [daemon] idle-exit: "),
                             ("# " + "x" * 500 + "\n\n[tunnel]\nconect-ahead = x\n",
                              ":8: [tunnel] conect-ahead: unknown key")):
            status, errors = check_config(bus, good + wrong)
            assert status == 1 and f"{bus.config_path}{place}" in errors, (status, errors)

        caller = folders["admin"] / "mine.conf"
        caller.write_text("[caller mine]\norigins = *\n", encoding="utf-8")
        status, errors = check_config(bus, good)
        assert status == 1 and f"{caller}: [caller mine]: exe is missing; " in errors, errors
        caller.write_text("[caller mine]\nexe = mine\n", encoding="utf-8")
        status, errors = check_config(bus, good)
        assert status == 1 and f"{caller}:2: [caller mine] exe: " in errors, errors
        caller.unlink()

        policy = folders["etc"] / "policy.conf"
        policy.write_text("[rp]\nalow = example.com\n", encoding="utf-8")
        status, errors = check_config(bus, good)
        assert status == 1 and f"{policy}:2: " in errors, errors
        policy.unlink()
        assert check_config(bus, good) == (0, "")


def test_wrong_usage():
    with Bus(BUILD) as bus:
        for arguments, said in ((["--nonsense"], "no such option"), (["--help=x"], "takes no value"),
                                (["argument"], "no arguments"), (["--log-level=loud"], "no such level"),
                                (["--config"], "value is missing"), (["-x"], "no such option")):
            status, errors = run_daemon(bus, *arguments)
            assert status == 2 and errors.startswith(f"hybridd: {arguments[0]}: "), errors
            assert said in errors and errors.endswith("; see hybridd --help\n"), errors
        help_text = subprocess.run([f"{BUILD}/daemon/hybridd", "--help"], capture_output=True,
                                   text=True, check=True).stdout
        for option in ("--config", "--allow-test-config", "--log-level", "--version"):
            assert option in help_text


def test_no_session_bus():
    environment = dict(os.environ, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    result = subprocess.run([f"{BUILD}/daemon/hybridd"], env=environment, capture_output=True,
                            text=True, timeout=20, check=False)
    assert result.returncode == 1 and "session bus" in result.stderr, result.stderr


# ---- the processes ------------------------------------------------------------------------------

def test_no_process_leaves_a_core_or_gains_rights():
    async def check(bus, client):
        path = await client.create()
        await client.state(path, "waiting-for-scan")
        for pid in [bus.daemon.pid] + bus.children():
            proc = pathlib.Path(f"/proc/{pid}")
            assert "NoNewPrivs:\t1\n" in (proc / "status").read_text(encoding="ascii"), pid
            limits = (proc / "limits").read_text(encoding="ascii").splitlines()
            core = next(line for line in limits if line.startswith("Max core file size"))
            assert core.split()[4:6] == ["0", "0"], core
    with_daemon(check)


def open_files(pid):
    """What a process has open; files come and go while it loads what it needs."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can look into a process that is not dumpable")
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass
    return found


def test_a_ceremony_has_nothing_of_the_daemon_open():
    async def check(bus, client):
        for _ in range(3):
            path = await client.create()
            await client.state(path, "waiting-for-scan")
        for pid in bus.children():
            links = open_files(pid)
            sockets = [link for link in links if link.startswith("socket:")]
            # The link to hybridd; connections ahead of time are off by default.
            assert len(sockets) == 1 and not [link for link in links if "memfd" in link], links
    with_daemon(check)


# ---- secrets ------------------------------------------------------------------------------------

def test_the_log_tells_no_secrets():
    async def check(bus, client):
        options = dict(CREATE_OPTIONS, user={"id": "c2VjcmV0aWQ", "name": "secretname",
                                             "displayName": "secretdisplay"},
                       challenge="c2VjcmV0Y2hhbGxlbmdl")
        path = await client.create(options)
        await client.state(path, "waiting-for-scan")
        code = await client.qr_text(path)
        await client.cancel(path)
        await client.response(path)
        log = bus.log()
        assert "waiting-for-scan" in log, "nothing was logged"
        for secret in (code, code[6:40], "c2VjcmV0", "secretname", "secretdisplay", "FIDO:/"):
            assert secret not in log, secret
    with_daemon(check)


def test_requests_are_not_kept():
    os.environ.pop("MALLOC_PERTURB_", None)  # which would erase what is left behind

    async def check(bus, client):
        marks = ("c2VjcmV0Y2hhbGxlbmdl", "secretname")
        filler = {"filler": "x" * 10000}
        path = await client.create(dict(
            CREATE_OPTIONS, **filler, challenge=marks[0],
            user={"id": "dXNlcg", "name": marks[1], "displayName": marks[1]}))
        await client.state(path, "waiting-for-scan")
        first = bus.children()
        await client.state(await client.create(), "waiting-for-scan")
        second = [pid for pid in bus.children() if pid not in first]
        assert second

        # The daemon has handed it on, and ceremonies know nothing of each other.
        for mark in marks:
            assert any(holds(pid, mark) for pid in first), "the test looks in the wrong place"
            for pid in [bus.daemon.pid] + second:
                assert not holds(pid, mark), (mark, pid)
    with_daemon(check)


def test_ceremonies_get_nothing_of_other_requests():
    """They are made of hybridd's process, which keeps what a window may try again."""
    os.environ.pop("MALLOC_PERTURB_", None)

    async def check(bus, client):
        mark = "c2VjcmV0Y2hhbGxlbmdl"
        window = await open_window(bus)
        path = await client.create(dict(CREATE_OPTIONS, challenge=mark), prompt="auto")
        await window.wait(path, State="waiting-for-scan")
        first = bus.children()
        await client.state(await client.create(), "waiting-for-scan")
        [second] = [pid for pid in bus.children() if pid not in first]

        assert holds(bus.daemon.pid, mark), "the test looks in the wrong place"
        assert not holds(second, mark)
        window.client.close()
    with_daemon(check)


def test_the_radio_folder_must_be_ours():
    with Bus(BUILD) as bus:
        bus.ether.chmod(bus.ether.stat().st_mode | stat.S_IWOTH)
        status, errors = run_daemon(bus, f"--config={bus.config_path}", "--allow-test-config")
        assert status == 1 and "loopback" in errors, errors


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
