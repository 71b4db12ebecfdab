# SPDX-License-Identifier: MIT
"""Proxies on loopback: Debian's tinyproxy and squid, and behind them one that knows where names
really are, since these tests have no name service."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import tap

USER, PASSWORD = "clerk", "s3cret-Passw0rd"
NCSA_AUTH = "/usr/lib/squid/basic_ncsa_auth"


class Names:
    """The last proxy on the way: it connects where `places` says. What it was asked is in `asked`."""

    def __init__(self, places):
        self.places = places
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(4096)
                if not data:
                    return
                head += data
            head, rest = head.split(b"\r\n\r\n", 1)
            method, target = head.decode("latin-1").split()[:2]
            self.asked.append(f"{method} {target}")
            place = self.places.get(target)
            if method != "CONNECT" or place is None:
                client.sendall(b"HTTP/1.1 502 No such place\r\n\r\n")
                return
            host, port = place.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                server.sendall(rest)
                back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                back.start()
                self._copy(client, server)
                back.join()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it is closed already

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def free_port():
    """A port of 127.0.0.1 where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Proxy:
    """A proxy program in a folder of its own, up when this returns."""

    def __init__(self, names, **options):
        self.temporary = tempfile.TemporaryDirectory(prefix="hybridd-proxy-")
        self.folder = pathlib.Path(self.temporary.name)
        self.folder.chmod(0o777)  # squid leaves root behind
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.config = self.folder / "proxy.conf"
        self.config.write_text(self.settings(names, **options), encoding="ascii")
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)
        self._wait()

    def command(self):
        """How it is started, to stay in the foreground."""
        raise NotImplementedError

    def settings(self, names, **options):
        """Its configuration."""
        raise NotImplementedError

    def url(self, user=None):
        """Its URL, with "user:password" if wanted."""
        return f"http://{user + '@' if user else ''}{self.address}"

    def _wait(self):
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        output = (self.folder / "output").read_text(errors="replace")
        self.__exit__()
        raise RuntimeError(f"{self.command()[0]} is not up: {output}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.temporary.cleanup()


class Tinyproxy(Proxy):
    """tinyproxy: answers with HTTP/1.0, and asks the one behind it itself."""

    def __init__(self, names, **options):
        if not shutil.which("tinyproxy"):
            raise tap.Skip("tinyproxy is not installed (package tinyproxy-bin)")
        super().__init__(names, **options)

    def command(self):
        return ["tinyproxy", "-d", "-c", str(self.config)]

    def settings(self, names, auth=False, port=443):
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50",
                 f"ConnectPort {port}", f"Upstream http 127.0.0.1:{names.port}",
                 f'LogFile "{self.folder}/log"']
        if auth:
            lines.append(f"BasicAuth {USER} {PASSWORD}")
        return "\n".join(lines) + "\n"


class Squid(Proxy):
    """squid: answers with HTTP/1.1."""

    def __init__(self, names, **options):
        if not shutil.which("squid", path=os.environ["PATH"] + ":/usr/sbin"):
            raise tap.Skip("squid is not installed; its package starts a service "
                           "(tools/install-dependencies.sh ci)")
        super().__init__(names, **options)

    def command(self):
        return [shutil.which("squid", path=os.environ["PATH"] + ":/usr/sbin"), "-N", "-f",
                str(self.config)]

    def settings(self, names, auth=False, port=443):
        lines = [f"http_port 127.0.0.1:{self.port}", "visible_hostname proxy.test",
                 "pid_filename none", "cache deny all", "netdb_filename none",
                 f"cache_log {self.folder}/cache.log", f"access_log stdio:{self.folder}/log",
                 f"coredump_dir {self.folder}", "shutdown_lifetime 0 seconds", "pinger_enable off",
                 f"acl allowed_port port {port}", "http_access deny !allowed_port"]
        if auth:
            hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True,
                                    capture_output=True, text=True).stdout.strip()
            (self.folder / "users").write_text(f"{USER}:{hashed}\n", encoding="ascii")
            lines += [f"auth_param basic program {NCSA_AUTH} {self.folder}/users",
                      "acl known proxy_auth REQUIRED", "http_access deny !known"]
        lines += ["http_access allow all", "never_direct allow all",
                  f"cache_peer 127.0.0.1 parent {names.port} 0 no-query default"]
        return "\n".join(lines) + "\n"
