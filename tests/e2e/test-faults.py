#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Phones and tunnel services that misbehave: each fault ends a ceremony with its own cause, a
sentence that a person understands, within its deadline, and with nothing left behind."""

import asyncio
import functools
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, CREATE_OPTIONS, GET_OPTIONS, connect  # noqa: E402
from partners import Partners, Tunnel  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")

# Deadlines in seconds, each with something for a busy machine.
AT_ONCE = 8
STAGE = 15 + 8      # for the connection, the handshake, the phone's first message
CEREMONY = 180 + 8  # the shortest that a relying party can ask for

# What hybrid-phone --fault can do, the operation it is tried with, and what it leads to. Two causes
# where the fault is a race.
PHONE_FAULTS = {
    "no-advert": ("create", "timeout", CEREMONY),
    "advert-mac": ("create", "timeout", CEREMONY),
    "advert-reserved": ("create", "timeout", CEREMONY),
    "advert-unassigned": ("create", "timeout", CEREMONY),
    "two-adverts": ("create", "two-phones", AT_ONCE),
    "wrong-psk": ("create", "handshake-failed", AT_ONCE),
    "bad-point": ("create", "handshake-failed", AT_ONCE),
    "wrong-mac": ("create", "handshake-failed", AT_ONCE),
    "short-message-2": ("create", "handshake-failed", AT_ONCE),
    "long-message-2": ("create", "handshake-failed", AT_ONCE),
    "silent-message-2": ("create", "handshake-failed", STAGE),
    "close-after-message-1": ("create", "handshake-failed", AT_ONCE),
    "cut-after-message-1": ("create", "handshake-failed", AT_ONCE),
    "post-handshake-garbage": ("create", "protocol", AT_ONCE),
    "post-handshake-trailing": ("create", "protocol", AT_ONCE),
    "post-handshake-no-ctap": ("create", "unsupported", AT_ONCE),
    "post-handshake-tag": ("create", "channel-broken", AT_ONCE),
    "silent-post-handshake": ("create", "channel-broken", STAGE),
    "close-after-post-handshake": ("create", "declined", AT_ONCE),
    "shutdown-first": ("create", "protocol", AT_ONCE),
    "link-mac": ("create", None, AT_ONCE),       # what they spoil is looked at in test-linked.py
    "link-point": ("create", None, AT_ONCE),
    "link-identity": ("create", None, AT_ONCE),
    "record-tag": ("create", "channel-broken", AT_ONCE),
    "bad-padding": ("create", "channel-broken", AT_ONCE),
    "wrong-counter": ("create", "channel-broken", AT_ONCE),
    "unknown-type": ("create", "protocol", AT_ONCE),
    "second-reply": ("create", None, AT_ONCE),
    "silent-reply": ("create", "timeout", CEREMONY),
    "close-before-reply": ("create", "declined", AT_ONCE),
    "cut-before-reply": ("create", "declined", AT_ONCE),
    "reply-empty": ("create", "protocol", AT_ONCE),
    "reply-status": ("create", "authenticator", AT_ONCE),
    "reply-trailing": ("create", "protocol", AT_ONCE),
    "reply-duplicate-keys": ("create", "protocol", AT_ONCE),
    "reply-deep-cbor": ("create", "protocol", AT_ONCE),
    "reply-other-rp": ("create", "protocol", AT_ONCE),
    "reply-no-up": ("create", "protocol", AT_ONCE),
    "reply-other-credential": ("get", "protocol", AT_ONCE),
    "reply-wrong-alg": ("create", "protocol", AT_ONCE),
    "reply-extension": ("create", "protocol", AT_ONCE),
}
ARGUMENTS = {"reply-status": ":7F"}

# What hybrid-tunnel --fault can do. Messages to the desktop: 1 is the handshake's, 2 what the phone
# says about itself, 3 the reply.
TUNNEL_FAULTS = {
    "silent-tcp:1": ("tunnel-unreachable", STAGE),
    "close-tls:1": ("tunnel-unreachable", AT_ONCE),
    "status:400": ("tunnel-refused", AT_ONCE),
    "status:404": ("tunnel-refused", AT_ONCE),
    "status:410": ("tunnel-refused", AT_ONCE),
    "status:503": ("tunnel-refused", AT_ONCE),
    "redirect:http://cable.ua5v.com/": ("tunnel-refused", AT_ONCE),
    "redirect:wss://127.0.0.1/": ("tunnel-refused", AT_ONCE),
    "silent": ("tunnel-unreachable", STAGE),
    "wrong-accept": ("tunnel-refused", AT_ONCE),
    "no-subprotocol": ("tunnel-refused", AT_ONCE),
    "wrong-subprotocol": ("tunnel-refused", AT_ONCE),
    "slow:600": (None, STAGE),
    "close-after:1": ("channel-broken", AT_ONCE),
    "close-after:2": ("declined", AT_ONCE),
    "close-after:2:1011": ("declined", AT_ONCE),
    "cut-after:1": ("channel-broken", AT_ONCE),
    "cut-after:2": ("channel-broken", AT_ONCE),
    "reset-after:1": ("channel-broken", AT_ONCE),
    "reset-after:2": ("channel-broken", AT_ONCE),
    "cut-inside:1": ("channel-broken", AT_ONCE),
    "cut-inside:2": ("channel-broken", AT_ONCE),
    "cut-inside:3": ("channel-broken", AT_ONCE),
    "drop:1": ("handshake-failed", AT_ONCE),
    "drop:2": ("channel-broken", STAGE),
    "drop:3": ("timeout", CEREMONY),
    "duplicate:1": ("channel-broken", AT_ONCE),
    "duplicate:2": ("channel-broken", AT_ONCE),
    "duplicate:3": (None, AT_ONCE),
    "reorder:1": ("handshake-failed", AT_ONCE),
    "reorder:2": ("channel-broken", STAGE),
    "flip:1": ("handshake-failed", AT_ONCE),
    "flip:2": ("channel-broken", AT_ONCE),
    "flip:3": ("channel-broken", AT_ONCE),
    "text-frame:1": ("protocol", AT_ONCE),
    "text-frame:2": ("protocol", AT_ONCE),
    "text-frame:3": ("protocol", AT_ONCE),
    "huge-frame:1": ("protocol", AT_ONCE),
    "huge-frame:2": ("protocol", AT_ONCE),
    "huge-frame:3": ("protocol", AT_ONCE),
    "ping-flood": (None, AT_ONCE),
}
FIRST_TUNNEL_ID = 300


def listed(program):
    """The names that a program's --fault list prints."""
    text = subprocess.run([str(BUILD / f"tools/{program}/{program}"),
                           *(["scan"] if program == "hybrid-phone" else []), "--fault", "list"],
                          capture_output=True, text=True, check=True).stdout
    return {line.split()[0].split(":")[0].split("[")[0] for line in text.splitlines() if line}


def tunnel_host(number):
    """The name of a tunnel service above 255, as the protocol makes it."""
    digest = hashlib.sha256(b"caBLEv2 tunnel server domain" + number.to_bytes(2, "little") +
                            b"\0").digest()
    value = int.from_bytes(digest[:8], "little")
    tld, value, label = (".com", ".org", ".net", ".info")[value & 3], value >> 2, ""
    while value:
        label, value = label + "abcdefghijklmnopqrstuvwxyz234567"[value & 31], value >> 5
    return f"cable.{label}{tld}"


async def ceremony(bus, partners, operation, phone_options, address=None, store="store",
                   allowed="AQIDBA"):
    """One request and one phone: (cause or None, message or response, seconds)."""
    client = await connect(bus)
    if operation == "create":
        path = await client.create(dict(CREATE_OPTIONS, timeout=1))
    else:
        path = await client.get(dict(GET_OPTIONS, timeout=1,
                                     allowCredentials=[{"type": "public-key", "id": allowed}]))
    code = await client.qr_text(path)
    start = time.monotonic()
    phone = partners.phone(bus, code, "--timeout", "200", *phone_options, address=address,
                           store=store)
    try:
        code, results = await client.response(path, CEREMONY + 10)
    finally:
        if phone.poll() is None:
            phone.terminate()
        phone.wait()
        client.close()
    if code == 0:
        (response,) = results["public_key"].values()
        return None, json.loads(response)["id"], time.monotonic() - start
    return results["cause"], results["message"], time.monotonic() - start


async def all_of(cases, at_once=12):
    """Runs the (name, awaitable function) pairs, some at a time; a list of (name, outcome)."""
    gate = asyncio.Semaphore(at_once)

    async def one(name, function):
        async with gate:
            return name, await function()
    return await asyncio.gather(*(one(name, function) for name, function in cases))


def judge(outcomes, expected):
    """Prints what each fault led to, and asserts that it is what it should be."""
    wrong = []
    for name, (cause, message, seconds) in outcomes:
        wanted, limit = expected[name]
        print(f"# {name:32} {cause or 'done':20} {seconds:6.1f} s  {message if cause else ''}")
        if cause != wanted or seconds > limit:
            wrong.append((name, cause, wanted, round(seconds, 1), limit))
        if cause and (len(message) < 20 or message[-1] != "." or "{" in message):
            wrong.append((name, "says", message))
    assert not wrong, wrong


async def settle(bus):
    """Waits until the processes of ended ceremonies are gone."""
    for _ in range(400):
        if not bus.children():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"processes left: {bus.children()}")


def run(settings, cases):
    """Runs the cases on one hybridd; nothing may be left of any of them."""
    with Bus(BUILD, settings=settings) as bus:
        bus.start()

        async def main():
            warm_up = await connect(bus)
            await warm_up.response(await warm_up.create("{}"))
            await settle(bus)
            n_fds = bus.n_fds()
            outcomes = await all_of([(name, lambda f=f: f(bus)) for name, f in cases])
            warm_up.close()
            await settle(bus)
            for _ in range(100):  # the last ones are closing
                if bus.n_fds() <= n_fds and bus.n_armed_timers() == 0:
                    break
                await asyncio.sleep(0.05)
            assert bus.n_fds() <= n_fds, (n_fds, bus.n_fds())
            assert bus.n_armed_timers() == 0, "a timer is left"
            assert bus.n_threads() == 1, "a thread is left"
            assert not list(bus.ether.glob("*.sock")), "it still scans"
            return outcomes
        outcomes = asyncio.run(main())
        assert bus.stop() == 0
        log = bus.log()
        assert "ERROR: " not in log and "runtime error" not in log, log
        assert "does not end by itself" not in log, "a ceremony had to be killed"
    return outcomes


def test_every_fault_is_tried():
    assert listed("hybrid-phone") == set(PHONE_FAULTS), (
        listed("hybrid-phone") ^ set(PHONE_FAULTS))
    tried = {name.split(":")[0] for name in TUNNEL_FAULTS}
    tried |= {"no-signal"}  # of linked phones, see test-linked.py
    assert listed("hybrid-tunnel") == tried, listed("hybrid-tunnel") ^ tried


def phone_cases(partners):
    """(name, ceremony to run) for each fault of phones."""
    # A sign-in needs a credential to be asked for; the fault then names another one.
    with Bus(BUILD, settings=partners.settings()) as bus:
        bus.start()
        cause, credential, _ = asyncio.run(ceremony(bus, partners, "create", (),
                                                    store="fault-reply-other-credential"))
        assert cause is None, credential

    def case(name, operation):
        options = ["--fault", name + ARGUMENTS.get(name, "")]
        if name == "two-adverts":
            options += ["--approve", "delay:3"]  # so long that the second one is heard
        return lambda bus: ceremony(bus, partners, operation, options, store=f"fault-{name}",
                                    allowed=credential)
    return [(name, case(name, operation)) for name, (operation, _, _) in PHONE_FAULTS.items()]


def tunnel_cases(partners, tunnels):
    """(name, ceremony to run) for each fault of tunnel services."""
    def case(name):
        number, tunnel = tunnels[name]
        options = ("--tunnel", str(number), "--ca", str(tunnel.ca_file))
        return lambda bus: ceremony(bus, partners, "create", options, address=tunnel.address,
                                    store=f"tunnel-{number}")
    return [(name, case(name)) for name in TUNNEL_FAULTS]


@functools.cache
def outcomes_of_all():
    """Runs all faults on one hybridd, side by side: the silent ones take three minutes."""
    with Partners(BUILD) as partners, tempfile.TemporaryDirectory() as folder:
        tunnels = {}
        settings = partners.settings()
        authorities = [partners.google.ca_file]
        try:
            for number, name in enumerate(TUNNEL_FAULTS, FIRST_TUNNEL_ID):
                host = tunnel_host(number)
                tunnel = Tunnel(BUILD, pathlib.Path(folder) / str(number), "--fault", name,
                                names=[host])
                tunnels[name] = (number, tunnel)
                settings["test"]["resolve"].append(f"{host}={tunnel.address}")
                authorities.append(tunnel.ca_file)
            every = pathlib.Path(folder) / "all.pem"
            every.write_text("".join(file.read_text(encoding="ascii") for file in authorities),
                             encoding="ascii")
            settings["test"]["ca-file"] = str(every)
            return dict(run(settings, phone_cases(partners) + tunnel_cases(partners, tunnels)))
        finally:
            for _, tunnel in tunnels.values():
                tunnel.close()


def test_faults_of_phones():
    judge([(name, outcomes_of_all()[name]) for name in PHONE_FAULTS],
          {name: (cause, limit) for name, (_, cause, limit) in PHONE_FAULTS.items()})


def test_faults_of_tunnel_services():
    judge([(name, outcomes_of_all()[name]) for name in TUNNEL_FAULTS], TUNNEL_FAULTS)


def test_tunnel_service_that_cannot_be_reached():
    """No name, nobody there, a certificate of somebody else: each with the host's name."""
    with Partners(BUILD) as partners, tempfile.TemporaryDirectory() as folder:
        stranger = Tunnel(BUILD, folder)
        nobody = "127.0.0.1:1"
        try:
            for address, authority, cause in (
                    (nobody, partners.google.ca_file, "tunnel-unreachable"),
                    (partners.google.address, stranger.ca_file, "tunnel-tls")):
                settings = {"test": {"resolve": f"cable.ua5v.com={address}",
                                     "ca-file": str(authority)}}
                outcomes = run(settings, [("host", lambda bus: ceremony(
                    bus, partners, "create", (), address=partners.google.address))])
                judge(outcomes, {"host": (cause, AT_ONCE)})
                assert "cable.ua5v.com" in outcomes[0][1][1]
        finally:
            stranger.close()


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
