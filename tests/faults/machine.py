# SPDX-License-Identifier: MIT
"""Faults of the machine: processes that die or hang, and resources that are used up."""

import asyncio
import contextlib
import os
import pathlib
import resource
import signal

from hybridd import NAME, REQUEST, BusFailure, broadcast
from lab import AT_ONCE, CEREMONY, STAGE, STATES, activity, alive, until
from rows import Rows

BUSY = STATES[1:-1]               # there is a ceremony
OPEN = STATES[1:-2]               # and no answer yet
TALKING = STATES[2:-1]            # there is a connection to the tunnel service
STAGED = STATES[2:-3]             # and a deadline for this step

processes = Rows("Processes")


def send(pids, number):
    """A signal to processes; some may have ended meanwhile."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def ended(case, state, seconds=AT_ONCE):
    """What the caller was told; in the lingering state it had its answer before."""
    found = await case.ends(seconds)
    await case.ceremonies_end()
    return found


@processes.row("the caller is killed", *BUSY)
async def caller_is_killed(case, state):
    """Nobody is left to be told."""
    case.client.close()
    await case.ceremonies_end()
    return "given up"


@processes.row("the caller cancels", *BUSY)
async def caller_cancels(case, state):
    """Once it has its answer, this is the end of waiting for a link."""
    await case.client.cancel(case.path)
    return await ended(case, state)


@processes.row("the window is killed, and comes again", *OPEN, window=True)
async def window_is_killed(case, state):
    """The next one is already in the bus's queue for the name."""
    await until(lambda: case.window.n_presented == 1, AT_ONCE, "no window was asked for")
    again = await case.open_window()
    case.window.client.close()
    await until(lambda: again.n_presented == 1, AT_ONCE, "the window is not asked for again")
    return await case.goes_on()


@processes.row("the window is killed, and there is none any more", *OPEN, window=True)
async def window_is_gone(case, state):
    """The ceremony goes on without it: its person may have scanned the code already."""
    await until(lambda: case.window.n_presented == 1, AT_ONCE, "no window was asked for")
    case.window.client.close()
    return await case.goes_on()


@processes.row("hybridd is told to end", *STATES)
async def daemon_is_told_to_end(case, state):
    """As the service manager does it."""
    return await daemon_ends(case, signal.SIGTERM)


@processes.row("hybridd is killed", *STATES)
async def daemon_is_killed(case, state):
    """Its ceremonies do not stay without it."""
    return await daemon_ends(case, signal.SIGKILL)


async def daemon_ends(case, number):
    """The status it ends with; another one is started."""
    case.bus.daemon.send_signal(number)
    await until(lambda: case.bus.daemon.poll() is not None, AT_ONCE, "hybridd does not end")
    await case.ceremonies_end()
    status = case.bus.daemon.returncode
    for left in case.bus.ether.glob("*.sock"):  # of the make-believe radio
        assert number == signal.SIGKILL, "a scan is left"
        left.unlink()
    assert not await case.client.name_has_owner(NAME)
    await case.start_daemon()
    return f"exit status {status}" if status >= 0 else "ends with it"


@processes.row("the bus is killed", *STATES)
async def bus_is_killed(case, state):
    """Nobody can call any more."""
    case.bus.bus.kill()
    await until(lambda: case.bus.daemon.poll() is not None, AT_ONCE, "hybridd does not end")
    await case.ceremonies_end()
    assert not list(case.bus.ether.glob("*.sock")), "a scan is left"
    status = case.bus.daemon.returncode
    case.bus.__exit__()
    await case.start_bus()
    return f"exit status {status}"


@processes.row("the ceremony's process is killed", *BUSY)
async def ceremony_is_killed(case, state):
    """As by the kernel that is out of memory."""
    send(case.ceremonies, signal.SIGKILL)
    return await ended(case, state)


@processes.row("the ceremony's process hangs, and the caller cancels", *BUSY, limit=2 * AT_ONCE)
async def ceremony_hangs(case, state):
    """It is killed when it does not end by itself."""
    send(case.ceremonies, signal.SIGSTOP)
    await case.client.cancel(case.path)
    return await ended(case, state, 2 * AT_ONCE)


@processes.row("all of hybridd stands still for 2 s", *STATES)
async def stands_still(case, state):
    """A machine that swaps, or sleeps shortly."""
    return await stand_still(case, 2)


@processes.row("all of hybridd stands still for 20 s", *STATES, limit=20 + AT_ONCE)
async def sleeps(case, state):
    """Longer than a stage may take: its time is up when it wakes."""
    return await stand_still(case, 20, release=state not in STAGED)


@processes.row("all of hybridd stands still for 190 s", "idle", "scan", "upgrade", "reply", "lingering",
               limit=190 + AT_ONCE)
async def sleeps_long(case, state):
    """Longer than a ceremony may take, whatever the phone has sent meanwhile."""
    return await stand_still(case, 190, release=False)


async def stand_still(case, seconds, release=True):
    """SIGSTOP, time, SIGCONT."""
    pids = [case.bus.daemon.pid, *filter(alive, case.bus.children())]
    send(pids, signal.SIGSTOP)
    await until(lambda: all(activity(pid) == "T" for pid in pids), AT_ONCE, "it does not stop")
    await asyncio.sleep(seconds)
    send(pids, signal.SIGCONT)
    if case.state in ("idle", "done"):
        return await ask_anew(case)
    return await (case.goes_on() if release else case.ends(AT_ONCE))


# ---- clocks -------------------------------------------------------------------------------------

clocks = Rows("Clocks")
WALL_CLOCKS = (0, 8, 5)  # CLOCK_REALTIME, CLOCK_REALTIME_ALARM, CLOCK_REALTIME_COARSE


@clocks.row("no timer follows the wall clock, which somebody may set", *BUSY)
async def wall_clock_is_set(case, state):
    """The computer's clock is left alone here: all timers are on clocks that nobody can set."""
    n_timers = 0
    for pid in (case.bus.daemon.pid, *case.ceremonies):
        for file in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
            try:
                text = file.read_text(encoding="ascii")
            except FileNotFoundError:
                continue  # closed meanwhile
            if "clockid: " not in text:
                continue
            clock = int(text.split("clockid: ")[1].split()[0])
            n_timers += 1
            assert clock not in WALL_CLOCKS or "it_value: (0, 0)" in text, text
    assert n_timers > 0, "there are no timers at all"
    return await case.goes_on()


# ---- what is used up ----------------------------------------------------------------------------

limits = Rows("Resources")


def n_without_free(pid):
    """The number of descriptors that leaves none free: that of the first one that is not in use."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(used) + 1) if number not in used)


async def ask_anew(case):
    """A request of another caller, which it cancels when it has its code."""
    client = await case.connect()
    try:
        path = await client.create()
    except BusFailure as failure:
        return failure.args[0].rpartition(".")[2]
    except asyncio.TimeoutError:
        return "no answer"
    try:
        await client.qr_text(path)
        await client.cancel(path)
    except BusFailure:
        pass  # the Response tells
    _, results = await client.response(path)
    client.close()
    return "a code" if results["cause"] == "cancelled" else results["cause"]


async def short_of(case, pid, which, value):
    """Has a process run into a limit, then takes it away: what became of the ceremony that was open,
    or where there was none, of a request."""
    before = resource.prlimit(pid, which, (value, resource.prlimit(pid, which)[1]))
    try:
        if case.state in ("idle", "done"):
            return await ask_anew(case)
        if case.state == "lingering":
            return await case.lingers_out()
        return await case.goes_on(2 * AT_ONCE)
    finally:
        try:
            resource.prlimit(pid, which, before)
        except ProcessLookupError:
            pass  # it has ended with its ceremony


def either(outcome):
    """Where it depends on what is at hand by chance: both are good."""
    return "done or internal" if outcome in ("done", "internal", "a code") else outcome


@limits.row("hybridd has all descriptors that it may have", *STATES, limit=2 * AT_ONCE)
async def daemon_without_descriptors(case, state):
    """The answer needs one, and may have that of the scan, which has ended."""
    pid = case.bus.daemon.pid
    return either(await short_of(case, pid, resource.RLIMIT_NOFILE, n_without_free(pid)))


@limits.row("the ceremony has all descriptors that it may have", *BUSY, limit=2 * AT_ONCE)
async def ceremony_without_descriptors(case, state):
    """Those that it needs from then on are missing."""
    (pid,) = case.ceremonies
    return await short_of(case, pid, resource.RLIMIT_NOFILE, n_without_free(pid))


def size_of(pid):
    """Address space in use, in bytes."""
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def short_of_memory(case, pid):
    """What malloc() has at hand is left to it, and may be enough for the rest."""
    return either(await short_of(case, pid, resource.RLIMIT_AS, size_of(pid)))


@limits.row("hybridd has all memory that it may have", *STATES, limit=2 * AT_ONCE,
            needs="no sanitizer")
async def daemon_without_memory(case, state):
    """A request that comes then has no process."""
    return await short_of_memory(case, case.bus.daemon.pid)


@limits.row("the ceremony has all memory that it may have", *BUSY, limit=2 * AT_ONCE,
            needs="no sanitizer")
async def ceremony_without_memory(case, state):
    """While a code is shown, the tunnel module may not be loaded yet."""
    (pid,) = case.ceremonies
    return await short_of_memory(case, pid)


CLOSED = ("/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-')


@limits.row("hybridd is started without standard descriptors", "idle", wrapper=CLOSED)
async def started_with_nothing(case, state):
    """What it opens first has their numbers then."""
    return await ask_anew(case)


# ---- the disk -----------------------------------------------------------------------------------

# A folder of state of its own for hybridd alone, in a mount namespace.
FULL = ("unshare", "--mount", "/bin/sh", "-c",
        'mkdir -p -m 700 {folder}/state && mount -t tmpfs -o size=64k,mode=700 none {folder}/state && '
        'mkdir -p -m 700 {folder}/state/hybridd/phones && '
        '{{ cat /dev/zero > {folder}/state/full 2>/dev/null; exec "$0" "$@"; }}')
READ_ONLY = ("unshare", "--mount", "/bin/sh", "-c",
             'mkdir -p -m 700 {folder}/state && mount -t tmpfs -o ro none {folder}/state && '
             'exec "$0" "$@"')
disk = Rows("The disk")


async def remember(case):
    """The phone sends its link, and the person wants it: how the ceremony ends, and what is said."""
    case.middle.release()
    await case.client.wait_for(case.asks_to_remember, AT_ONCE)
    try:
        await case.client.call(case.path, REQUEST, "RememberPhone", "b", [True])
    except BusFailure as failure:
        kept = f"not remembered: {failure.args[0].rpartition('.')[2]}"
    else:
        kept = "remembered"
    return f"{await case.ends(AT_ONCE)}, {kept}"


@disk.row("the disk is full when a phone is to be remembered", "lingering", wrapper=FULL,
          needs="mounts")
async def disk_is_full(case, state):
    """The sign-in had its answer before; the phone is not kept, and the caller is told."""
    return await remember(case)


@disk.row("the home is read-only", "scan", "reply", wrapper=READ_ONLY, needs="mounts",
          offer=True)
async def home_is_read_only(case, state):
    """The code says that no phone can be kept, and the sign-in works."""
    return await case.goes_on()


# ---- others who send ----------------------------------------------------------------------------

air = Rows("The air")


@air.row("2,000 adverts of strangers", "scan")
async def strangers(case, state):
    """The phone is heard among them."""
    for _ in range(2000):
        broadcast(case.bus.ether, os.urandom(20))
    return await case.goes_on()


@air.row("adverts of all wrong sizes", "scan")
async def odd_adverts(case, state):
    """From nothing to more than the air can carry."""
    for n in (0, 1, 15, 16, 17, 19, 21, 22, 24, 31, 255):
        broadcast(case.bus.ether, os.urandom(n))
        broadcast(case.bus.ether, os.urandom(n), uuid=0xFDE2)
    return await case.goes_on()


@air.row("the phone's own advert, 50 times more", *TALKING, radio="bluez")
async def own_advert_again(case, state):
    """From other addresses: whoever has heard it can send it again."""
    for number in range(50):
        case.bluez.hear("hci0", case.advert, address=f"again{number}")
    return await case.goes_on()


# ---- bluetoothd ---------------------------------------------------------------------------------

bluetooth = Rows("Bluetooth", radio="bluez")


@bluetooth.row("bluetoothd is killed, and stays away", *STATES, limit=18)
async def bluetoothd_is_killed(case, state):
    """Only while the phone is to be heard it matters."""
    case.bluez.stop()
    if state in ("idle", "done"):
        found = await ask_anew(case)
    elif state == "scan":
        found = await case.ends(18)
    else:
        found = await case.goes_on()
    await case.bluez.start()
    return found


@bluetooth.row("bluetoothd is killed, and started again", *STATES)
async def bluetoothd_restarts(case, state):
    """The scan goes on."""
    case.bluez.stop()
    await case.bluez.start()
    if state in ("idle", "done"):
        return await ask_anew(case)
    return await goes_on_hearing(case)


async def goes_on_hearing(case):
    """As goes_on(), once it scans again where it has to."""
    if case.state == "scan":
        await until(lambda: any(a.clients for a in case.bluez.adapters.values()), AT_ONCE,
                    "it does not scan again")
    return await case.goes_on()


@bluetooth.row("the adapter is pulled out", *STATES, limit=18)
async def adapter_is_pulled(case, state):
    """Nobody puts it in again."""
    case.bluez.remove_adapter("hci0")
    if state in ("idle", "done"):
        found = await ask_anew(case)
    elif state == "scan":
        found = await case.ends(18)
    else:
        found = await case.goes_on()
    case.bluez.add_adapter("hci0")
    return found


@bluetooth.row("the adapter is pulled out, and put in again", *BUSY)
async def adapter_is_replaced(case, state):
    """The scan goes on."""
    case.bluez.remove_adapter("hci0")
    case.bluez.add_adapter("hci0")
    return await goes_on_hearing(case)


@bluetooth.row("Bluetooth is switched off and on", *BUSY)
async def switched_off_and_on(case, state):
    """The code stays good."""
    case.bluez.set_powered("hci0", False)
    if state == "scan":
        await case.client.state(case.path, "bluetooth-off")
    case.bluez.set_powered("hci0", True)
    return await goes_on_hearing(case)


@bluetooth.row("another program ends the discovery", "scan")
async def discovery_is_ended(case, state):
    """It is begun again."""
    adapter = case.bluez.adapters["hci0"]
    adapter.clients.clear()
    adapter.running = False
    case.bluez.send_discovering(adapter)
    return await goes_on_hearing(case)


@bluetooth.row("bluetoothd says what no bluetoothd says", "scan")
async def odd_messages(case, state):
    """Of wrong shapes, types and lengths."""
    case.bluez.send_odd_messages()
    return await case.goes_on()


@bluetooth.row("bluetoothd takes calls and answers none", "idle", limit=STAGE)
async def bluetoothd_is_silent(case, state):
    """From the request's beginning."""
    case.bluez.silent = True
    found = await ask_anew(case)
    case.bluez.silent = False
    case.bluez.stop()
    await case.bluez.start()
    return found


# ---- a tunnel service that is gone --------------------------------------------------------------

gone = Rows("The connection to the tunnel service")


@gone.row("it ends", *TALKING)
async def connection_ends(case, state):
    """With no word said: FIN."""
    case.middle.connections[-1].end()
    return await ended(case, state)


@gone.row("it is reset", *TALKING)
async def connection_is_reset(case, state):
    """RST."""
    case.middle.connections[-1].reset()
    return await ended(case, state)


@gone.row("it is silent for 5 s, and back", *TALKING)
async def silent_for_a_while(case, state):
    """As when a train leaves a tunnel."""
    await asyncio.sleep(5)
    return await case.goes_on()


@gone.row("it is silent for ever", *TALKING,
          limit=lambda state: STAGE if state in STAGED else CEREMONY)
async def silent_for_ever(case, state):
    """The other end has vanished, and nobody says so."""
    if state == "lingering":
        await case.ceremonies_end(CEREMONY)
    return await ended(case, state, CEREMONY)


TABLES = (processes, clocks, limits, disk, air, bluetooth, gone)
