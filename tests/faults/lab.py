# SPDX-License-Identifier: MIT
"""A ceremony that can be stopped in any state, with a hybridd of its own, a man in the middle of its
tunnel, and a phone; and the look at what is left when it is over."""

import asyncio
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
from bluez import Bluez  # noqa: E402
from hybridd import Bus, CREATE_OPTIONS, MANAGER, Message, PATH, REQUEST, Variant, connect  # noqa: E402
from partners import Tunnel  # noqa: E402
import authority  # noqa: E402
from authority import HOST, OTHER_HOST  # noqa: E402
from middle import Middle  # noqa: E402
import namespace  # noqa: E402

# Where a ceremony can be stopped, as in docs/architecture.md, and the point of the man in the middle.
POINTS = {"idle": None, "scan": None, "tcp": "tcp", "upgrade": "upgrade", "handshake": 1,
          "first record": 2, "reply": 3, "lingering": 4, "done": None}
STATES = tuple(POINTS)

HEX = re.compile("[0-9A-Fa-f]{40}")

# Seconds, each with something for a busy machine.
AT_ONCE = 8
STAGE = 15 + 8       # for the connection, the handshake, the phone's first message
GRACE = 10 + 8       # for a radio in trouble
CEREMONY = 180 + 8   # the shortest that a relying party can ask for


class World:
    """What all cases share: a tunnel service, certificates, folders."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.temporary = tempfile.TemporaryDirectory(prefix="hybridd-faults-")
        self.folder = pathlib.Path(self.temporary.name)
        for name in ("tunnel", "pki", "stores"):
            (self.folder / name).mkdir()
        self.tunnel = Tunnel(build, self.folder / "tunnel")
        self.authority = authority.Authority(self.folder / "pki")
        self.bundles = self._bundles()
        self.ca_file = self.folder / "all.pem"
        self.ca_file.write_bytes(self.authority.ca_file.read_bytes() +
                                 self.tunnel.ca_file.read_bytes())
        options = json.loads((self.build / "meson-info" / "intro-buildoptions.json").read_text(
            encoding="utf-8"))
        self.sanitized = next(option["value"] for option in options
                              if option["name"] == "b_sanitize") != "none"

    def _bundles(self):
        """Certificates, by what is wrong with them."""
        ours, stranger = self.authority, authority.Authority(self.folder / "pki", "stranger")
        past, future = ("200101000000Z", "210101000000Z"), ("480101000000Z", "490101000000Z")
        return {"good": ours.issue("good", HOST, OTHER_HOST), "old": ours.issue("old", HOST),
                "expired": ours.issue("expired", HOST, dates=past),
                "early": ours.issue("early", HOST, dates=future),
                "other-host": ours.issue("other-host", OTHER_HOST),
                "self-signed": ours.self_signed("self-signed"),
                "stranger": stranger.issue("of-stranger", HOST)}

    def context(self, name):
        """What a TLS server needs that has such a certificate."""
        newest = ssl.TLSVersion.TLSv1_1 if name == "old" else None
        return authority.server(self.bundles[name], newest)

    def close(self):
        """Ends the tunnel service; no case may be running."""
        status = self.tunnel.close()
        self.temporary.cleanup()
        assert status == 0, f"hybrid-tunnel ended with {status}"


class Wrapped(Bus):
    """A hybridd that is started by another program."""

    def __init__(self, *arguments, wrapper=(), **more):
        self.wrapper = wrapper
        super().__init__(*arguments, **more)

    def daemon_command(self):
        """hybridd's words, behind those of the other program."""
        return [word.format(folder=self.folder) for word in self.wrapper] + super().daemon_command()


async def until(condition, seconds, what):
    """Waits until a condition holds; what is wrong if it does not, or a function that says it then."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(what() if callable(what) else what)


def activity(pid):
    """The kernel's letter for what a process does; "X" if there is none."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return stat.rpartition(")")[2].split()[0]


def alive(pid):
    """Whether a process runs; a zombie does not."""
    return activity(pid) not in ("Z", "X")


def what_it_does(pid):
    """A process for people who look for a fault: of each thread its state, who traces it, and where it is."""
    said = []
    for task in sorted(pathlib.Path(f"/proc/{pid}/task").glob("*")):
        try:
            status = (task / "status").read_text(encoding="ascii").splitlines()
            words = [line.replace("\t", " ") for line in status
                     if line.startswith(("Name", "State", "TracerPid", "SigQ", "ShdPnd"))]
            said.append(" ".join([task.name, *words, (task / "wchan").read_text(encoding="ascii")]))
        except OSError as error:
            said.append(f"{task.name}: {error}")
    return "; ".join(said)


def n_unread(port):
    """Bytes that the kernel has for the owner of a TCP port of loopback, who has not read them."""
    for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if words[1] == f"0100007F:{port:04X}":
            return int(words[4].split(":")[1], 16)
    return 0


class Window:
    """A stand-in for hybrid-prompt, which comes when it is called."""

    def __init__(self, client):
        self.client = client
        self.n_presented = 0
        client.bus.add_message_handler(self._on_message)

    def _on_message(self, message):
        if message.member != "Present":
            return None
        self.n_presented += 1
        return Message.new_method_return(message)


class Case:
    """One hybridd and one ceremony. Use `async with`; what is wrong in the end is raised."""

    def __init__(self, world, state="idle", spoil=None, context="good", radio="loopback", window=False,
                 wrapper=(), network=False, offer=False, begins=False):
        self.world = world
        self.state = state
        self.radio = radio
        self.wants_window = window
        self.wrapper = namespace.WRAPPER if network else wrapper
        self.wants_network = network
        self.offer = offer  # to remember the phone
        self.begins = begins or spoil is not None  # what is wrong shows by itself
        self.middle = Middle(world.tunnel.address, world.context(context),
                             None if self.begins else POINTS[state], {POINTS[state]: spoil})
        self.phones = []
        self.clients = []
        self.ends_of_clients = []
        self.bluez = self.window = self.network = self.bus = self.client = self.path = self.code = None
        self.advert = None
        self.ceremonies = []

    # ---- beginning and end ----

    def _settings(self):
        hosts = [f"{host}={self.middle.address}" for host in (HOST, OTHER_HOST)]
        settings = {"test": {"resolve": None if self.wants_network else hosts,
                             "ca-file": str(self.world.ca_file)}}
        if self.radio == "bluez":
            settings["bluetooth"] = {"backend": "bluez", "loopback-dir": None}
        return settings

    async def __aenter__(self):
        await self.middle.start()
        try:
            await self.start_bus()
        except BaseException:
            await self.__aexit__(*sys.exc_info())
            raise
        return self

    async def start_bus(self):
        """A new bus and a new hybridd."""
        self.bus = Wrapped(self.world.build, settings=self._settings(), wrapper=self.wrapper)
        if self.radio == "bluez":
            self.bluez = Bluez(self.bus.address)
            self.bluez.add_adapter("hci0", True)
            await self.bluez.start()
        if self.wants_window:
            self.window = await self.open_window()
        await self.start_daemon()

    async def connect(self):
        """A client that leaves the bus in the end, if not before."""
        client = await connect(self.bus)
        self.clients.append(client)
        self.ends_of_clients.append(asyncio.ensure_future(_end_of(client)))
        return client

    async def open_window(self):
        """Takes the window's name."""
        window = Window(await self.connect())
        await window.client.bus.request_name("org.hybridd.Prompt1")
        return window

    async def start_daemon(self):
        """In a thread, because it waits for the name with a loop of its own."""
        await asyncio.get_running_loop().run_in_executor(None, self.bus.start)
        if self.wants_network:
            self.network = namespace.Network(self.bus.daemon.pid, self.middle)
            await self.network.start()
        self.client = await self.connect()
        await self.client.response(await self.client.create("{}"))
        await self.settle()
        self.n_fds = self.bus.n_fds()

    async def renew_network(self):
        """Name service and tunnel service are well again."""
        await self.network.stop()
        await self.network.start()

    async def __aexit__(self, kind, *_):
        for phone in self.phones:
            if phone.poll() is None:
                phone.kill()
            phone.wait()
        if self.network:
            await self.network.stop()
        await self.middle.close()
        for client in self.clients:
            client.close()
        await asyncio.gather(*self.ends_of_clients)
        if self.bluez and self.bluez.bus.connected:
            self.bluez.stop()
        if not self.bus:
            return
        try:
            status = await asyncio.get_running_loop().run_in_executor(None, self.bus.stop)
            log = self.bus.log()
        finally:
            self.bus.__exit__()
        if kind is None:
            assert status == 0, f"hybridd ended with {status}: {log}"
            assert "ERROR: " not in log and "runtime error" not in log, log

    # ---- a ceremony ----

    async def begin(self, **more):
        """Asks, and takes the code."""
        if self.state == "lingering" or self.offer:
            more.update(remember=Variant("b", True), choose=Variant("b", False))
        if self.window:
            more.setdefault("prompt", "auto")
        self.path = await self.client.create(dict(CREATE_OPTIONS, timeout=1), **more)
        self.code = await self.client.qr_text(self.path)
        self.ceremonies = self.bus.children()

    def scan(self, link="no"):
        """A phone scans the code, and advertises."""
        radio = f"loopback:{self.bus.ether}" if self.radio == "loopback" else "none"
        log = self.world.folder / "stores" / f"{os.urandom(8).hex()}.log"
        self.phones.append(_start_phone(self.world, self.code, radio, link, log))
        return log

    async def advertise(self, log):
        """Where the radio is bluetoothd's, it is the test that has it hear the phone."""
        def advert():
            words = log.read_text(encoding="utf-8").split()
            return next((word for word in words if HEX.fullmatch(word)), None)
        await until(advert, AT_ONCE, "the phone has no advert")
        self.advert = bytes.fromhex(advert())
        self.bluez.hear("hci0", self.advert, address="phone")

    async def go(self, link="no"):
        """The phone does what it is to do."""
        log = self.scan(link)
        if self.radio == "bluez":
            await self.advertise(log)

    async def reach(self):
        """Brings the ceremony into the state that the case is about."""
        if self.state == "idle":
            return self
        await self.begin()
        if self.begins:
            await self.go()
            return self
        await self.client.state(self.path, "waiting-for-scan")
        if self.state == "scan":
            return self
        await self.go("late" if self.state == "lingering" else "no")
        if self.state in ("lingering", "done"):
            code, results = await self.client.response(self.path)
            assert code == 0, results
        if POINTS[self.state]:
            await asyncio.wait_for(self.middle.reached.wait(), 20)
            await until(self._is_quiet, AT_ONCE, "the ceremony does not come to rest")
            for _ in range(3):  # whatever it has told hybridd before has its turn between these
                await self.client.get_property(PATH, MANAGER, "Version")
        if self.state == "lingering":
            await self.client.state(self.path, "lingering")
        if self.state == "done":
            await self.settle()
        return self

    def _is_quiet(self):
        """Whether the ceremony has read what came before that point, and sleeps again."""
        return (n_unread(self.middle.connections[-1].port) == 0 and
                all(activity(pid) == "S" for pid in self.ceremonies))

    async def ends(self, seconds):
        """How the ceremony ends: "done", or its cause, whose sentence is one for people."""
        code, results = await self.client.response(self.path, seconds)
        if code == 0:
            return "done"
        message = results["message"]
        assert len(message) >= 16 and message[-1] == "." and "{" not in message, message
        return results["cause"]

    async def goes_on(self, seconds=AT_ONCE):
        """Lets go of what is held: how the ceremony ends."""
        self.middle.release()
        if self.state == "scan":
            await self.go()
        if self.state == "lingering":
            await self.client.wait_for(self.asks_to_remember, seconds)
            await self.client.call(self.path, REQUEST, "RememberPhone", "b", [False])
        return await self.ends(seconds)

    async def lingers_out(self, seconds=AT_ONCE):
        """Lets the phone send its link, which may come to nothing: whether it is asked about."""
        self.middle.release()
        await until(lambda: any(map(self.asks_to_remember, self.client.signals)) or
                    not any(map(alive, self.ceremonies)), seconds, "it lingers on")
        asked = any(map(self.asks_to_remember, self.client.signals))
        if asked:
            await self.client.call(self.path, REQUEST, "RememberPhone", "b", [False])
        return "done" if asked else "done, no link"

    def asks_to_remember(self, message):
        return (message.path == self.path and message.member == "PropertiesChanged" and
                message.body[1].get("PhoneToRemember", Variant("s", "")).value)

    # ---- afterwards ----

    async def settle(self, seconds=AT_ONCE):
        """Waits until the processes of ceremonies are gone."""
        await until(lambda: not self.bus.children(), seconds, lambda: "processes left: " +
                    "; ".join(map(what_it_does, [self.bus.daemon.pid, *self.bus.children()])))

    async def nothing_left(self, seconds=AT_ONCE):
        """No process, descriptor, thread, timer or scan is left of the ceremony."""
        await self.settle(seconds)
        await until(lambda: self.bus.n_fds() <= self.n_fds and self.bus.n_armed_timers() == 0,
                    seconds, lambda: "a descriptor or a timer is left: "
                    f"{self.bus.n_fds()} of {self.n_fds}, {self.bus.n_armed_timers()}")
        assert self.bus.n_threads() == 1, "a thread is left"
        assert not list(self.bus.ether.glob("*.sock")), "it still scans"
        if self.bluez:
            adapters = self.bluez.adapters.values()
            await until(lambda: not any(a.clients for a in adapters), seconds, "it still scans")

    async def ceremonies_end(self, seconds=AT_ONCE):
        """The processes of ceremonies are gone, with or without their daemon."""
        await until(lambda: not any(map(alive, self.ceremonies)), seconds,
                    f"of {self.ceremonies} some run on")

    async def next_works(self):
        """Another ceremony, of another caller, on the same hybridd."""
        self.middle.release()
        self.middle.context = self.world.context("good")
        self.state, self.offer, self.begins = "next", False, False
        self.client = await self.connect()
        if self.window:
            self.window = None
        await self.begin(prompt="none")
        await self.go()
        found = await self.ends(20)
        assert found == "done", f"the next ceremony: {found}"
        self.client.close()
        await self.nothing_left()


async def _end_of(client):
    """Waits until a client has left the bus, or the bus has left it."""
    try:
        await client.bus.wait_for_disconnect()
    except (EOFError, ConnectionError):
        pass  # the case knows


def _start_phone(world, code, radio, link, log):
    """A hybrid-phone that scans, with a store of its own; what it says goes to a file."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(world.build / "tools/hybrid-phone/hybrid-phone"), "scan", "--connect",
             world.tunnel.address, "--ca", str(world.ca_file), "--ble", radio, "--store",
             str(log.with_suffix("")), "--approve", "yes", "--link", link, "--timeout", "200",
             "--print-advert"],
            stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True)
    process.stdin.write(code + "\n")
    process.stdin.close()
    return process
