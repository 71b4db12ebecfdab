# SPDX-License-Identifier: MIT
"""A bluetoothd that does what a test wants: org.bluez on a private bus, with adapters and devices
that are only words. For what virtual controllers cannot do; tests/vm/ has the real one."""

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

NAME = "org.bluez"
ADAPTER = NAME + ".Adapter1"
DEVICE = NAME + ".Device1"
ADVERTISEMENT = NAME + ".LEAdvertisement1"
MANAGER = NAME + ".LEAdvertisingManager1"
MONITOR = NAME + ".AdvertisementMonitor1"
MONITOR_MANAGER = NAME + ".AdvertisementMonitorManager1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"


def uuid128(uuid):
    """A 16-bit UUID as bluetoothd writes it."""
    return f"0000{uuid:04x}-0000-1000-8000-00805f9b34fb"


class Adapter:
    """One adapter; its discoveries, by client: a filter, and whether it runs."""

    def __init__(self, name, powered):
        self.path = f"/org/bluez/{name}"
        self.powered = powered
        self.state = None  # the property PowerState, where there is one
        self.filters = {}
        self.clients = set()
        self.advertisements = {}
        self.can_monitor = False
        self.monitors = {}  # by client: the path under which it has them
        self.n_started = 0
        self.running = False  # the kernel's discovery

    def properties(self):
        """Of Adapter1."""
        state = {"PowerState": Variant("s", self.state)} if self.state else {}
        return {"Address": Variant("s", "00:11:22:33:44:55"), "Powered": Variant("b", self.powered),
                "Discovering": Variant("b", self.running),
                "Alias": Variant("s", "a name that is of no interest"), **state}

    def interfaces(self):
        """All of them, with their properties."""
        monitors = {MONITOR_MANAGER: {"SupportedMonitorTypes": Variant("as", ["or_patterns"])}}
        return {ADAPTER: self.properties(), MANAGER: {}, **(monitors if self.can_monitor else {})}

    def forget(self, client):
        """A client has gone from the bus. The real bluetoothd has it that one which had a filter and no
        discovery takes the discovery of the last one with it, who stays in the books."""
        if client in self.clients:
            self.clients.discard(client)
            self.running = bool(self.clients)
        elif client in self.filters and len(self.clients) == 1:
            self.running = False
        for of_clients in (self.filters, self.advertisements, self.monitors):
            of_clients.pop(client, None)


class Bluez:
    """The mock; `start()` and `stop()` are those of the service."""

    def __init__(self, address):
        self.address = address
        self.bus = None
        self.adapters = {}
        self.devices = {}
        self.errors = {}  # method: names of errors to answer with, used up one by one
        self.calls = []
        self.silent = False  # take calls, and do not answer
        self.unanswered = set()  # methods that are taken, and not answered before release()
        self.held = []
        self.destination = None  # of signals: everybody, or one who is to be misled

    # ---- life ----

    async def start_client(self):
        """Only a connection, for a program that bluetoothd serves as well."""
        self.bus = await MessageBus(bus_address=self.address, bus_type=BusType.SESSION).connect()

    async def start(self):
        """bluetoothd comes up, with the adapters it has."""
        self.bus = await MessageBus(bus_address=self.address, bus_type=BusType.SESSION).connect()
        self.bus.add_message_handler(self._on_message)
        await self._call("org.freedesktop.DBus", "AddMatch", "s", ["type='signal'"])
        await self.bus.request_name(NAME)
        return self

    async def release(self):
        """What was taken is answered, and whatever comes from now on."""
        self.unanswered.clear()
        for message in self.held:
            await self.bus.send(self._answer(message))
        self.held.clear()

    def stop(self):
        """bluetoothd goes, and all discoveries with it."""
        self.bus.disconnect()
        self.devices.clear()
        for adapter in self.adapters.values():
            adapter.clients.clear()
            adapter.running = False
            adapter.filters.clear()
            adapter.advertisements.clear()
            adapter.monitors.clear()

    async def _call(self, destination, member, signature, body):
        return await self.bus.call(Message(
            destination=destination, path="/org/freedesktop/DBus", interface=destination,
            member=member, signature=signature, body=body))

    # ---- what happens to the radio ----

    def add_adapter(self, name="hci0", powered=True, can_monitor=False):
        """An adapter is plugged in."""
        adapter = self.adapters[name] = Adapter(name, powered)
        adapter.can_monitor = can_monitor
        if self.bus:
            self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}",
                         [adapter.path, adapter.interfaces()])
        return adapter

    def remove_adapter(self, name):
        """It is pulled out."""
        self.send_removed(name)
        del self.adapters[name]

    def send_removed(self, name):
        """What is said then."""
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas",
                     [self.adapters[name].path, [ADAPTER, MANAGER]])

    def set_powered(self, name, powered, state=None):
        """It is switched on or off, by somebody."""
        adapter = self.adapters[name]
        adapter.powered = powered
        adapter.state = state
        if not powered:
            adapter.clients.clear()
            adapter.running = False
        self.send_powered(name, powered, state)

    def send_powered(self, name, powered, state=None):
        """What is said then."""
        properties = {"Powered": Variant("b", powered)}
        if state:
            properties["PowerState"] = Variant("s", state)
        self._signal(self.adapters[name].path, PROPERTIES, "PropertiesChanged", "sa{sv}as",
                     [ADAPTER, properties, []])

    def send_discovering(self, adapter):
        """Whether it does."""
        self._signal(adapter.path, PROPERTIES, "PropertiesChanged", "sa{sv}as",
                     [ADAPTER, {"Discovering": Variant("b", adapter.running)}, []])

    def send_owner_changed(self, owner):
        """What only the bus says: that org.bluez has gone."""
        self._signal("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                     [NAME, owner, ""])

    def hear(self, name, data, uuid=0xFFF9, address="AA_BB_CC_DD_EE_FF", rssi=-60):
        """A device's advert: a new object, or a change of one that is known."""
        path = f"{self.adapters[name].path}/dev_{address}"
        properties = {"ServiceData": Variant("a{sv}", {uuid128(uuid): Variant("ay", data)})}
        if rssi is not None:
            properties["RSSI"] = Variant("n", rssi)
        if path in self.devices:
            self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as",
                         [DEVICE, properties, []])
        else:
            self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}",
                         [path, {DEVICE: {"Address": Variant("s", address), **properties}}])
        self.devices[path] = {"Address": Variant("s", address), **properties}

    def remember(self, name, data, uuid=0xFFF9, address="AA_BB_CC_DD_EE_FF"):
        """A device that has been heard before anybody listened."""
        self.devices[f"{self.adapters[name].path}/dev_{address}"] = {
            "Address": Variant("s", address),
            "ServiceData": Variant("a{sv}", {uuid128(uuid): Variant("ay", data)})}

    def send_odd_messages(self):
        """What no bluetoothd says."""
        path = next(iter(self.adapters.values())).path
        odd = Variant("s", "odd")
        for member, signature, body in (
                ("InterfacesAdded", "s", ["no path"]),
                ("InterfacesAdded", "oa{sa{sv}}", ["/org/bluez/" + "x" * 200, {ADAPTER: {}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path, {ADAPTER: {"Powered": odd}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path, {ADAPTER: {"PowerState": Variant("u", 1)}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path + "/dev_1", {MONITOR_MANAGER: {}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path + "/dev_1", {DEVICE: {"RSSI": odd}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path + "/dev_1", {DEVICE: {"ServiceData": odd}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path + "/dev_1", {DEVICE: {
                    "ServiceData": Variant("a{sv}", {uuid128(0xFFF9): odd})}}]),
                ("InterfacesAdded", "oa{sa{sv}}", [path + "/dev_1", {DEVICE: {
                    "ServiceData": Variant("a{sv}", {"": Variant("ay", b"1"), "fff9": odd})}}]),
                ("InterfacesRemoved", "o", [path]),
                ("InterfacesRemoved", "oas", [path + "/dev_1", [ADAPTER]])):
            self._signal("/", OBJECT_MANAGER, member, signature, body)
        for signature, body in (("s", [DEVICE]), ("sa{sv}as", [DEVICE, {"ServiceData": odd}, []]),
                                ("sa{sv}as", [ADAPTER, {"Powered": odd}, []])):
            self._signal(path, PROPERTIES, "PropertiesChanged", signature, body)

    # ---- the interface ----

    def _signal(self, path, interface, member, signature, body):
        signal = Message.new_signal(path, interface, member, signature, body)
        signal.destination = self.destination
        self.bus.send(signal)

    def _objects(self):
        objects = {adapter.path: adapter.interfaces() for adapter in self.adapters.values()}
        objects.update({path: {DEVICE: properties} for path, properties in self.devices.items()})
        return objects

    def _on_message(self, message):
        if message.message_type == MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, new = message.body
            if new == "":
                for adapter in self.adapters.values():
                    ran = adapter.running
                    adapter.forget(name)
                    if adapter.running != ran:
                        self.send_discovering(adapter)
            return None
        if message.message_type != MessageType.METHOD_CALL or message.interface in (
                "org.freedesktop.DBus.Peer", "org.freedesktop.DBus.Introspectable"):
            return None
        self.calls.append((message.path, message.member, message.body))
        if self.silent:
            return True
        if message.member in self.unanswered:
            self.held.append(message)
            return True
        errors = self.errors.get(message.member)
        if errors:
            return Message.new_error(message, errors.pop(0), "as the test wants it")
        return self._answer(message)

    def _answer(self, message):
        adapter = next((a for a in self.adapters.values() if a.path == message.path), None)
        if message.member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects()])
        if adapter is None:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "gone")
        if message.member in ("RegisterMonitor", "UnregisterMonitor"):
            return self._answer_monitor(adapter, message)
        if message.member == "Set":
            self.set_powered(message.path.rsplit("/", 1)[1], message.body[2].value)
        elif not adapter.powered:
            return Message.new_error(message, "org.bluez.Error.NotReady", "Resource Not Ready")
        elif message.member == "SetDiscoveryFilter":
            adapter.filters[message.sender] = {k: v.value for k, v in message.body[0].items()}
            if not message.body[0]:
                del adapter.filters[message.sender]
        elif message.member == "StartDiscovery":
            if message.sender in adapter.clients:
                return Message.new_error(message, "org.bluez.Error.InProgress", "one is enough")
            adapter.clients.add(message.sender)
            adapter.n_started += 1
            adapter.running = True
            self.send_discovering(adapter)
        elif message.member == "StopDiscovery":
            if message.sender not in adapter.clients:
                return Message.new_error(message, "org.bluez.Error.Failed", "No discovery started")
            adapter.clients.discard(message.sender)
            adapter.running = bool(adapter.clients)
            self.send_discovering(adapter)
        elif message.member == "RegisterAdvertisement":
            adapter.advertisements[message.sender] = message.body[0]
        elif message.member == "UnregisterAdvertisement":
            adapter.advertisements.pop(message.sender, None)
        else:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "no")
        return Message.new_method_return(message)

    @staticmethod
    def _answer_monitor(adapter, message):
        """As adv_monitor.c does it: also where the adapter is off."""
        if not adapter.can_monitor:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "no")
        if message.member == "UnregisterMonitor":
            if adapter.monitors.pop(message.sender, None) is None:
                return Message.new_error(message, "org.bluez.Error.DoesNotExist", "none")
        elif message.sender in adapter.monitors:
            return Message.new_error(message, "org.bluez.Error.AlreadyExists", "one is enough")
        else:
            adapter.monitors[message.sender] = message.body[0]
        return Message.new_method_return(message)

    # ---- what bluetoothd asks of monitors ----

    async def read_monitor(self, name):
        """The one monitor on an adapter: its client, path and properties."""
        ((client, root),) = self.adapters[name].monitors.items()
        reply = await self.bus.call(Message(destination=client, path=root, interface=OBJECT_MANAGER,
                                            member="GetManagedObjects"))
        ((path, interfaces),) = reply.body[0].items()
        return client, path, {key: v.value for key, v in interfaces[MONITOR].items()}

    async def call_monitor(self, name, member, *devices):
        """Calls a method of it; returns None or the name of the error."""
        client, path, _ = await self.read_monitor(name)
        return await self.call_object(client, path, MONITOR, member, *devices)

    async def call_object(self, client, path, interface, member, *paths):
        """Calls any object; returns None or the name of the error."""
        reply = await self.bus.call(Message(
            destination=client, path=path, interface=interface, member=member,
            signature="o" * len(paths), body=list(paths)))
        return reply.error_name
