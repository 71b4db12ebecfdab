# SPDX-License-Identifier: MIT
"""What a tunnel service, or somebody on the way to it, can send: before TLS, in TLS, instead of the
answer to the request, and instead of each of the phone's messages."""

import asyncio
import base64
import hashlib
import struct

from lab import AT_ONCE, CEREMONY, STAGE
from middle import CLOSE, PING, PONG, TEXT, frame
from rows import Rows

MESSAGES = ("handshake", "first record", "reply")
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Spoilt(Rows):
    """Rows whose functions take the place of what the man in the middle would do."""

    def spoil(self, name, *states, **options):
        """Makes a row of coroutine function(connection, message)."""
        def take(function):
            async def strike(case, state):
                found = await case.ends(CEREMONY)
                await case.ceremonies_end()
                return found
            self.row(name, *states, spoil=function, **options)(strike)
            return function
        return take


def staged(state):
    """Where it takes a stage's deadline to find out: the reply's is the ceremony's."""
    return CEREMONY if state == "reply" else STAGE


# ---- TLS ----------------------------------------------------------------------------------------

tls = Spoilt("TLS")

CONTEXTS = (("its certificate has expired", "expired"),
            ("its certificate is not valid yet, as where the clock is wrong", "early"),
            ("its certificate is for another host", "other-host"),
            ("its certificate vouches for itself", "self-signed"),
            ("its certificate is of an authority that nobody trusts", "stranger"),
            ("it speaks TLS 1.1 at most", "old"))


def bad_context(name, context):
    """A row with a service that has a certificate, or TLS, of this kind."""
    async def strike(case, state):
        return await case.ends(AT_ONCE)
    tls.row(name, "tcp", context=context, spoil=None, begins=True)(strike)


for one_name, one_context in CONTEXTS:
    bad_context(one_name, one_context)


@tls.spoil("it is no TLS but HTTP", "tcp")
async def plain_http(connection, message):
    """As of a portal that wants a click first."""
    await connection.send(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n")
    await asyncio.sleep(1)


@tls.spoil("it is 64 KiB of noise", "tcp")
async def noise(connection, message):
    """Of zeros."""
    await connection.send(bytes(65536))
    await asyncio.sleep(1)


@tls.spoil("it ends in the middle of a record", "tcp")
async def half_a_record(connection, message):
    """A handshake record of 16 KiB that never comes."""
    await connection.send(b"\x16\x03\x03\x40\x00\x02")
    connection.end()


@tls.spoil("it sends one byte in 50 ms", "tcp", limit=STAGE)
async def slow_record(connection, message):
    """There is always something new, and never enough."""
    await connection.send(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    for _ in range(1000):
        await connection.send(b"x")
        await asyncio.sleep(0.05)


# ---- the answer to the request ------------------------------------------------------------------

http = Spoilt("The answer to the request")


def answers(name, text, **options):
    """A row in which this is the answer, after which it ends in order."""
    async def spoil(connection, message):
        await connection.send(text)
        connection.writer.close()
        await asyncio.sleep(1)
    http.spoil(name, "upgrade", **options)(spoil)


def accept_of(head):
    """What has to be in Sec-WebSocket-Accept."""
    key = next(line.split(b": ", 1)[1] for line in head.split(b"\r\n")
               if line.lower().startswith(b"sec-websocket-key: "))
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def upgraded(head, more=b""):
    """A good answer."""
    return (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_of(head) +
            b"\r\nSec-WebSocket-Protocol: fido.cable\r\n" + more + b"\r\n")


for status in (200, 204, 400, 401, 403, 404, 407, 410, 429, 500, 502, 503, 511):
    answers(f"status {status}", b"HTTP/1.1 %d What\r\nContent-Length: 0\r\n\r\n" % status)



def redirects_once(status):
    """A row with a redirect to another host, which answers as it should."""
    async def spoil(connection, message):
        connection.middle.spoil = {}
        path = message.split()[1]
        await connection.send(b"HTTP/1.1 %d Go\r\nLocation: wss://cable.auth.com%s\r\n\r\n" %
                              (status, path))
        await asyncio.sleep(1)
    http.spoil(f"status {status} to another host", "upgrade")(spoil)


for status in (301, 302, 303, 307, 308):
    redirects_once(status)

# The first three are this service, which says the same again.
for where in ("wss://cable.auth.com/", "wss://cable.ua5v.com/", "/", "http://cable.ua5v.com/",
              "ws://cable.ua5v.com/", "wss://127.0.0.1/", "file:///etc/passwd", ""):
    answers(f"status 302 to {where or 'nowhere'}, each time",
            b"HTTP/1.1 302 Go\r\nLocation: " + where.encode() + b"\r\n\r\n")
answers("status 302 without a place", b"HTTP/1.1 302 Go\r\n\r\n")
answers("a page", b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n<html>log in</html>")
answers("HTTP/1.0", b"HTTP/1.0 101 Switching Protocols\r\n\r\n")
answers("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
answers("nothing", b"")
answers("half a status line", b"HTTP/1.1 10")
answers("64 KiB of one header", b"HTTP/1.1 101 Yes\r\nX: " + b"x" * 65536 + b"\r\n\r\n")
answers("10,000 headers", b"HTTP/1.1 101 Yes\r\n" + b"X: y\r\n" * 10000 + b"\r\n")
answers("a NUL in a header", b"HTTP/1.1 101 Yes\r\nUpgrade: web\0socket\r\n\r\n")
answers("100 and nothing more", b"HTTP/1.1 100 Continue\r\n\r\n")


@http.spoil("an extension that nobody asked for", "upgrade")
async def extension(connection, message):
    """Which would change what frames mean."""
    await connection.send(upgraded(message, b"Sec-WebSocket-Extensions: permessage-deflate\r\n"))
    await asyncio.sleep(1)


@http.spoil("a subprotocol twice", "upgrade")
async def two_subprotocols(connection, message):
    """The second is another one."""
    await connection.send(upgraded(message, b"Sec-WebSocket-Protocol: other\r\n"))
    await asyncio.sleep(1)


@http.spoil("one byte in 100 ms", "upgrade", limit=STAGE)
async def slow_head(connection, message):
    """A slow loris: the deadline is for the whole."""
    for byte in upgraded(message, b"X: " + b"x" * 400 + b"\r\n"):
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.1)


@http.spoil("a good one, and then nothing", "upgrade", limit=STAGE)
async def nothing_after(connection, message):
    """It never was a tunnel."""
    await connection.send(upgraded(message))
    await connection.stay_silent()


# ---- frames -------------------------------------------------------------------------------------

frames = Spoilt("Frames in the place of a message")


def instead(name, make, *states, **options):
    """A row in which make(message) is sent instead of the message, and nothing follows."""
    async def spoil(connection, message):
        await connection.send(make(message))
        await connection.stay_silent()
    frames.spoil(name, *(states or MESSAGES), **options)(spoil)


def around(name, make, *states, **options):
    """A row in which make(message) is sent instead, and the ceremony goes on."""
    async def spoil(connection, message):
        await connection.send(make(message))
    frames.spoil(name, *(states or MESSAGES), **options)(spoil)


def fragments(message, between=b""):
    """One byte in each frame."""
    first = frame(message[:1], first=0)
    middle = b"".join(between + frame(message[i:i + 1], 0, first=0)
                      for i in range(1, len(message) - 1))
    return first + middle + between + frame(message[-1:], 0)


around("fragments of one byte", fragments)
around("the same with pings between", lambda m: fragments(m, frame(b"?", PING)))
around("empty fragments first", lambda m: frame(b"", first=0) + frame(b"", 0, first=0) + frame(m, 0))
around("pongs that nobody asked for first", lambda m: frame(b"!" * 125, PONG) * 50 + frame(m))
around("1,000 pings first", lambda m: frame(b"?" * 125, PING) * 1000 + frame(m))
around("a longer form of the length than needed",
       lambda m: b"\x82\x7f" + struct.pack(">Q", len(m)) + m)

instead("an empty message", lambda m: frame(b""))
instead("one byte", lambda m: frame(b"x"))
instead("text", lambda m: frame(m.hex().encode(), TEXT))
instead("a masked frame", lambda m: frame(m, mask=b"mask"))
instead("RSV1", lambda m: frame(m, first=0xC0))
instead("RSV2", lambda m: frame(m, first=0xA0))
instead("RSV3", lambda m: frame(m, first=0x90))
instead("opcode 3", lambda m: frame(m, 3))
instead("opcode 11", lambda m: frame(m, 11))
instead("a continuation of nothing", lambda m: frame(m, 0))
instead("a new message inside another", lambda m: frame(m, first=0) + frame(m))
instead("a fragmented ping", lambda m: frame(b"?", PING, first=0))
instead("a ping of 126 bytes", lambda m: frame(b"?" * 126, PING))
instead("2^63 bytes announced", lambda m: b"\x82\x7f" + struct.pack(">Q", 1 << 63) + m)
instead("2^62 bytes announced", lambda m: b"\x82\x7f" + struct.pack(">Q", 1 << 62) + m)
instead("1 MiB of fragments", lambda m: frame(bytes(65536), first=0) +
        frame(bytes(65536), 0, first=0) * 17)
instead("a close of one byte", lambda m: frame(b"\x03", CLOSE))
instead("a close with broken UTF-8", lambda m: frame(b"\x03\xe8\xff\xfe", CLOSE))
for number in (1000, 1001, 1008, 1011, 4000, 0, 1005, 65535):
    instead(f"close {number}", lambda m, n=number: frame(struct.pack(">H", n), CLOSE))
instead("a close without a code", lambda m: frame(b"", CLOSE))
instead("half of the frame, and nothing more", lambda m: frame(m)[:len(m) // 2], limit=staged)


@frames.spoil("half of the frame, and the end", *MESSAGES)
async def half_and_end(connection, message):
    """FIN in the middle."""
    await connection.send(frame(message)[:len(message) // 2])
    connection.end()


@frames.spoil("half of the frame, and a reset", *MESSAGES)
async def half_and_reset(connection, message):
    """RST in the middle."""
    await connection.send(frame(message)[:len(message) // 2])
    connection.reset()


@frames.spoil("one byte after the other", *MESSAGES)
async def slowly(connection, message):
    """Each in a TLS record of its own."""
    await connection.send(frame(message), slowly=True)


@frames.spoil("the message before it again", "first record", "reply")
async def replay(connection, message):
    """A replay."""
    await connection.send(frame(connection.earlier[-1]))
    await connection.stay_silent()


@frames.spoil("the handshake's message again", "reply")
async def replay_first(connection, message):
    """A replay of the first one."""
    await connection.send(frame(connection.earlier[0]))
    await connection.stay_silent()


@frames.spoil("the same message twice", *MESSAGES)
async def twice(connection, message):
    """The second copy is a replay."""
    await connection.send(frame(message) * 2)
    await connection.stay_silent()


@frames.spoil("its last byte missing", *MESSAGES)
async def shorter(connection, message):
    """Truncated."""
    await connection.send(frame(message[:-1]))
    await connection.stay_silent()


@frames.spoil("a byte more", *MESSAGES)
async def longer(connection, message):
    """Extended."""
    await connection.send(frame(message + b"\0"))
    await connection.stay_silent()


@frames.spoil("its first bit flipped", *MESSAGES)
async def first_bit(connection, message):
    """By the service."""
    await connection.send(frame(bytes([message[0] ^ 1]) + message[1:]))
    await connection.stay_silent()


@frames.spoil("its last bit flipped", *MESSAGES)
async def last_bit(connection, message):
    """In the tag."""
    await connection.send(frame(message[:-1] + bytes([message[-1] ^ 0x80])))
    await connection.stay_silent()


TABLES = (tls, http, frames)
