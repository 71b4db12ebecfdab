# SPDX-License-Identifier: MIT
"""A bluetoothd that does what a test wants: org.bluez on a private bus, with adapters and devices
that are only words. For what virtual controllers cannot do; tests/vm/ has the real one."""

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

NAME = "org.bluez"
ADAPTER = NAME + ".Adapter1"
DEVICE = NAME + ".Device1"
MANAGER = NAME + ".LEAdvertisingManager1"
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
        self.filters = {}
        self.clients = set()
        self.advertisements = {}
        self.n_started = 0

    def properties(self):
        """Of Adapter1."""
        return {"Address": Variant("s", "00:11:22:33:44:55"), "Powered": Variant("b", self.powered),
                "Discovering": Variant("b", bool(self.clients)),
                "Alias": Variant("s", "a name that is of no interest")}


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

    def stop(self):
        """bluetoothd goes, and all discoveries with it."""
        self.bus.disconnect()
        self.devices.clear()
        for adapter in self.adapters.values():
            adapter.clients.clear()
            adapter.filters.clear()
            adapter.advertisements.clear()

    async def _call(self, destination, member, signature, body):
        return await self.bus.call(Message(
            destination=destination, path="/org/freedesktop/DBus", interface=destination,
            member=member, signature=signature, body=body))

    # ---- what happens to the radio ----

    def add_adapter(self, name="hci0", powered=True):
        """An adapter is plugged in."""
        adapter = self.adapters[name] = Adapter(name, powered)
        if self.bus:
            self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}",
                         [adapter.path, {ADAPTER: adapter.properties(), MANAGER: {}}])
        return adapter

    def remove_adapter(self, name):
        """It is pulled out."""
        self.send_removed(name)
        del self.adapters[name]

    def send_removed(self, name):
        """What is said then."""
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas",
                     [self.adapters[name].path, [ADAPTER, MANAGER]])

    def set_powered(self, name, powered):
        """It is switched on or off, by somebody."""
        adapter = self.adapters[name]
        adapter.powered = powered
        if not powered:
            adapter.clients.clear()
        self.send_powered(name, powered)

    def send_powered(self, name, powered):
        """What is said then."""
        self._signal(self.adapters[name].path, PROPERTIES, "PropertiesChanged", "sa{sv}as",
                     [ADAPTER, {"Powered": Variant("b", powered)}, []])

    def send_owner_changed(self, owner):
        """What only the bus says: that org.bluez has gone."""
        self._signal("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                     [NAME, owner, ""])

    def hear(self, name, data, uuid=0xFFF9, address="AA_BB_CC_DD_EE_FF", rssi=-60):
        """A device's advert: a new object, or a change of one that is known."""
        path = f"{self.adapters[name].path}/dev_{address}"
        properties = {"RSSI": Variant("n", rssi),
                      "ServiceData": Variant("a{sv}", {uuid128(uuid): Variant("ay", data)})}
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
        objects = {adapter.path: {ADAPTER: adapter.properties(), MANAGER: {}}
                   for adapter in self.adapters.values()}
        objects.update({path: {DEVICE: properties} for path, properties in self.devices.items()})
        return objects

    def _on_message(self, message):
        if message.message_type == MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, new = message.body
            if new == "":
                for adapter in self.adapters.values():
                    adapter.clients.discard(name)
                    adapter.filters.pop(name, None)
                    adapter.advertisements.pop(name, None)
            return None
        if message.message_type != MessageType.METHOD_CALL or message.interface in (
                "org.freedesktop.DBus.Peer", "org.freedesktop.DBus.Introspectable"):
            return None
        self.calls.append((message.path, message.member, message.body))
        if self.silent:
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
        if message.member == "Set":
            self.set_powered(message.path.rsplit("/", 1)[1], message.body[2].value)
        elif not adapter.powered:
            return Message.new_error(message, "org.bluez.Error.NotReady", "Resource Not Ready")
        elif message.member == "SetDiscoveryFilter":
            adapter.filters[message.sender] = {k: v.value for k, v in message.body[0].items()}
        elif message.member == "StartDiscovery":
            adapter.clients.add(message.sender)
            adapter.n_started += 1
        elif message.member == "StopDiscovery":
            if message.sender not in adapter.clients:
                return Message.new_error(message, "org.bluez.Error.Failed", "No discovery started")
            adapter.clients.discard(message.sender)
        elif message.member == "RegisterAdvertisement":
            adapter.advertisements[message.sender] = message.body[0]
        elif message.member == "UnregisterAdvertisement":
            adapter.advertisements.pop(message.sender, None)
        else:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "no")
        return Message.new_method_return(message)
