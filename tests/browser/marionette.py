# SPDX-License-Identifier: MIT
"""Drives a real Firefox by Marionette, its own remote protocol: frames of "LENGTH:JSON" over TCP."""

import json
import socket
import subprocess
import time


class ScriptError(Exception):
    """What a script in the browser has thrown, or a command that failed."""


class Firefox:
    """A Firefox with a profile of its own."""

    def __init__(self, program, profile, environment, *options, preferences=None):
        self.profile = profile
        profile.mkdir(parents=True, exist_ok=True)
        self._write_preferences(preferences or {})
        self.log = open(profile / "firefox.log", "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [program, "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(profile), *options],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.n_commands = 0
        try:
            self.socket = self._connect()
            self._read()  # its greeting
            self.command("WebDriver:NewSession", {"timeouts": {"script": 60000}})
        except BaseException:
            self.close()
            raise

    def _write_preferences(self, preferences):
        # Port 0: it chooses one, and writes it down.
        all_of_them = {"marionette.port": 0, **preferences}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});"
                 for name, value in all_of_them.items()]
        (self.profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _connect(self):
        port_file = self.profile / "MarionetteActivePort"
        for _ in range(1200):
            if port_file.exists() and (text := port_file.read_text(encoding="ascii")):
                return socket.create_connection(("127.0.0.1", int(text)), timeout=120)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("Firefox does not start: " +
                           (self.profile / "firefox.log").read_text(errors="replace")[-2000:])

    def _read(self):
        header = b""
        while not header.endswith(b":"):
            byte = self.socket.recv(1)
            if not byte:
                raise RuntimeError("Firefox has gone")
            header += byte
        n = int(header[:-1])
        data = b""
        while len(data) < n:
            data += self.socket.recv(n - len(data))
        return json.loads(data)

    def command(self, name, parameters=None):
        """One command; its value, or ScriptError."""
        self.n_commands += 1
        text = json.dumps([0, self.n_commands, name, parameters or {}])
        data = text.encode()
        self.socket.sendall(f"{len(data)}:".encode() + data)
        _, number, error, result = self._read()
        assert number == self.n_commands, (number, self.n_commands)
        if error:
            raise ScriptError(f"{error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def chrome(self, script, *arguments):
        """Runs an async function's body in the browser's own context."""
        self.command("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run(script, *arguments)
        finally:
            self.command("Marionette:SetContext", {"value": "content"})

    def run(self, script, *arguments):
        """Runs an async function's body in the page."""
        body = ("const done = arguments[arguments.length - 1];"
                "(async (...arguments_) => {" + script + "})(...[...arguments].slice(0, -1))"
                ".then(value => done({value}), error => done({error: String(error)}));")
        result = self.command("WebDriver:ExecuteAsyncScript",
                              {"script": body, "args": list(arguments), "newSandbox": False,
                               "sandbox": None})
        if result is None:
            raise ScriptError("the page has gone")
        if "error" in result:
            raise ScriptError(result["error"])
        return result.get("value")

    def go(self, url):
        """Opens a page and waits until it is loaded."""
        self.command("WebDriver:Navigate", {"url": url})

    def install(self, path):
        """Installs an add-on for this run. Returns its id."""
        return self.command("Addon:Install", {"path": str(path), "temporary": True})

    def trust(self, ca_file):
        """Takes in a certificate authority."""
        lines = ca_file.read_text(encoding="ascii").splitlines()
        self.chrome("""
            Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
                .addCertFromBase64(arguments_[0], "C,,");""",
            "".join(line for line in lines if not line.startswith("-----")))

    def click(self, selector):
        """A person's click on an element of the page."""
        element = self.command("WebDriver:FindElement", {"using": "css selector", "value": selector})
        reference = next(iter(element.values()))
        self.command("WebDriver:ElementClick", {"id": reference})

    def close(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
