#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What hybridd costs, as counts and ratios, each with its goal. Prints TAP with a table, and writes
bench.json beside the programs. What a machine cannot measure is skipped, and says why."""

import asyncio
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "common"), str(ROOT / "tests" / "bench")]
# pylint: disable=wrong-import-position
import delay  # noqa: E402
import tap  # noqa: E402
from hybridd import Bus, NAME, REQUEST, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402
from soak import soak  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
PROGRAMS = BUILD / "tests" / "bench"
FIGURES = []

# What a test runner sets and nobody else: it makes allocations and the start of programs dearer.
for variable in ("LD_LIBRARY_PATH", "MALLOC_PERTURB_"):
    os.environ.pop(variable, None)


def note(name, value, unit, goal=None):
    """Enters a figure into the table; without a goal it is there to compare with."""
    FIGURES.append({"name": name, "value": round(value, 3), "goal": goal, "unit": unit,
                    "met": None if goal is None else value <= goal})


def figure(name, value, goal, unit):
    """Notes a figure, and fails if it misses its goal."""
    note(name, value, unit, goal)
    print(f"# {name}: {value:,.6g} {unit} (goal: at most {goal:,})", flush=True)
    assert value <= goal, f"{name}: {value} {unit}, goal {goal}"


def need(program, package):
    """Skips where a program is missing."""
    if shutil.which(program) is None:
        raise tap.Skip(f"needs {program} (package {package})")


def need_optimised():
    """Skips where the figure would be of the sanitizers, not of the program."""
    options = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", str(BUILD)],
                                        capture_output=True, text=True, check=True).stdout)
    if next(o["value"] for o in options if o["name"] == "b_sanitize") != "none":
        raise tap.Skip("a sanitizer build says nothing about costs")


def instructions(*command, environment=None, dump_after=None):
    """Instructions that a program takes, by callgrind; up to the first return of a function."""
    need("valgrind", "valgrind")
    need_optimised()
    with tempfile.TemporaryDirectory() as folder:
        extra = [f"--dump-after={dump_after}"] if dump_after else []
        result = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *extra,
             *map(str, command)], capture_output=True, text=True, env=environment, check=True)
        return int(re.search(r"Collected : (\d+)", result.stderr).group(1)), result.stdout


# ---- adverts ------------------------------------------------------------------------------------

def test_advert_of_a_stranger():
    few, allocations_few = instructions(PROGRAMS / "bench-advert", 1000)
    many, allocations_many = instructions(PROGRAMS / "bench-advert", 5000)
    figure("instructions for a stranger's advert and key", (many - few) / 4000, 5200, "instructions")
    figure("allocations for strangers' adverts", int(allocations_few) + int(allocations_many), 0,
           "allocations")


def test_advert_of_a_stranger_for_linked_phones():
    def cost(n_linked):
        few, allocations_few = instructions(PROGRAMS / "bench-advert", 200, n_linked)
        many, allocations_many = instructions(PROGRAMS / "bench-advert", 1000, n_linked)
        return (many - few) / 800 / n_linked, int(allocations_few) + int(allocations_many)
    one, allocations_one = cost(1)
    hundred, allocations_hundred = cost(100)
    figure("instructions for a stranger's advert and linked phone, of 100", hundred, 5200,
           "instructions")
    figure("the same, against that of 1", hundred / one, 1.02, "times")
    figure("allocations for strangers' adverts with linked phones",
           allocations_one + allocations_hundred, 0, "allocations")


# ---- code ---------------------------------------------------------------------------------------

def test_size_of_the_code():
    result = subprocess.run([str(PROGRAMS / "bench-qr"), "500"], capture_output=True, text=True,
                            check=True)
    figure("largest version of QR code in 500", int(result.stdout), 5, "(version)")


# ---- handshake ----------------------------------------------------------------------------------

def test_handshake_against_bare_operations():
    def cost(kind):
        return (instructions(PROGRAMS / "bench-handshake", kind, 30)[0] -
                instructions(PROGRAMS / "bench-handshake", kind, 10)[0]) / 20
    ours, bare = cost("ours"), cost("bare")
    print(f"# ours {ours:,.0f}, bare {bare:,.0f} instructions")
    figure("handshake against the bare OpenSSL operations", ours / bare, 1.15, "times")


# ---- round trips --------------------------------------------------------------------------------

def start_tunnel(link, folder):
    """A tunnel service on the far host; returns the process and its address."""
    process = subprocess.Popen(
        link.command(1, str(BUILD / "tools/hybrid-tunnel/hybrid-tunnel"), "--listen", "10.99.0.2:0",
                     "--self-signed", folder), stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[1]


OTHER_STACK = """
import asyncio, ssl, sys, time, websockets
address, ca = sys.argv[1], sys.argv[2]
host, port = address.split(":")
context = ssl.create_default_context(cafile=ca)
async def main():
    start = time.monotonic()
    async with websockets.connect("wss://cable.ua5v.com/cable/new/00112233445566778899AABBCCDDEE03",
                                  host=host, port=int(port), ssl=context,
                                  server_hostname="cable.ua5v.com",
                                  subprotocols=["fido.cable"]):
        print((time.monotonic() - start) * 1e6)
asyncio.run(main())
"""


TCP_CONNECT = """
import socket, sys, time
host, port = sys.argv[1].split(":")
for _ in range(3):
    with socket.socket() as client:
        start = time.monotonic()
        client.connect((host, int(port)))
        print((time.monotonic() - start) * 1e6)
"""


def usec(link, *command):
    """What a program that runs on the near host prints: microseconds, one or several."""
    output = subprocess.run(link.command(0, *map(str, command)), capture_output=True, text=True,
                            check=True).stdout
    return [float(word) for word in output.split()]


def test_round_trips_to_the_websocket():
    need_optimised()
    reason = delay.why_not()
    if reason:
        raise tap.Skip(reason)
    link = delay.SlowLink(0.2)
    folder = tempfile.mkdtemp()
    tunnel = None
    try:
        tunnel, address = start_tunnel(link, folder)
        cold, warm, other = [], [], []
        for _ in range(7):
            # The unit is what the link really takes: a TCP connection is one round trip.
            unit = min(usec(link, "/usr/bin/python3", "-c", TCP_CONNECT, address))
            ours = usec(link, PROGRAMS / "bench-connect", f"cable.ua5v.com={address}",
                        f"{folder}/ca.pem")
            theirs = usec(link, "/usr/bin/python3", "-c", OTHER_STACK, address, f"{folder}/ca.pem")
            cold.append(ours[0] / unit)
            warm.append(ours[1] / unit)
            other.append(theirs[0] / unit)
        print(f"# python3-websockets beside it: {statistics.median(other):.2f} round trips")
        # The fastest: what the machine did besides is no round trip.
        figure("from connect to the websocket, cold", min(cold), 3.05, "round trips")
        figure("from connect to the websocket, made ahead", min(warm), 1.05, "round trips")
        note("python3-websockets, cold", statistics.median(other), "round trips")
    finally:
        if tunnel:
            tunnel.terminate()
            tunnel.wait()
            tunnel.stdout.close()
        link.close()
        shutil.rmtree(folder)


# ---- start --------------------------------------------------------------------------------------

def activation_bus():
    """A bus that can start hybridd and the skeleton."""
    bus = Bus(BUILD, activation=True)
    (bus.folder / "services" / "org.hybridd.Skeleton.service").write_text(
        f"[D-BUS Service]\nName=org.hybridd.Skeleton\nExec={PROGRAMS}/skeleton\n", encoding="utf-8")
    # The same words around both: no shell, and no debug log.
    (bus.folder / "services" / f"{NAME}.service").write_text(
        f"[D-BUS Service]\nName={NAME}\nExec={BUILD}/daemon/hybridd --config={bus.config_path} "
        "--allow-test-config\n", encoding="utf-8")
    return bus


ACTIVATION_GOAL = 2.0
ACTIVATION_LIMIT = 3.0  # with one processor it is 2.2 to 2.8; with the CA roots loaded before, beyond


def activation_round(bus, n_pairs):
    """The least time to the code, and to the skeleton's answer, of some pairs, in microseconds."""
    result = subprocess.run([str(PROGRAMS / "bench-activation"), str(n_pairs)],
                            env=bus.environment(), capture_output=True, text=True, timeout=120,
                            check=True)
    pairs = [tuple(map(float, line.split())) for line in result.stdout.splitlines()]
    ours, bare = zip(*pairs)
    print(f"# code {min(ours):.0f} us, skeleton {min(bare):.0f} us; medians "
          f"{statistics.median(ours):.0f} and {statistics.median(bare):.0f}")
    return min(ours), min(bare)


def test_activation_to_code():
    """Times differ with the machine and its neighbours: so the goal is there to compare with, and what
    fails the test is a start of another kind. What a start costs is counted by the next test."""
    need_optimised()
    with activation_bus() as bus:
        # The fastest of each: what else the machine does only ever makes it slower.
        rounds = [activation_round(bus, 41) for _ in range(4)]
        while (ratio := min(r[0] for r in rounds) / min(r[1] for r in rounds)) > ACTIVATION_GOAL:
            if len(rounds) == 12:
                break
            rounds.append(activation_round(bus, 41))
    note("from activation to the code, against a bare sd-bus program", ratio, "times",
         ACTIVATION_GOAL)
    print(f"# {ratio:.2f} times (goal: at most {ACTIVATION_GOAL}; limit: {ACTIVATION_LIMIT})")
    assert ratio <= ACTIVATION_LIMIT, f"{ratio:.2f} times, limit {ACTIVATION_LIMIT}"


def count_until_code(bus, folder):
    """Instructions of hybridd and of the ceremony, each up to where the code has left it."""
    command = ["valgrind", "--tool=callgrind", "--trace-children=yes",
               f"--callgrind-out-file={folder}/out.%p",
               # The first dump of either process is what it took until this function returned.
               "--dump-after=request_emit_qr_changed", "--dump-after=sealed_memfd"]
    bus.daemon_command_plain = bus.daemon_command()
    bus.daemon_command = lambda: command + [a for a in bus.daemon_command_plain
                                            if not a.startswith("--log-level")]
    bus.start()

    async def main():
        client = await connect(bus)
        path = await client.get()
        await client.state(path, "waiting-for-scan", seconds=60)
        assert (await client.qr_text(path)).startswith("FIDO:/")
        client.close()
    asyncio.run(main())
    time.sleep(1)
    bus.stop()


def test_instructions_to_code():
    need("valgrind", "valgrind")
    need_optimised()
    folder = tempfile.mkdtemp()
    try:
        with Bus(BUILD) as bus:
            count_until_code(bus, folder)
        total = 0
        for path in sorted(pathlib.Path(folder).glob("out.*.1")):
            text = path.read_text(encoding="utf-8", errors="replace")
            counted = int(re.search(r"^(?:totals|summary): (\d+)", text, re.M).group(1))
            print(f"# {re.search(r'^cmd: *(.*)', text, re.M).group(1)[:60]}: {counted:,}")
            total += counted
        assert total > 0, "nothing was counted"
        figure("instructions from start to the code", total, 10_000_000, "instructions")
    finally:
        shutil.rmtree(folder)


# ---- memory and rest ----------------------------------------------------------------------------

def private_dirty_kb(pid):
    """Private dirty memory of a process, in KiB."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            text = file.read()
    except PermissionError:
        raise tap.Skip("needs root to look into a process that hides its memory") from None
    return int(re.search(r"^Private_Dirty: +(\d+)", text, re.M).group(1))


def switches(pid):
    """How often a process has gone to sleep by itself: once for each time it was woken."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M).group(1))


def test_idle():
    need_optimised()
    with Bus(BUILD) as bus:
        bus.start()
        time.sleep(6)  # the spare process is gone by then
        pid = bus.daemon.pid
        assert not bus.children()
        figure("idle private dirty memory", private_dirty_kb(pid) / 1024, 0.8, "MiB")
        before = switches(pid)
        time.sleep(60)
        figure("wake-ups in 60 s of rest", switches(pid) - before, 0, "wake-ups")


def test_memory_of_a_ceremony():
    need_optimised()
    measured = {}

    async def ceremony(bus, partners):
        client = await connect(bus)
        path = await client.create()
        phone = partners.phone(bus, await client.qr_text(path), "--approve", "delay:1")
        await client.state(path, "continue-on-phone")
        measured["during"] = sum(private_dirty_kb(pid)
                                 for pid in [bus.daemon.pid, *bus.children()])
        code, results = await client.response(path)
        assert code == 0, results
        end_phone(phone)
        client.close()

    with Partners(BUILD) as partners, Bus(BUILD, settings=partners.settings()) as bus:
        bus.start()
        time.sleep(6)
        before = private_dirty_kb(bus.daemon.pid)
        asyncio.run(ceremony(bus, partners))
        time.sleep(6)
        after = sum(private_dirty_kb(pid) for pid in [bus.daemon.pid, *bus.children()])
    print(f"# before {before} KiB, during {measured['during']} KiB, after {after} KiB")
    figure("private dirty memory during a ceremony", measured["during"] / 1024, 2.5, "MiB")
    figure("memory that stays after a ceremony", max(0, after - before), 128, "KiB")


def test_many_ceremonies():
    """Few enough for every day; tests/bench/soak.py runs ten thousand."""
    need_optimised()
    before, after = soak(BUILD, 500, lambda line: print(f"# {line}"))
    figure("memory that 400 more ceremonies leave", max(0, after[0] - before[0]), 128, "KiB")
    figure("descriptors that 400 more ceremonies leave", max(0, after[1] - before[1]), 0,
           "descriptors")


# ---- crowds -------------------------------------------------------------------------------------

FLOOD_RATE, FLOOD_SECONDS, N_FLOODED = 10_000, 10, 4
# The sender waits for a machine that does not keep up.
PATIENCE_SECONDS = 50


def cpu_seconds(pid):
    """What a process has had of the processors."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def advert_of(phone):
    """The advert of a phone that only prints it."""
    for _ in range(500):
        said = phone.log.read_text(encoding="ascii").split()
        for word in said:
            if re.fullmatch("[0-9a-fA-F]{40}", word):
                return word
        await asyncio.sleep(0.02)
    raise AssertionError(f"no advert: {said}")


def test_flood_of_adverts():
    """Adverts of strangers at a rate that no place has; each of ours is sent once only."""
    need_optimised()
    measured = {}

    async def main(bus, partners):
        client, other = await connect(bus), await connect(bus)
        silent = await other.get()  # scans to the end, and answers no one
        await other.state(silent, "waiting-for-scan")
        paths, phones = [], []
        for _ in range(N_FLOODED):
            paths.append(await client.create())
            phones.append(partners.phone(bus, await client.qr_text(paths[-1]), "--ble", "none",
                                         "--print-advert", quiet=False))
        adverts = [await advert_of(phone) for phone in phones]
        pids = [bus.daemon.pid, *bus.children()]
        silent_pid = bus.children()[0]
        before = {pid: (cpu_seconds(pid), private_dirty_kb(pid)) for pid in pids}
        log = len(bus.log())

        [radio] = bus.ether.glob("*.sock")
        flood = await asyncio.create_subprocess_exec(
            str(PROGRAMS / "bench-flood"), str(radio), str(FLOOD_RATE), str(FLOOD_SECONDS), *adverts,
            stdout=subprocess.PIPE)
        for path in paths:
            code, results = await client.response(path, FLOOD_SECONDS + PATIENCE_SECONDS)
            assert code == 0, results
        sent, seconds = (await flood.communicate())[0].split()
        assert flood.returncode == 0
        await asyncio.sleep(0.5)

        measured["sent"], measured["seconds"] = int(sent), float(seconds)
        for name, pid in (("daemon", bus.daemon.pid), ("ceremony", silent_pid)):
            measured[name] = (cpu_seconds(pid) - before[pid][0],
                              private_dirty_kb(pid) - before[pid][1])
        measured["log"] = len(bus.log()) - log
        assert await other.get_property(silent, REQUEST, "State") == "waiting-for-scan"
        for phone in phones:
            end_phone(phone)
        client.close()
        other.close()

    with Partners(BUILD) as partners, Bus(BUILD, settings=partners.settings()) as bus:
        bus.start()
        asyncio.run(main(bus, partners))
    sent = measured["sent"]
    assert sent == FLOOD_RATE * FLOOD_SECONDS + N_FLOODED
    print(f"# {sent:,} adverts in {measured['seconds']:.1f} s; {N_FLOODED} of them ours, all heard; "
          f"{measured['log']} bytes of debug log, with {N_FLOODED} ceremonies that ended")
    for name in ("daemon", "ceremony"):
        cpu, grown = measured[name]
        note(f"flood: processor time of the {name}, for each advert", cpu / sent * 1e6, "µs")
        print(f"# the {name}: {cpu:.2f} s of processor time")
        figure(f"flood: memory that the {name} has more after it", max(0, grown), 128, "KiB")
    figure("flood: bytes of log for each advert", measured["log"] / sent, 0.1, "bytes")


def print_table():
    """All figures at a glance, and as JSON."""
    width = max((len(f["name"]) for f in FIGURES), default=0)
    print()  # ends what the last test had to say
    print(f"# {'figure':{width}}  {'value':>12}  {'goal':>12}")
    for one in FIGURES:
        goal = "-" if one["goal"] is None else f"{one['goal']:,}"
        missed = ", missed" if one["met"] is False else ""
        print(f"# {one['name']:{width}}  {one['value']:>12,}  {goal:>12}  {one['unit']}{missed}")
    (BUILD / "bench.json").write_text(json.dumps(FIGURES, indent=2) + "\n", encoding="utf-8")
    print(f"# written to {BUILD / 'bench.json'}")


if __name__ == "__main__":
    STATUS = tap.run(tap.collect(dict(globals())))
    print_table()
    sys.exit(STATUS)
