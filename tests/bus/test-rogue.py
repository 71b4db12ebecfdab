#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridd against ceremonies that somebody has taken over: nothing they say shakes it."""

import asyncio
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from checks import (DENIED, fails_with, holds, n_fds, open_window, refused, rogue, rogues,
                    settle, until_n_fds, until_property, with_daemon)  # noqa: E402
from hybridd import MANAGER, Message, NAME, PATH, REQUEST, Variant, connect  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")


def with_rogues(function, **arguments):
    """A coroutine function(bus, client) with a hybridd whose ceremonies are rogues."""
    with rogues(BUILD) as folder:
        with_daemon(folder, function, **arguments)


def test_offences_end_the_request():
    async def check(bus, client):
        await settle(bus)
        n_before = n_fds(bus)
        for act in ("accepts-another-origin", "accepts-half-an-origin", "accepts-another-site",
                    "accepts-half-a-label", "accepts-no-site", "accepts-twice", "accepts-for-ever", "accepts-for-an-hour",
                    "accepts-until-who-knows", "accepts-what-cannot-be-shown",
                    "code-before-accepting", "scan-before-accepting", "done-before-accepting",
                    "state-of-its-own", "speaks-as-the-daemon", "code-that-blocks",
                    "code-that-can-be-changed", "code-that-is-large", "answer-that-blocks",
                    "answer-that-can-be-changed", "answer-that-is-large",
                    "answer-that-is-no-text", "answer-with-a-nul", "failure-of-no-known-cause",
                    "failure-of-the-wrong-kind", "failure-that-is-no-text",
                    "failure-that-does-not-end", "does-not-stop", "leaves"):
            path = await client.create(origin=rogue(act))
            try:
                await fails_with(client, path, "internal", "UnknownError")
            except BaseException as failure:
                raise AssertionError(act) from failure
            await settle(bus)
        await until_n_fds(bus, n_before)
        assert not list(bus.ether.glob("*.sock")), "it scans"
    with_rogues(check)


def test_links_that_cannot_be():
    async def check(bus, client):
        for act in ("link-outside-of-the-folder", "link-by-no-host", "link-that-can-be-changed",
                    "link-that-is-large", "link-that-is-empty", "link-before-accepting",
                    "phone-lost-for-no-known-cause", "link-that-nobody-wants"):
            wants = act != "link-that-nobody-wants"
            path = await client.create(origin=rogue(act), remember=Variant("b", wants))
            try:
                await fails_with(client, path, "internal", "UnknownError")
            except BaseException as failure:
                raise AssertionError(act) from failure
            await settle(bus)
        folder = bus.folder / "state" / "hybridd" / "phones"
        assert not list(folder.iterdir()), "something was kept"
    with_rogues(check)


def test_who_may_say_that_a_phone_is_remembered():
    """The window, where there is one: not the program that wants to be signed in."""
    async def check(bus, client):
        folder = bus.folder / "state" / "hybridd" / "phones"
        prompt = (await open_window(bus)).client
        for asks in ("none", "auto"):
            path = await client.create(origin=rogue("offers-a-phone"), prompt=asks,
                                       remember=Variant("b", True))
            await client.state(path, "waiting-for-scan")
            await until_property(client, path, "PhoneToRemember", "Pixel")
            stranger = await connect(bus)
            await refused(stranger.call(path, REQUEST, "RememberPhone", "b", [True]), DENIED)
            stranger.close()
            if asks == "auto":
                await refused(client.call(path, REQUEST, "RememberPhone", "b", [True]), DENIED)
            assert not list(folder.iterdir()), asks
            asker = prompt if asks == "auto" else client
            agreed = asyncio.ensure_future(
                asker.call(path, REQUEST, "RememberPhone", "b", [True]))
            await until_property(client, path, "PhoneToRemember", "")
            await client.cancel(path)
            await refused(agreed, "org.hybridd.Hybrid1.Error.InvalidStateError")
            assert not list(folder.iterdir()), asks
        prompt.close()
    with_rogues(check)


def test_a_window_is_asked_for_once():
    async def check(bus, client):
        prompt = await connect(bus)
        presented = []

        def present(message):
            if message.member == "Present":
                presented.append(message)
                return True  # the answer comes later
            return None
        prompt.bus.add_message_handler(present)
        await prompt.bus.request_name("org.hybridd.Prompt1")

        path = await client.create(origin=rogue("accepts-twice"), prompt="auto")
        await client.state(path, "failed")
        # The window comes when it is all over, says so, and is closed.
        await prompt.bus.send(Message.new_method_return(presented[0]))
        await prompt.state(path, "failed")
        await prompt.cancel(path)
        await fails_with(client, path, "internal", "UnknownError")
        # Answers to a request that is no more.
        for message in presented:
            await prompt.bus.send(Message.new_method_return(message))
        assert len(presented) <= 1, "it was asked for again"
        assert await client.name_has_owner(NAME)
        prompt.close()
    with_rogues(check)


def test_request_of_a_deaf_ceremony_can_be_cancelled():
    async def check(bus, client):
        path = await client.create(origin=rogue("hears-nothing"))
        await client.state(path, "waiting-for-scan")
        assert await client.qr_text(path) == "FIDO:/1"
        begin = time.monotonic()
        await client.cancel(path)
        await fails_with(client, path, "cancelled", "AbortError", code=1)
        assert time.monotonic() - begin < 10, "that took too long"
        await settle(bus)

        other = await connect(bus)
        path = await other.create(origin=rogue("hears-nothing"))
        await other.state(path, "waiting-for-scan")
        other.close()
        await settle(bus, seconds=10)
    with_rogues(check)


def test_a_ceremony_that_stays_is_killed():
    async def check(bus, client):
        path = await client.create(origin=rogue("stays"))
        code, results = await client.response(path)
        assert code == 0 and results["authenticator"]["channel"] == "tunnel", results
        assert bus.children()
        await settle(bus, seconds=10)
        assert "killing it" in bus.log()
    with_rogues(check)


def test_answers_are_not_kept():
    os.environ.pop("MALLOC_PERTURB_", None)  # which would erase what is left behind

    async def check(bus, client):
        for act in ("stays", "answers-at-length"):
            path = await client.create(origin=rogue(act))
            code, results = await client.response(path)
            answer = results["public_key"]["registration_response_json"]
            assert code == 0 and "OUTPUT-OF-THE-PHONE" in answer, results
            await client.get_property(PATH, MANAGER, "Version")  # it is done with the answer
            assert not holds(bus.daemon.pid, "OUTPUT-OF-THE-PHONE"), act
    with_rogues(check)


def test_one_rogue_does_not_disturb_the_others():
    async def check(bus, client):
        path = await client.create(origin=rogue("hears-nothing"))
        await client.state(path, "waiting-for-scan")
        for act in ("code-that-blocks", "answer-that-blocks", "speaks-as-the-daemon"):
            await fails_with(client, await client.create(origin=rogue(act)), "internal", "UnknownError")
        assert await client.get_property(path, REQUEST, "State") == "waiting-for-scan"
    with_rogues(check)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
