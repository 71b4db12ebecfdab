# SPDX-License-Identifier: MIT
"""hybridd, a tunnel service and virtual phones over loopback, for tests of linked phones."""

import asyncio
import pathlib
import sys

from dbus_fast import Variant

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(1, str(ROOT / "tests" / "faults"))
# pylint: disable=wrong-import-position
from authority import Authority, HOST, server  # noqa: E402
from hybridd import Bus, NAME, PATH, REQUEST, connect  # noqa: E402
from middle import Middle  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PHONE = NAME + ".Phone"


class Lab:
    """hybridd, a tunnel service and phones, with a state of its own."""

    def __init__(self, *tunnel_options, policy=None, start=True, settings=None):
        self.partners = Partners(BUILD, *tunnel_options)
        self.bus = Bus(BUILD, settings=dict(self.partners.settings(), **(settings or {})))
        if policy:
            self.set_policy(policy)
        if start:
            self.bus.start()

    async def start_behind(self, **more):
        """Starts hybridd with a man in the middle of its tunnels, who is returned."""
        folder = self.partners.folder / "middle"
        folder.mkdir()
        authority = Authority(folder)
        middle = await Middle(self.partners.google.address,
                              server(authority.issue("good", HOST), None), **more).start()
        self.bus.write_config({"test": {"resolve": f"{HOST}={middle.address}",
                                        "ca-file": str(authority.ca_file)}})
        await asyncio.get_running_loop().run_in_executor(None, self.bus.start)
        return middle

    def set_policy(self, text):
        """The administrator's policy from now on."""
        self.bus.policy.mkdir(mode=0o755, exist_ok=True)
        path = self.bus.policy / "policy.conf"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        status = self.bus.stop()
        log = self.bus.log()
        self.bus.__exit__()
        self.partners.__exit__()
        if kind is None:
            assert status == 0, log
            assert "ERROR: " not in log, log

    def files(self):
        """What is in the folder of linked phones."""
        folder = self.bus.folder / "state" / "hybridd" / "phones"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    async def wait_phone(self, *options, store="store"):
        """A linked phone that waits; it is known to the tunnel service when this returns."""
        return await self.partners.waiting_phone(self.bus, *options, store=store)


def options(**more):
    """Options of a caller that lets the person choose, and asks whether to remember."""
    return {name: Variant("b", value) for name, value in
            {"choose": True, "remember": True, **more}.items()}


async def managed(client):
    """Path → properties of all linked phones."""
    objects = (await client.call(PATH, OBJECT_MANAGER, "GetManagedObjects"))[0]
    return {path: {name: value.value for name, value in interfaces[PHONE].items()}
            for path, interfaces in objects.items()}


async def property_becomes(client, path, name, wanted, seconds=30):
    """Waits until a property of a request has been told to be what wanted(value) is true of."""
    def told(message):
        return (message.path == path and message.member == "PropertiesChanged" and
                name in message.body[1] and wanted(message.body[1][name].value))
    found = await client.wait_for(told, seconds)
    return found.body[1][name].value


async def link(lab, client, *phone_options, remember=True, when="yes", store="store", name="Pixel"):
    """Registers with a code, and remembers the phone: (path of the request, phone's exit status)."""
    path = await client.create(**options(choose=False))
    phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--link", when, "--name", name,
                               *phone_options, store=store)
    if when == "late":
        code, results = await client.response(path, 40)
        assert code == 0, results
    asked = await property_becomes(client, path, "PhoneToRemember", bool)
    assert asked.startswith(name), asked
    await client.call(path, REQUEST, "RememberPhone", "b", [remember])
    if when != "late":
        code, results = await client.response(path, 40)
        assert code == 0, results
    assert results["authenticator"]["linked"] is False
    await managed(client)  # is answered after what is still written about it
    return path, end_phone(phone)


async def sign_in(lab, client, phone_path, **more):
    """Signs in with a linked phone; no code is ever shown."""
    phone = await lab.wait_phone(**more)
    path = await client.get(**options(), phone=Variant("o", phone_path))
    code, results = await client.response(path, 40)
    assert code == 0, (results, phone.log.read_text(encoding="utf-8"))
    assert results["authenticator"]["linked"] is True, results
    assert not [s for s in client.signals if s.path == path and s.member == "QrChanged"]
    assert end_phone(phone) == 0
    return path


def run(function, *tunnel_options, **settings):
    """function(lab, client) in a new lab."""
    async def main(lab):
        client = await connect(lab.bus)
        await function(lab, client)
        client.close()
    with Lab(*tunnel_options, **settings) as lab:
        asyncio.run(main(lab))
