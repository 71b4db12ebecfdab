# SPDX-License-Identifier: MIT
"""A man in the middle of the tunnel: desktops take it for their tunnel service, and it asks the true
one. It can stop at any point, which keeps a ceremony in a state, and spoil what passes.

Points are "tcp" (a connection is there, TLS is not), "upgrade" (the request has been read), and 1, 2
and 3 …: the phone's messages to the desktop, of which 1 is the handshake's, 2 what the phone says of
itself, 3 the reply, 4 a link."""

import asyncio
import contextlib
import socket
import ssl
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HEAD_END = b"\r\n\r\n"


def frame(payload, opcode=BINARY, first=0x80, length=None, mask=None):
    """A websocket frame; `first` has FIN and the reserved bits, `length` may be a lie."""
    n = len(payload) if length is None else length
    bit = 0x80 if mask else 0
    if n < 126:
        head = struct.pack(">BB", first | opcode, bit | n)
    elif n < 65536:
        head = struct.pack(">BBH", first | opcode, bit | 126, n)
    else:
        head = struct.pack(">BBQ", first | opcode, bit | 127, n)
    if mask:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + (mask or b"") + payload


async def read_frame(reader):
    """(opcode, payload) of the true service, which sends whole messages."""
    first, n = await reader.readexactly(2)
    if n == 126:
        (n,) = struct.unpack(">H", await reader.readexactly(2))
    elif n == 127:
        (n,) = struct.unpack(">Q", await reader.readexactly(8))
    return first & 15, await reader.readexactly(n)


def abort(writer):
    """Ends a connection at once. Where TLS has lost it already, Python 3.11 has nothing to end any more, and
    stumbles over that."""
    with contextlib.suppress(AttributeError):
        writer.transport.abort()


class Connection:
    """A desktop's connection, as a fault sees it."""

    def __init__(self, middle, writer):
        self.middle = middle
        self.writer = writer
        self.port = writer.get_extra_info("peername")[1]  # of the desktop
        self.earlier = []  # the phone's messages that have been passed on

    async def send(self, data, slowly=False):
        """Sends bytes to the desktop; slowly is one after the other."""
        for piece in ([bytes([byte]) for byte in data] if slowly else [data]):
            self.writer.write(piece)
            await self.writer.drain()
            if slowly:
                await asyncio.sleep(0.005)

    def end(self):
        """The TCP connection ends, with no word said."""
        abort(self.writer)

    def reset(self):
        """The same with RST."""
        found = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        abort(self.writer)

    async def stay_silent(self):
        """Says nothing more for as long as the desktop likes."""
        await asyncio.Event().wait()


class Middle:
    """Listens on loopback. `spoil` is {point: coroutine function(connection, message)}, which takes
    the place of what would happen there; `hold` the point to stop at until release()."""

    def __init__(self, upstream, context, hold=None, spoil=None):
        self.upstream = upstream
        self.context = context
        self.hold = hold
        self.spoil = spoil or {}  # None: what would happen there
        self.reached = asyncio.Event()
        self.free = asyncio.Event()
        self.tasks = set()
        self.connections = []
        self.errors = []
        self.server = None

    async def start(self):
        """Listens from now on; the address is in `address`."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        return self

    async def listen(self, listener):
        """Listens on this socket as well: the server."""
        return await asyncio.start_server(self._serve, sock=listener)

    def release(self):
        """What is held goes on, and nothing is held or spoilt any more."""
        self.hold = None
        self.spoil = {}
        self.free.set()

    async def close(self):
        """Ends it with all connections."""
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for connection in self.connections:
            connection.end()

    async def _pass(self, point, connection, message, forward):
        """One point: held, spoilt or passed on."""
        if self.hold == point:
            self.reached.set()
            await self.free.wait()
        spoil = self.spoil.get(point)
        if spoil:
            self.reached.set()
            await spoil(connection, message)
        else:
            await forward()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        writer.transport.pause_reading()  # what comes is for TLS
        connection = Connection(self, writer)
        self.connections.append(connection)
        try:
            await self._pass("tcp", connection, b"", lambda: self._secure(connection, reader))
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.LimitOverrunError) as error:
            self.errors.append(error)  # the desktop has ended it, as it should
        finally:
            self.tasks.discard(task)
            abort(writer)

    async def _secure(self, connection, reader):
        await connection.writer.start_tls(self.context)
        head = await reader.readuntil(HEAD_END)

        async def forward():
            await self._relay(connection, reader, head)
        await self._pass("upgrade", connection, head, forward)

    async def _relay(self, connection, reader, head):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # of ourselves
        host, port = self.upstream.rsplit(":", 1)
        up_reader, up_writer = await asyncio.open_connection(host, int(port), ssl=context)
        try:
            up_writer.write(head)
            await connection.send(await up_reader.readuntil(HEAD_END))
            back = asyncio.ensure_future(self._copy(reader, up_writer))
            try:
                await self._messages(connection, up_reader)
            finally:
                back.cancel()
                await asyncio.gather(back, return_exceptions=True)
        finally:
            abort(up_writer)

    @staticmethod
    async def _copy(reader, writer):
        """What the desktop sends; its end ends the other side."""
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _messages(self, connection, up_reader):
        number = 0
        while True:
            opcode, payload = await read_frame(up_reader)
            if opcode != BINARY:
                await connection.send(frame(payload, opcode))
                if opcode == CLOSE:
                    await asyncio.sleep(0.2)  # for the answer to it
                    return
                continue
            number += 1

            async def forward(payload=payload):
                await connection.send(frame(payload))
            await self._pass(number, connection, payload, forward)
            connection.earlier.append(payload)
