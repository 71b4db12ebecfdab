#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A program that calls hybridd, for tests in which it matters which program that is. What comes of
it is one line of JSON on stdout."""

import argparse
import asyncio
import json
import os
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
from hybridd import (BusFailure, Message, MessageType, ORIGIN, REQUEST, connect)  # noqa: E402

PROPERTIES = ("Caller", "CallerPath", "CallerKind", "CallerTrust", "RpId", "Origin")


def wait_for_news(arguments):
    """Until the test says so, or the parent has gone."""
    print("ready", flush=True)
    if arguments.orphan:
        parent = int(arguments.orphan)
        while os.getppid() == parent:
            os.sched_yield()
    elif arguments.wait:
        sys.stdin.readline()


async def try_to_allow(client, path):
    """The error that the caller gets when it wants to allow itself."""
    try:
        await client.call(path, REQUEST, "Allow")
    except BusFailure as failure:
        return failure.args[0]
    return None


async def serve_window(address):
    """A window that always says yes."""
    window = await connect(address)
    asked = asyncio.get_running_loop().create_future()

    def present(message):
        if message.member != "Present":
            return None
        asked.set_result(message.body[0])
        return Message.new_method_return(message)
    window.bus.add_message_handler(present)
    await window.bus.request_name("org.hybridd.Prompt1")
    print("ready", flush=True)
    try:
        await window.call(await asked, REQUEST, "Allow")
    except BusFailure as failure:
        return {"error": failure.args[0]}
    return {"error": None}


async def call_often(bus, n_connections, n_requests):
    """What comes of so many requests: a cause, or None for a code on screen."""
    outcomes, clients = [], []
    for _ in range(n_connections):
        clients.append(await connect(bus))
        for _ in range(n_requests):
            path = await clients[-1].create()
            found = await clients[-1].wait_for(lambda message, path=path: message.path == path and (
                message.member == "Response" or (
                    message.member == "PropertiesChanged" and message.body[1].get("State") and
                    message.body[1]["State"].value == "waiting-for-scan")))
            outcomes.append(found.body[1]["cause"].value if found.member == "Response" else None)
    print(json.dumps({"outcomes": outcomes}), flush=True)
    sys.stdin.readline()


async def call(arguments, bus):
    """One request: how it fails, or what it is when a code is on screen."""
    client = await connect(bus)
    wait_for_news(arguments)
    path = await client.create(origin=arguments.origin)
    seen = set()

    def is_news(message):
        if message.message_type != MessageType.SIGNAL or message.path != path:
            return False
        if message.member == "Response":
            return True
        state = message.body[1].get("State") if message.member == "PropertiesChanged" else None
        if state:
            seen.add(state.value)
        return bool(state) and state.value in arguments.until.split(",")

    found = await client.wait_for(is_news)
    if found.member == "Response":
        code, results = await client.response(path)
        return {"code": code, "states": sorted(seen), **results}
    result = {name: await client.get_property(path, REQUEST, name) for name in PROPERTIES}
    result["path"] = path
    result["states"] = sorted(seen)
    if arguments.allow:
        result["allow"] = await try_to_allow(client, path)
    print(json.dumps(result), flush=True)
    if arguments.stay:
        return await call_again(client, path)
    return None


async def call_again(client, path):
    """What comes after the first news."""
    def is_end(message):
        return message.path == path and (
            message.member == "Response" or (
                message.member == "PropertiesChanged" and
                message.body[1].get("State") and
                message.body[1]["State"].value == "waiting-for-scan"))
    found = await client.wait_for(is_end)
    if found.member == "Response":
        code, results = await client.response(path)
        return {"code": code, **results}
    return {"code": None, "has_code": (await client.qr_text(path)).startswith("FIDO:/")}


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--origin", default=ORIGIN)
    parser.add_argument("--wait", action="store_true", help="until a line comes")
    parser.add_argument("--orphan", help="wait until this is not the parent any more")
    parser.add_argument("--until", default="waiting-for-scan")
    parser.add_argument("--allow", action="store_true")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--often", type=int, nargs=2, help="CONNECTIONS REQUESTS; until a line comes")
    arguments = parser.parse_args()

    bus = types.SimpleNamespace(address=arguments.address)
    if arguments.often:
        action = call_often(bus, *arguments.often)
    else:
        action = serve_window(bus) if arguments.window else call(arguments, bus)
    result = asyncio.run(action)
    if result is not None:
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
