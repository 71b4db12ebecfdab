# SPDX-License-Identifier: MIT
"""What the tests of hybrid-tunnel share: a process of it, and two kinds of clients, one that is not
ours and well-behaved, and one that sends bytes of our own. The tests drive the real program over
TLS, and count on nothing that is ours."""

import asyncio
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

try:
    import websockets
    from websockets.exceptions import ConnectionClosed, InvalidStatusCode
except ImportError:
    print("1..0 # SKIP python3-websockets is not installed")
    sys.exit(0)

PROGRAM, MAN_PAGE = sys.argv[1:3]
ONLY = sys.argv[3] if len(sys.argv) > 3 else ""
TEST_SECONDS = 60
HEADER = "X-caBLE-Routing-ID"
PROTOCOL = "fido.cable"

work = tempfile.mkdtemp(prefix="hybrid-tunnel-test-")
certs = os.path.join(work, "certs")
everything_said = []  # stdout and stderr of all servers, for the search for secrets
secrets = set()  # tunnel and routing ids of the whole run, lower case


# ---------------------------------------------------------------------------------------------
# The server
# ---------------------------------------------------------------------------------------------

class Server:
    """A server process. Leaving its context stops it, and checks that it ends well: status 0
    (which with a sanitizer means no leak either) and not a word on stderr."""

    def __init__(self, *options, listen="127.0.0.1:0", folder=None, words="", preexec=None,
                 environment=()):
        self.command = [PROGRAM, "--listen", listen, *options]
        if "--cert" not in options:
            self.command += ["--self-signed", folder or certs]
        self.folder = folder or certs
        self.words = words  # what stderr has to contain; "": it has to be empty
        self.preexec = preexec
        self.environment = {**os.environ, **dict(environment)}
        self.lines = []

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=self.preexec, env=self.environment)
        self.first_line = (await self.process.stdout.readline()).decode()
        self.port = int(re.search(r'(\d+)\}?\n$', self.first_line)[1])
        self.reader = asyncio.ensure_future(self.read_lines())
        self.context = trust(self.folder)
        return self

    async def read_lines(self):
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode())

    async def __aexit__(self, kind, *_):
        if self.process.returncode is None:
            self.process.terminate()
        try:
            status = await asyncio.wait_for(self.process.wait(), 20)
        except asyncio.TimeoutError:
            self.process.kill()
            raise AssertionError("the server does not end")
        await self.reader
        errors = (await self.process.stderr.read()).decode()
        everything_said.append(self.first_line + "".join(self.lines) + errors)
        if kind is None:
            equal(errors == "", self.words == "", f"stderr: {errors}")
            assert self.words in errors, errors
            equal(status, 0, "exit status")

    def events(self, name):
        return [e for e in map(json.loads, self.lines) if e["event"] == name]

    async def wait_event(self, name, count=1):
        async with timeout(10, f"no event {name}"):
            while len(self.events(name)) < count:
                await asyncio.sleep(0.01)
        return self.events(name)[-1]

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


# A sanitizer keeps what has been freed, which is not what a test of memory wants to see.
FREE_AT_ONCE = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0"}


def trust(folder):
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextlib.asynccontextmanager
async def timeout(seconds, words):
    """Cancels the body when the time is up."""
    task = asyncio.current_task()
    late = False

    def stop():
        nonlocal late
        late = True
        task.cancel()

    handle = asyncio.get_running_loop().call_later(seconds, stop)
    try:
        yield
    except asyncio.CancelledError:
        if late:
            raise AssertionError(words)
        raise
    finally:
        handle.cancel()


def run(*arguments, **options):
    """Runs the program to its end."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20,
                          **options)
    everything_said.append(done.stdout + done.stderr)
    return done


# ---------------------------------------------------------------------------------------------
# Clients
# ---------------------------------------------------------------------------------------------

def new_id():
    tunnel_id = os.urandom(16).hex()
    secrets.add(tunnel_id)
    return tunnel_id


def connect(server, path, **options):
    """The independent client; await it."""
    options.setdefault("subprotocols", [PROTOCOL])
    return websockets.connect(f"wss://localhost:{server.port}{path}", host="127.0.0.1",
                              server_hostname="localhost", ssl=server.context,
                              max_size=None, compression=None,
                              ping_interval=None, close_timeout=2, open_timeout=20, **options)


async def phone_and_id(server, **options):
    tunnel_id = new_id()
    phone = await connect(server, f"/cable/new/{tunnel_id}", **options)
    secrets.add(phone.response_headers[HEADER].lower())
    return phone, f"/cable/connect/{phone.response_headers[HEADER]}/{tunnel_id}"


async def pair(server, **options):
    phone, path = await phone_and_id(server)
    return phone, await connect(server, path, **options)


async def closed_with(peer, seconds=10):
    """Reads what still comes, then returns the close code; None if there was no close frame."""
    async with timeout(seconds, "the connection does not close"):
        try:
            while True:
                await peer.recv()
        except ConnectionClosed as e:
            return e.rcvd.code if e.rcvd else None


async def receive(peer, seconds=10):
    async with timeout(seconds, "no message comes"):
        return await peer.recv()


async def nothing_comes(peer, seconds=0.3):
    try:
        message = await asyncio.wait_for(peer.recv(), seconds)
    except asyncio.TimeoutError:
        return
    raise AssertionError(f"a message came: {message[:32]}")


async def status_of(server, path, **options):
    try:
        peer = await connect(server, path, **options)
    except InvalidStatusCode as e:
        return e.status_code
    await peer.close()
    return 101


def upgrade_request(path, method="GET", leave_out=(), change=()):
    headers = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade",
               "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
               "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": PROTOCOL}
    headers.update(change)
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in leave_out]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


def frame(opcode, data=b"", final=True, length=None, mask=b"\x01\x02\x03\x04"):
    """The bytes of a client's frame; a length that is given need not be that of the data."""
    n = len(data) if length is None else length
    size = (bytes([0x80 | n]) if n < 126 else
            b"\xfe" + struct.pack(">H", n) if n < 65536 else b"\xff" + struct.pack(">Q", n))
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return bytes([(0x80 if final else 0) | opcode]) + size + mask + masked


class Raw:
    """A TLS connection without manners."""

    @classmethod
    async def open(cls, server, context=None, receive_buffer=0):
        self = cls()
        tcp = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only with it
        if receive_buffer:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        tcp.connect(("127.0.0.1", server.port))
        async with timeout(10, "no TLS connection"):
            self.reader, self.writer = await asyncio.open_connection(
                sock=tcp, ssl=context or server.context, server_hostname="localhost",
                limit=8 << 20)
        return self

    @classmethod
    async def upgraded(cls, server, path):
        self = await cls.open(server)
        status, self.headers = await self.request(upgrade_request(path))
        equal(status, 101, "status")
        return self

    def send(self, data):
        self.writer.write(data)

    async def request(self, data, seconds=10):
        """Returns the status and the headers by lower-case name, each with all its values."""
        self.send(data)
        async with timeout(seconds, "no answer"):
            head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {}
        for line in lines[1:-2]:
            name, value = line.split(": ", 1)
            headers.setdefault(name.lower(), []).append(value)
        return int(lines[0].split()[1]), headers

    def frame(self, opcode, data=b"", **options):
        self.send(frame(opcode, data, **options))

    async def read_frame(self, seconds=10):
        """Returns (final, opcode, data)."""
        async with timeout(seconds, "no frame comes"):
            first, n = await self.reader.readexactly(2)
            if n == 126:
                n = struct.unpack(">H", await self.reader.readexactly(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", await self.reader.readexactly(8))[0]
            return bool(first & 0x80), first & 0x0f, await self.reader.readexactly(n)

    async def read_to_end(self, seconds=10):
        """All that comes until the connection ends; a reset is an end too."""
        data = b""
        async with timeout(seconds, "the connection does not end"):
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while chunk := await self.reader.read(65536):
                    data += chunk
        return data

    def abort(self):
        self.writer.transport.abort()


async def refused(server, request):
    """Sends a request, expects an answer and the end of the connection; returns the status."""
    raw = await Raw.open(server)
    status, headers = await raw.request(request)
    equal(headers.get("content-length"), ["0"], "content-length")
    equal(await raw.read_to_end(), b"", "what follows a refusal")
    raw.abort()
    return status


def equal(actual, expected, what):
    assert actual == expected, f"{what}: {actual!r}, expected {expected!r}"


def check_failure(done, words):
    """The program could not start, and has said why in one line with these words."""
    equal((done.returncode, done.stdout), (1, ""), f"outcome, {done.stderr}")
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr
    assert words in done.stderr, done.stderr


# ---------------------------------------------------------------------------------------------
# Running tests
# ---------------------------------------------------------------------------------------------

def in_loop(test):
    """The test as a plain function, which takes no longer than it may."""
    async def run_test():
        async with timeout(TEST_SECONDS, "the test takes too long"):
            await test()

    return lambda: asyncio.run(run_test())


def no_secret_was_said():
    """Looks at all that the servers of this run have written."""
    said = "".join(everything_said).lower()
    assert len(secrets) > 2 or ONLY, "there were no secrets to look for"
    for secret in secrets:
        # Six digits are also found in a port or a size now and then: there, as a word only.
        pattern = secret if len(secret) > 6 else rf"(?<![0-9.]){secret}(?![0-9])"
        assert not re.search(pattern, said), "an id was written"


def main(namespace, has_tunnels=True):
    """Runs the tests of a module; returns what it is to exit with."""
    tests = [(name, in_loop(test)) for name, test in tap.collect(namespace)]
    if has_tunnels:
        tests.append(("no secret was said", no_secret_was_said))
    status = tap.run([(name, test) for name, test in tests if ONLY in name])
    shutil.rmtree(work, ignore_errors=True)
    return status
