# SPDX-License-Identifier: MIT
"""A small Secret Service on a test's bus, in a thread of its own, with ways to misbehave."""

import asyncio
import threading

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

NAME = "org.freedesktop.secrets"
PATH = "/org/freedesktop/secrets"
KEYRING = PATH + "/collection/test"
SESSION = PATH + "/session/s1"
COLLECTION = "org.freedesktop.Secret.Collection"
ITEM = "org.freedesktop.Secret.Item"


class MockSecrets:
    """Starts with the name; `items` is {path: (attributes, label, secret)}, and outlives stop()."""

    def __init__(self, address):
        self.address = address
        self.items = {}
        self.n_made = 0
        self.calls = []  # members, in the order they came
        self.locked = False
        self.default = KEYRING
        self.silent = set()    # members that are never answered
        self.failures = {}     # member → name of an error
        self.delay = 0         # seconds before each answer
        self.prompts = False   # wants a person to confirm each change
        self.loop = self.bus = self.thread = None
        self.start()

    def start(self):
        """Gets the name, before this returns."""
        ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)))
        self.thread.start()
        assert ready.wait(20), "the mock has no bus"

    async def _main(self, ready):
        self.loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        self.bus = await MessageBus(bus_address=self.address, bus_type=BusType.SESSION).connect()
        self.bus.add_message_handler(self._on_message)
        await self.bus.request_name(NAME)
        ready.set()
        await self.ended.wait()
        self.bus.disconnect()

    def stop(self):
        """Leaves the bus."""
        if self.thread:
            self.loop.call_soon_threadsafe(self.ended.set)
            self.thread.join(20)
            self.thread = None

    def signal(self, interface=COLLECTION, member="ItemChanged", signature="o", body=None):
        """Says that something has changed."""
        self.loop.call_soon_threadsafe(self.bus.send, Message.new_signal(
            KEYRING, interface, member, signature, body or [KEYRING + "/1"]))

    def secrets(self):
        """All secrets, as text."""
        return [bytes(secret).decode() for _, _, secret in self.items.values()]

    def _on_message(self, message):
        if message.message_type != MessageType.METHOD_CALL or not message.path.startswith(PATH):
            return None
        self.calls.append(message.member)
        if message.member in self.silent:
            return True  # handled, and not answered
        if message.member in self.failures:
            return Message.new_error(message, self.failures[message.member], "as the test says")
        signature, body = getattr(self, "_" + message.member)(message)
        answer = Message.new_method_return(message, signature, body)
        if not self.delay:
            return answer
        self.loop.call_later(self.delay, self.bus.send, answer)
        return True

    @staticmethod
    def _OpenSession(message):
        assert message.signature == "sv" and message.body[0] == "plain"
        return "vo", [Variant("s", ""), SESSION]

    def _ReadAlias(self, message):
        assert message.body == ["default"]
        return "o", [self.default]

    def _Get(self, message):
        assert message.body == [COLLECTION, "Locked"]
        return "v", [Variant("b", self.locked)]

    def _SearchItems(self, message):
        wanted = message.body[0].items()
        return "ao", [[path for path, (attributes, _, _) in self.items.items()
                       if wanted <= attributes.items()]]

    def _GetSecrets(self, message):
        paths, session = message.body
        assert session == SESSION
        return "a{o(oayays)}", [{path: [SESSION, b"", self.items[path][2], "text/plain"]
                                 for path in paths if path in self.items}]

    def _CreateItem(self, message):
        properties, (session, parameters, secret, _), replace = message.body
        assert session == SESSION and not parameters and replace
        if self.prompts:
            return "oo", ["/", PATH + "/prompt/p1"]
        attributes = properties[ITEM + ".Attributes"].value
        path = next((path for path, item in self.items.items() if item[0] == attributes), None)
        if path is None:
            self.n_made += 1
            path = f"{KEYRING}/{self.n_made}"
        self.items[path] = (attributes, properties[ITEM + ".Label"].value, bytes(secret))
        return "oo", [path, "/"]

    def _Delete(self, message):
        if self.prompts:
            return "o", [PATH + "/prompt/p1"]
        del self.items[message.path]
        return "o", ["/"]
