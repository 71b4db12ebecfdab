# SPDX-License-Identifier: MIT
"""A hybridd that says what a test wants: for states that need a linked phone, or bad luck."""

import asyncio
import os

from dbus_fast import Message, MessageType, Variant
from hybridd import NAME, PATH, PROPERTIES, REQUEST, connect

PROMPT = "org.hybridd.Prompt1"
REQUEST_PATH = PATH + "/request/1_1/test"
PHONE = NAME + ".Phone"
CODE = "FIDO:/" + "0123456789" * 16 + "01234567"


class StandIn:
    """One request, and linked phones."""

    def __init__(self, client):
        self.client = client
        self.calls = []
        self.code = CODE
        self.phones = {}
        self.window = None
        self.news = asyncio.Event()
        client.bus.add_message_handler(self._on_message)

    def _on_message(self, message):
        if message.message_type != MessageType.METHOD_CALL or not message.path.startswith(PATH):
            return None
        if message.interface == "org.freedesktop.DBus.ObjectManager":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [
                {path: {PHONE: properties} for path, properties in self.phones.items()}])
        if message.interface == PROPERTIES:
            return Message.new_method_return(
                message, "v", [self.phones[message.path][message.body[1]]])
        if message.member == "GetQrCode":
            fd = os.memfd_create("code")
            os.write(fd, self.code.encode())
            reply = Message.new_method_return(message, "h", [0])
            reply.unix_fds = [fd]
            return reply
        self.calls.append((message.member, *message.body))
        self.news.set()
        return Message.new_method_return(message)

    async def present(self, parent="", path=REQUEST_PATH):
        """Has the window shown."""
        reply = await self.client.bus.call(Message(
            destination=PROMPT, path="/org/hybridd/Prompt1", interface=PROMPT, member="Present",
            signature="oss", body=[path, parent, ""]))
        assert reply.message_type == MessageType.METHOD_RETURN, reply.body
        self.window = reply.sender

    def tell(self, **properties):
        """What has changed."""
        values = {name: Variant({bool: "b", str: "s"}[type(value)], value)
                  for name, value in properties.items() if name != "Phone"}
        if "Phone" in properties:
            values["Phone"] = Variant("o", properties["Phone"])
        self._signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", [REQUEST, values, []])

    def signal(self, name):
        """QrChanged or QrWithdrawn."""
        self._signal(REQUEST, name, "", [])

    def _signal(self, interface, member, signature, body):
        message = Message.new_signal(REQUEST_PATH, interface, member, signature, body)
        message.destination = self.window
        self.client.bus.send(message)

    async def called(self, *call):
        """Waits until the window has called this."""
        async def wait():
            while call not in self.calls:
                self.news.clear()
                await self.news.wait()
        try:
            await asyncio.wait_for(wait(), 30)
        except asyncio.TimeoutError:
            raise AssertionError(f"not called: {call}; but: {self.calls}") from None

    def close(self):
        """It is gone."""
        self.client.close()


async def stand_in(bus):
    """One that has hybridd's name."""
    found = StandIn(await connect(bus))
    await found.client.bus.request_name(NAME)
    return found


def phone(name, used):
    """Properties of a linked phone."""
    return {"Name": Variant("s", name), "LinkedAt": Variant("t", 1), "LastUsed": Variant("t", used),
            "TunnelDomain": Variant("s", "cable.ua5v.com")}


BEGINNING = {"State": "preflight", "Operation": "get", "RpId": "example.com", "Caller": "Firefox"}
