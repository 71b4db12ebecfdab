# SPDX-License-Identifier: MIT
"""org.bluez on the system bus, as the guest tests use it."""

import asyncio
import contextlib
import itertools
import pathlib
import sys
import time

from dbus_fast import BusType, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
from hybridd import BusFailure, plain  # noqa: E402

BLUEZ = "org.bluez"
ADAPTER = "org.bluez.Adapter1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
ADVERTISING_MANAGER = "org.bluez.LEAdvertisingManager1"
DEVICE = "org.bluez.Device1"
MONITOR = "org.bluez.AdvertisementMonitor1"
MONITOR_MANAGER = "org.bluez.AdvertisementMonitorManager1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"

HYBRID_UUID16 = 0xFFF9
HYBRID_UUID = "0000fff9-0000-1000-8000-00805f9b34fb"
GOOGLE_UUID = "0000fde2-0000-1000-8000-00805f9b34fb"
HEART_RATE_UUID = "0000180d-0000-1000-8000-00805f9b34fb"
# How hybridd scans.
BEST_FILTER = {"Transport": Variant("s", "le"), "DuplicateData": Variant("b", True)}
AD_SERVICE_DATA_UUID16 = 0x16  # of the Bluetooth "assigned numbers"

CALL_SECONDS = 20


class Bluez:
    """A client. Objects that bluetoothd calls back are answered from self.exported."""

    def __init__(self, bus):
        self.bus = bus
        self.exported = {}  # path -> interface -> property -> Variant
        self.called = []  # functions that get each call of bluetoothd's to our objects
        self.signals = []  # functions that get each signal of bluetoothd's
        self._numbers = itertools.count(1)
        bus.add_message_handler(self._on_message)

    # ---- messages -------------------------------------------------------------------------------

    def _on_message(self, message):
        if message.message_type == MessageType.SIGNAL:
            for function in list(self.signals):
                function(message)
            return None
        if message.message_type != MessageType.METHOD_CALL or message.path not in self.exported:
            return None
        if (message.interface, message.member) == (PROPERTIES, "GetAll"):
            properties = self.exported[message.path].get(message.body[0], {})
            return Message.new_method_return(message, "a{sv}", [properties])
        if (message.interface, message.member) == (OBJECT_MANAGER, "GetManagedObjects"):
            below = {path: interfaces for path, interfaces in self.exported.items()
                     if path.startswith(message.path + "/")}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [below])
        for function in list(self.called):
            function(message)
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return True
        return Message.new_method_return(message)

    async def call(self, path, interface, member, signature="", body=(), destination=BLUEZ):
        """A method call; the body of the reply without variants, or BusFailure."""
        reply = await asyncio.wait_for(self.bus.call(
            Message(destination=destination, path=path, interface=interface, member=member,
                    signature=signature, body=list(body), flags=MessageFlag.NO_AUTOSTART)),
            CALL_SECONDS)
        if reply.message_type == MessageType.ERROR:
            raise BusFailure(reply.error_name, reply.body[0] if reply.body else "")
        return plain(reply.body)

    async def _end(self, *call):
        """A call that ends something, which may have ended already: with the adapter, or never have
        begun."""
        with contextlib.suppress(BusFailure):
            await self.call(*call)

    def new_path(self):
        """A path for an object of our own."""
        return f"/test/n{next(self._numbers)}"

    # ---- adapters -------------------------------------------------------------------------------

    async def objects(self):
        """All of bluetoothd's objects: path -> interface -> property -> value."""
        return (await self.call("/", OBJECT_MANAGER, "GetManagedObjects"))[0]

    async def adapters(self):
        """Paths of all adapters: /org/bluez/hci0 and so on."""
        return sorted(path for path, interfaces in (await self.objects()).items()
                      if ADAPTER in interfaces)

    async def get(self, path, interface, name):
        """A property."""
        return (await self.call(path, PROPERTIES, "Get", "ss", [interface, name]))[0]

    async def power(self, adapter, on):
        """Switches an adapter, and waits until it says that it is. bluetoothd does it by itself when
        it finds one, and calls a second attempt meanwhile Busy."""
        end = time.monotonic() + CALL_SECONDS
        while await self.get(adapter, ADAPTER, "Powered") != on:
            try:
                await self.call(adapter, PROPERTIES, "Set", "ssv",
                                [ADAPTER, "Powered", Variant("b", on)])
            except BusFailure as error:
                if time.monotonic() > end or error.args[0] != "org.bluez.Error.Busy":
                    raise
                await asyncio.sleep(0.1)

    async def wait_for_adapters(self, n_wanted, seconds):
        """Waits until bluetoothd is there and has found so many, or raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(BusFailure):
                if len(await self.adapters()) == n_wanted:
                    return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"not {n_wanted} adapters within {seconds} s")

    # ---- sending --------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def advert(self, adapter, service_data, uuid=HYBRID_UUID, kind="broadcast"):
        """Advertises as a phone does, while the context lasts; or as a "peripheral" that wants to be
        found, which is what programs without a filter are told of."""
        path = self.new_path()
        self.exported[path] = {ADVERTISEMENT: {
            "Type": Variant("s", kind),
            **({"Discoverable": Variant("b", True)} if kind == "peripheral" else {}),
            "ServiceUUIDs": Variant("as", [uuid]),
            "ServiceData": Variant("a{sv}", {uuid: Variant("ay", service_data)}),
            "MinInterval": Variant("u", 100),
            "MaxInterval": Variant("u", 500),
        }}
        try:
            await self.call(adapter, ADVERTISING_MANAGER, "RegisterAdvertisement", "oa{sv}",
                            [path, {}])
            yield path
        finally:
            await self._end(adapter, ADVERTISING_MANAGER, "UnregisterAdvertisement", "o", [path])
            del self.exported[path]

    # ---- receiving ------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def discovery(self, adapter, settings=None):
        """Scans actively while the context lasts; gives a queue of (when, device's path, service
        data, which signal it was in)."""
        settings = BEST_FILTER if settings is None else settings
        heard = asyncio.Queue()

        def on_signal(message):
            path, properties = changed_device(message)
            data = plain(properties).get("ServiceData", {}).get(HYBRID_UUID)
            if path.startswith(adapter + "/") and data is not None:
                heard.put_nowait((time.monotonic(), path, bytes(data), message.member))

        self.signals.append(on_signal)
        try:
            await self.call(adapter, ADAPTER, "SetDiscoveryFilter", "a{sv}", [settings])
            await self.call(adapter, ADAPTER, "StartDiscovery")
            yield heard
        finally:
            await self._end(adapter, ADAPTER, "StopDiscovery")
            self.signals.remove(on_signal)

    @contextlib.asynccontextmanager
    async def monitor(self, adapter):
        """Scans passively for service data of 0xFFF9 while the context lasts; gives a queue like that
        of discovery()."""
        heard = asyncio.Queue()
        activated = asyncio.Event()
        application = self.new_path()
        path = f"{application}/monitor"
        pattern = [0, AD_SERVICE_DATA_UUID16, HYBRID_UUID16.to_bytes(2, "little")]
        self.exported[application] = {}
        self.exported[path] = {MONITOR: {
            "Type": Variant("s", "or_patterns"),
            "Patterns": Variant("a(yyay)", [pattern]),
        }}

        def on_call(message):
            if message.path == path and message.member == "Activate":
                activated.set()
            elif message.path == path and message.member == "DeviceFound":
                # The data has to be asked for: the message has only the device.
                asyncio.ensure_future(ask(time.monotonic(), message.body[0]))

        async def ask(when, device):
            with contextlib.suppress(BusFailure):
                data = (await self.get(device, DEVICE, "ServiceData")).get(HYBRID_UUID)
                if data is not None:
                    heard.put_nowait((when, device, bytes(data), "DeviceFound"))

        self.called.append(on_call)
        try:
            await self.call(adapter, MONITOR_MANAGER, "RegisterMonitor", "o", [application])
            await asyncio.wait_for(activated.wait(), CALL_SECONDS)
            yield heard
        finally:
            await self._end(adapter, MONITOR_MANAGER, "UnregisterMonitor", "o", [application])
            self.called.remove(on_call)
            del self.exported[path], self.exported[application]


def changed_device(message):
    """Path of a device and its properties that a signal is about; "" and {} for other signals."""
    if (message.interface, message.member) == (OBJECT_MANAGER, "InterfacesAdded"):
        return message.body[0], message.body[1].get(DEVICE, {})
    if (message.interface, message.member) == (PROPERTIES, "PropertiesChanged"):
        return message.path, message.body[1] if message.body[0] == DEVICE else {}
    return "", {}


@contextlib.asynccontextmanager
async def connect():
    """A client on the system bus that hears all signals of bluetoothd's."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        bluez = Bluez(bus)
        await bluez.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s",
                         [f"type='signal',sender='{BLUEZ}'"], "org.freedesktop.DBus")
        yield bluez
    finally:
        bus.disconnect()
