#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hybridctl against a program that took hybridd's name and wants to command the terminal."""

import asyncio
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import (Bus, Message, MessageType, NAME, ORIGIN, PATH, Variant, connect)  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build")
HYBRIDCTL = f"{BUILD}/tools/hybridctl/hybridctl"
ESCAPES = "\x1b]0;title\x07\x1b[2J"
PHONE = {"Name": Variant("s", "Pixel" + ESCAPES), "TunnelDomain": Variant("s", "host" + ESCAPES),
         "LinkedAt": Variant("t", 1700000000), "LastUsed": Variant("t", 1700000001)}
FINDING = {name: Variant("s", name + ESCAPES) for name in ("id", "severity", "summary", "remedy")}
ANSWERS = {
    "GetManagedObjects": ("a{oa{sa{sv}}}", [{f"{PATH}/phone/{'0123456789ABCDEF' * 2}":
                                             {NAME + ".Phone": PHONE}}]),
    "Diagnose": ("aa{sv}", [[FINDING]]),
    "GetAll": ("a{sv}", [{"Version": Variant("s", "1" + ESCAPES)}]),
    "Get": ("v", [Variant("s", "1" + ESCAPES)]),
}


async def impostor(bus):
    """The program that has the name."""
    client = await connect(bus)

    def answer(message):
        if message.message_type != MessageType.METHOD_CALL:
            return None
        if message.member in ANSWERS:
            return Message.new_method_return(message, *ANSWERS[message.member])
        return Message.new_error(message, NAME + ".Error.NotAllowedError", "no" + ESCAPES)
    client.bus.add_message_handler(answer)
    await client.bus.request_name(NAME)
    return client


async def what_a_terminal_gets(bus, command):
    """All that a command prints on a terminal of its own until it ends. It is told to take the first choice."""
    process = await asyncio.create_subprocess_exec(
        "script", "-qefc", command, "/dev/null", env=dict(bus.environment(), LC_ALL="C.UTF-8"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    process.stdin.write(b"1\n")
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    return output.decode()


def test_no_program_commands_the_terminal():
    async def check(bus):
        client = await impostor(bus)
        for command, words in ((f"{HYBRIDCTL} phones", ("Pixel?", "host?")),
                               (f"{HYBRIDCTL} doctor", ("severit", "summary?", "remedy?")),
                               (f"{HYBRIDCTL} get --origin={ORIGIN} --rp=example.com", ("Pixel?",))):
            output = await what_a_terminal_gets(bus, command)
            for escape in ("\x1b]", "\x1b[2J", "\x07"):
                assert escape not in output, (command, output)
            for word in words:
                assert word in output, (command, word, output)
        client.close()
    with Bus(BUILD) as bus:
        asyncio.run(check(bus))


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(globals())))
