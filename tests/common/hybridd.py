# SPDX-License-Identifier: MIT
"""A private session bus with a hybridd on it, and a client that talks to it."""

import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

NAME = "org.hybridd.Hybrid1"
PATH = "/org/hybridd/Hybrid1"
MANAGER = NAME + ".Manager"
REQUEST = NAME + ".Request"
PROPERTIES = "org.freedesktop.DBus.Properties"

CREATE_OPTIONS = {
    "rp": {"id": "example.com", "name": "Example"},
    "user": {"id": "dXNlcg", "name": "user", "displayName": "User"},
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}
GET_OPTIONS = {"rpId": "example.com", "challenge": "AAECAwQFBgcICQoLDA0ODw"}
ORIGIN = "https://login.example.com"


class BusFailure(Exception):
    """A method returned an error; its name is in the first argument."""


class Bus:
    """A private dbus-daemon with a hybridd, in a folder of its own."""

    def __init__(self, build, settings=None, test=True, activation=False, system_bus=None,
                 services=None):
        self.build = pathlib.Path(build)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-test-"))
        self.ether = self.folder / "ether"
        self.ether.mkdir(mode=0o700)
        self.policy = self.folder / "policy"
        self.log_path = self.folder / "hybridd.log"
        self.config_path = self.folder / "test.conf"
        self.daemon = None
        self.system_bus = system_bus  # its address; else the private bus stands for it
        self.test = test
        self.write_config(settings or {})
        self._start_bus(activation, services or {})

    def write_config(self, settings):
        """Sections and keys over the defaults of a test: loopback radio, any caller, no idle exit."""
        sections = {"daemon": {"idle-exit": "0"}}
        if self.test:
            sections["bluetooth"] = {"backend": "loopback", "loopback-dir": str(self.ether)}
            # Neither this computer's policy nor its journal has anything to do with tests.
            sections["test"] = {"callers": "any", "policy-folder": str(self.policy),
                                "journal-socket": str(self.folder / "journal"),
                                "prompt-program": "any"}
        for section, keys in settings.items():
            sections.setdefault(section, {}).update(keys)
        lines = []
        for section, keys in sections.items():
            lines.append(f"[{section}]")
            for key, value in keys.items():
                values = value if isinstance(value, list) else [value]
                lines += [f"{key} = {v}" for v in values if v is not None]
        self.config_path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def daemon_command(self):
        """How hybridd is started here."""
        command = [str(self.build / "daemon" / "hybridd"), f"--config={self.config_path}",
                   "--log-level=debug"]
        return command + (["--allow-test-config"] if self.test else [])

    def _start_bus(self, activation, others):
        services = self.folder / "services"
        services.mkdir()
        for name, command in others.items():
            (services / f"{name}.service").write_text(
                f"[D-BUS Service]\nName={name}\nExec={command}\n", encoding="utf-8")
        if activation:
            command = " ".join(self.daemon_command())
            (services / f"{NAME}.service").write_text(
                f"[D-BUS Service]\nName={NAME}\nExec=/bin/sh -c 'exec {command} 2>>{self.log_path}'\n",
                encoding="utf-8")
        config = self.folder / "bus.conf"
        config.write_text(
            "<busconfig><type>session</type>"
            f"<listen>unix:dir={self.folder}</listen><servicedir>{services}</servicedir>"
            "<policy context='default'><allow send_destination='*' eavesdrop='true'/>"
            "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>", encoding="utf-8")
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--print-address=1", "--nofork"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.bus.stdout.readline().strip()

    def environment(self):
        """For programs on this bus. A proxy of the machine is no way to services on loopback."""
        inherited = {name: value for name, value in os.environ.items()
                     if not name.lower().endswith("_proxy")}
        return dict(inherited, DBUS_SESSION_BUS_ADDRESS=self.address,
                    DBUS_SYSTEM_BUS_ADDRESS=self.system_bus or self.address,
                    XDG_STATE_HOME=str(self.folder / "state"))

    def start(self):
        """Starts hybridd and waits until it has its name."""
        with open(self.log_path, "ab") as log:
            self.daemon = subprocess.Popen(self.daemon_command(), env=self.environment(),
                                           stderr=log)
        asyncio.run(self._wait_for_name())
        return self

    async def _wait_for_name(self):
        client = await connect(self)
        for _ in range(2000):
            if await client.name_has_owner(NAME):
                break
            if self.daemon.poll() is not None:
                raise RuntimeError(f"hybridd ended with {self.daemon.returncode}: {self.log()}")
            await asyncio.sleep(0.01)
        else:
            raise RuntimeError("hybridd did not get its name")
        client.close()

    def log(self):
        """What hybridd and its ceremonies have logged so far."""
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""

    def children(self):
        """Process ids of the ceremonies."""
        path = f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children"
        with open(path, encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def n_fds(self):
        """Open descriptors of hybridd."""
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))

    def n_threads(self):
        """Threads of hybridd."""
        return len(os.listdir(f"/proc/{self.daemon.pid}/task"))

    def n_armed_timers(self):
        """Timers of hybridd's event loop that would wake it."""
        folder = pathlib.Path(f"/proc/{self.daemon.pid}/fdinfo")
        armed = 0
        for name in os.listdir(folder):
            try:
                text = (folder / name).read_text(encoding="ascii")
            except FileNotFoundError:
                continue
            armed += "it_value: (" in text and "it_value: (0, 0)" not in text
        return armed

    def stop(self):
        """Ends hybridd in order; returns its exit status."""
        if self.daemon is None:
            return 0
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        try:
            return self.daemon.wait(10)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.bus.kill()
            self.bus.wait()
            self.bus.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)


class Client:
    """A caller on the bus. Signals of requests are kept in the order they came."""

    def __init__(self, bus):
        self.bus = bus
        self.signals = []
        self._news = asyncio.Event()
        bus.add_message_handler(self._on_message)

    def _on_message(self, message):
        if message.message_type == MessageType.SIGNAL and message.path.startswith(PATH):
            self.signals.append(message)
            self._news.set()

    async def call(self, path, interface, member, signature="", body=(), destination=NAME):
        """A method call; the body of the reply, or BusFailure."""
        reply = await asyncio.wait_for(self.bus.call(
            Message(destination=destination, path=path, interface=interface, member=member,
                    signature=signature, body=list(body))), 20)
        if reply.message_type == MessageType.ERROR:
            raise BusFailure(reply.error_name, reply.body[0] if reply.body else "")
        self.fds = reply.unix_fds
        return reply.body

    async def name_has_owner(self, name):
        """Whether somebody has the name."""
        return (await self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                "s", [name], "org.freedesktop.DBus"))[0]

    async def create(self, options=None, origin=ORIGIN, window="", kind="public-key", **extra):
        """CreateCredential(); returns the request's path."""
        body = options if isinstance(options, str) else json.dumps(options or CREATE_OPTIONS)
        return (await self.call(PATH, MANAGER, "CreateCredential", "sssa{sv}",
                                [window, origin, kind, self._members(body, extra)]))[0]

    async def get(self, options=None, origin=ORIGIN, window="", **extra):
        """GetCredential(); returns the request's path."""
        body = options if isinstance(options, str) else json.dumps(options or GET_OPTIONS)
        return (await self.call(PATH, MANAGER, "GetCredential", "ssa{sv}",
                                [window, origin, self._members(body, extra)]))[0]

    @staticmethod
    def _members(public_key, extra):
        members = {"public_key": Variant("s", public_key), "prompt": Variant("s", "none")}
        for name, value in extra.items():
            members[name] = value if isinstance(value, Variant) else Variant("s", value)
        return members

    async def wait_for(self, what, seconds=20):
        """Waits for the first signal so far, or to come, of which what(signal) is true."""
        async def wait():
            n_seen = 0
            while True:
                for signal_ in self.signals[n_seen:]:
                    n_seen += 1
                    if what(signal_):
                        return signal_
                self._news.clear()
                await self._news.wait()
        return await asyncio.wait_for(wait(), seconds)

    async def response(self, path, seconds=20):
        """The request's Response: its code, and its results without variants."""
        signal_ = await self.wait_for(
            lambda s: s.member == "Response" and s.path == path, seconds)
        return signal_.body[0], plain(signal_.body[1])

    async def state(self, path, wanted, seconds=20):
        """Waits until the request has said that it is in a state."""
        def told(signal_):
            if signal_.path != path or signal_.member != "PropertiesChanged":
                return None
            return signal_.body[1].get("State", Variant("s", "")).value
        try:
            await self.wait_for(lambda signal_: told(signal_) == wanted, seconds)
        except asyncio.TimeoutError:
            states = [told(signal_) or signal_.member for signal_ in self.signals
                      if signal_.path == path]
            raise asyncio.TimeoutError(
                f"no state {wanted} in {seconds} s; it said: {' '.join(states)}") from None

    async def qr_text(self, path):
        """The code, as GetQrCode() hands it out."""
        body = await self.call(path, REQUEST, "GetQrCode")
        fd = self.fds[body[0]]
        try:
            return os.pread(fd, 4096, 0).decode()
        finally:
            os.close(fd)

    async def get_property(self, path, interface, name):
        """The value of one property."""
        return plain((await self.call(path, PROPERTIES, "Get", "ss", [interface, name]))[0])

    async def cancel(self, path):
        """Request.Cancel()."""
        await self.call(path, REQUEST, "Cancel")

    def close(self):
        """Leaves the bus."""
        self.bus.disconnect()


def plain(value):
    """Variants unpacked, all the way down."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


async def connect(bus):
    """A new client on a Bus."""
    connection = await MessageBus(bus_address=bus.address, bus_type=BusType.SESSION,
                                  negotiate_unix_fd=True).connect()
    client = Client(connection)
    # Broadcast signals of all requests; Response and the like come without asking.
    await client.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s",
                      [f"type='signal',path_namespace='{PATH}'"], "org.freedesktop.DBus")
    return client


def broadcast(ether, service_data, uuid=0xFFF9, rssi=-50):
    """One advert on the loopback radio; returns how many receivers there were."""
    packet = struct.pack("<Hb", uuid, rssi) + service_data
    n = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for receiver in pathlib.Path(ether).glob("*.sock"):
            sender.sendto(packet, str(receiver))
            n += 1
    return n
