# SPDX-License-Identifier: MIT
"""A desktop with a browser, and everything that it needs to sign in with a phone: hybridd, the native
host, a tunnel service, sites, and virtual phones that scan whatever code is shown."""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import npm  # noqa: E402
import tap  # noqa: E402
from hybridd import Bus, BusFailure, Message, REQUEST, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

SECURE_HOST = "login.example.com"
PROMPT = "org.hybridd.Prompt1"
HOST_NAME = "org.hybridd.native_host"
SECONDS = 60  # long, for machines that do much besides


class Sites:
    """server.mjs: http on localhost, and https on names of example.com."""

    def __init__(self, build, folder):
        pages = ROOT / "tests" / "browser" / "site"
        key, certificate = folder / "site.key", folder / "site.pem"
        self.certificate, self.ca_file = certificate, folder / "site-ca.pem"
        self._make_certificates(folder, key, certificate)
        # Beside the library, where node looks for it.
        program = npm.install(ROOT / "tests" / "e2e", pathlib.Path(build) / "tests/browser/site",
                              pages / "server.mjs") / "server.mjs"
        self.process = subprocess.Popen(
            [*npm.NODE, str(program), str(key), str(certificate), str(pages)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ports = self.process.stdout.readline().split()
        if len(ports) != 2:
            raise RuntimeError("the sites do not listen")
        self.localhost = f"http://localhost:{ports[0]}"
        self.secure = f"https://{SECURE_HOST}:{ports[1]}"
        self.other = f"https://www.example.org:{ports[1]}"

    def _make_certificates(self, folder, key, certificate):
        """An authority that browsers are made to trust: with an exception for a certificate, they give
        no passkeys to a site."""
        authority_key, names = folder / "site-ca.key", folder / "site-names"
        names.write_text(f"subjectAltName=DNS:{SECURE_HOST},DNS:www.example.org\n", encoding="ascii")
        for command in (
                ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test",
                 "-keyout", authority_key, "-out", self.ca_file],
                ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={SECURE_HOST}",
                 "-keyout", key, "-out", folder / "site.csr"],
                ["x509", "-req", "-in", folder / "site.csr", "-CA", self.ca_file, "-CAkey",
                 authority_key, "-CAcreateserial", "-days", "2", "-extfile", names, "-out",
                 certificate]):
            subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)

    def key_digest(self):
        """By which Chromium can be told that the sites are who they say."""
        key = subprocess.run(["openssl", "x509", "-in", str(self.certificate), "-noout", "-pubkey"],
                             check=True, capture_output=True).stdout
        binary = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key,
                                check=True, capture_output=True).stdout
        return base64.b64encode(hashlib.sha256(binary).digest()).decode()

    def close(self):
        """Ends it."""
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Person:
    """Stands in for the window, and for the person before it: each code that is shown is scanned by a
    phone that does what the test has said. Lives in a thread of its own."""

    def __init__(self, bus, partners):
        self.bus, self.partners = bus, partners
        self.options = []      # of the next phones; None: nobody scans
        self.requests = []     # paths, in the order they came
        self.phones = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.client = self._run(self._begin())

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    async def _begin(self):
        client = await connect(self.bus)
        client.bus.add_message_handler(self._on_message)
        await client.bus.request_name(PROMPT)
        return client

    def _on_message(self, message):
        if message.member != "Present":
            return None
        path = message.body[0]
        self.requests.append(path)
        asyncio.ensure_future(self._look(path))
        return Message.new_method_return(message)

    async def _look(self, path):
        options = self.options
        if options is None:
            return
        await self._scan(path, options)

    async def _scan(self, path, options):
        await self.client.state(path, "waiting-for-scan", 60)
        code = await self.client.qr_text(path)
        self.phones.append(self.partners.phone(self.bus, code, *options))

    def scan(self, path, *options):
        """Scans the code of a request that nobody has scanned."""
        self._run(self._scan(path, options))

    def wait_for_request(self, n=1):
        """Until so many requests have come in all; the path of the last one."""
        async def wait():
            while len(self.requests) < n:
                await asyncio.sleep(0.01)
            return self.requests[n - 1]
        return self._run(wait())

    def wait_for_state(self, path, state):
        """Until a request says so."""
        self._run(self.client.state(path, state, 60))

    def wait_for_end(self, path):
        """Until a request is not on the bus any more."""
        async def wait():
            try:
                while await self.client.get_property(path, REQUEST, "State"):
                    await asyncio.sleep(0.02)
            except BusFailure:
                pass
        self._run(wait())

    def close_window(self, path):
        """What the person does with a failure that the window tells."""
        self._run(self.client.cancel(path))

    def close_failed(self, path):
        """Closes the window when it says that it has failed."""
        self.wait_for_state(path, "failed")
        self.close_window(path)

    def close(self):
        """It goes away, and so do the phones."""
        for phone in self.phones:
            end_phone(phone)
        self.loop.call_soon_threadsafe(self.client.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class TrustedHost:
    """A copy of the native host that only root can have put there, and the table that comes with it:
    hybridd lets it ask only where a listed browser has started it."""

    def __init__(self, build):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-native-host-"))
        self.folder.chmod(0o755)
        self.program = self.folder / "hybrid-native-host"
        shutil.copyfile(build / "browser/host/hybrid-native-host", self.program)
        self.program.chmod(0o755)
        self.tables = self.folder / "callers"
        self.tables.mkdir(mode=0o755)
        table = (ROOT / "callers.d/native-host.conf.in").read_text(encoding="utf-8")
        (self.tables / "native-host.conf").write_text(
            table.replace("@native_host@", str(self.program)), encoding="utf-8")

    def settings(self):
        """For a hybridd that reads this table only."""
        return {"callers": None, "callers-vendor-folder": str(self.tables),
                "callers-admin-folder": str(self.folder / "none")}

    def close(self):
        """It is gone."""
        shutil.rmtree(self.folder)


class Lab:
    """All but the browser. Use `with`."""

    def __init__(self, build, trusted=True):
        self.build = pathlib.Path(build)
        with contextlib.ExitStack() as ends:
            self._begin(ends, trusted)
            self.ends = ends.pop_all()

    def _begin(self, ends, trusted):
        """One after the other; what was begun is ended if the next one fails."""
        self.folder = pathlib.Path(ends.enter_context(tempfile.TemporaryDirectory(
            prefix="hybridd-browser-", ignore_cleanup_errors=True)))
        self.home = self.folder / "home"
        self.home.mkdir()
        self.partners = ends.enter_context(Partners(self.build))
        self.program = self.build / "browser/host/hybrid-native-host"
        settings = self.partners.settings()
        # Who is not root can make nothing that is trusted, and tests all but that.
        self.trusted = None
        if trusted and os.geteuid() == 0:
            self.trusted = TrustedHost(self.build)
            ends.callback(self.trusted.close)
            settings["test"].update(self.trusted.settings())
            self.program = self.trusted.program
        self.bus = ends.enter_context(Bus(self.build, settings=dict(
            settings, requests={"allow-localhost": "yes"})))
        self.bus.start()
        self.person = Person(self.bus, self.partners)
        ends.callback(self.person.close)
        self.sites = Sites(self.build, self.folder)
        ends.callback(self.sites.close)

    def environment(self):
        """For browsers."""
        return dict(self.bus.environment(), HOME=str(self.home), LANG="C.UTF-8",
                    XDG_CONFIG_HOME=str(self.home / ".config"), XDG_CACHE_HOME=str(self.home / ".cache"))

    def write_manifest(self, folder, **members):
        """Tells browsers where the native host is."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{HOST_NAME}.json").write_text(json.dumps({
            "name": HOST_NAME, "description": "hybridd", "type": "stdio",
            "path": str(self.program), **members}),
            encoding="utf-8")

    def pack(self, browser, name):
        """An extension, put together."""
        where = self.folder / name
        subprocess.run([sys.executable, str(ROOT / "browser/pack.py"), browser, str(where)],
                       check=True)
        return where

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.close()


def need(*programs):
    """Skips where a browser is not installed."""
    for program in programs:
        if not os.path.exists(program):
            raise tap.Skip(f"{program} is not installed")


def client_data(response):
    """clientDataJSON of an answer."""
    text = response["response"]["clientDataJSON"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class BrowserWorld:
    """One desktop and one browser for all tests of a file. @desk makes the browser out of a lab."""

    def __init__(self, build, desk):
        with contextlib.ExitStack() as ends:
            self.lab = ends.enter_context(Lab(build))
            self.person = self.lab.person
            self.desk = ends.enter_context(desk(self.lab))
            self.close = ends.pop_all().close

    def n_requests(self):
        """How many hybridd has got so far."""
        return len(self.person.requests)


class Pages:
    """What is done in pages, whatever the browser: it has start(script), after a person's click, and
    evaluate(script), which returns what an expression's function body does."""

    def outcome(self, seconds=SECONDS):
        """What the script came to: {"value": …} or {"error": {"name", "message", "dom"}}."""
        return json.loads(self.until(
            "const output = document.getElementById('result');"
            "return output.dataset.done ? output.textContent : null", seconds))

    def run(self, script):
        """Starts a script and waits for what it comes to."""
        self.start(script)
        return self.outcome()

    def value(self, script):
        """The same for a script that does not fail."""
        outcome = self.run(script)
        assert "error" not in outcome, outcome
        return outcome.get("value")

    def error(self, script):
        """The name of the DOMException that a script fails with."""
        outcome = self.run(script)
        assert outcome.get("error", {}).get("dom"), outcome
        return outcome["error"]["name"]

    def until(self, script, seconds=SECONDS):
        """Waits for a script in the page to return something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (value := self.evaluate(script)) is not None:
                return value
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {script}")


def script_of(function, **options):
    """A call of page.js's functions; what the server says, and what the page got."""
    return (f"const {{ response, verified }} = await {function}({json.dumps(options)});"
            "return { response, verified };")


class Once:
    """A world that all tests share. It is made when the first one needs it, so that a skip says why."""

    def __init__(self, make):
        self.make = make
        self.world = None

    def _get(self):
        if not self.world:
            self.world = self.make()
        return self.world

    def run(self, namespace):
        """All tests of a module; the exit status."""
        try:
            return tap.run(tap.collect(namespace), self._get)
        finally:
            if self.world:
                self.world.close()
