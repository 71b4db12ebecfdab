# SPDX-License-Identifier: MIT
"""A network of hybridd's own: a namespace with nothing in it but a tunnel service at public addresses, a
name service that says what a row wants, and addresses where nobody answers. Only root can make one."""

import asyncio
import concurrent.futures
import ctypes
import os
import socket
import struct
import subprocess

# Of RFC 2544 and RFC 9637: nobody has them, and hybridd takes them for public ones. What is sent to the
# second ones is lost on the way.
ADDRESS, LOST = "198.18.0.1", "198.18.0.2"
ADDRESS_6, LOST_6 = "3fff::1", "3fff::2"

PREPARE = f"""set -e
ip link set lo up
ip address add {ADDRESS}/32 dev lo
ip address add {ADDRESS_6}/128 dev lo nodad
ip link add out type veth peer name nowhere
ip link set out up
ip link set nowhere up
ip route add {LOST}/32 dev out
ip route add {LOST_6}/128 dev out
ip neighbour add {LOST} lladdr 02:00:00:00:00:02 dev out nud permanent
ip neighbour add {LOST_6} lladdr 02:00:00:00:00:02 dev out nud permanent
"""
# A folder for the files, then hybridd and its words.
FILES = """echo nameserver 127.0.0.1 >"$0/resolv.conf"
echo hosts: files dns >"$0/nsswitch.conf"
mount --bind "$0/resolv.conf" /etc/resolv.conf
mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf
"""
UNSHARE = ("unshare", "--net", "--mount", "/bin/sh", "-c")
WRAPPER = (*UNSHARE, PREPARE.replace("{", "{{").replace("}", "}}") + FILES + 'exec "$@"', "{folder}")


def possible(folder):
    """Whether such a network can be made here."""
    return subprocess.run([*UNSHARE, PREPARE + FILES, str(folder)], check=False,
                          capture_output=True).returncode == 0


# ---- names --------------------------------------------------------------------------------------

A, CNAME, AAAA = 1, 5, 28
OK, SERVER_FAILED, NO_SUCH_NAME, NOT_FOR_YOU = 0, 2, 3, 5
THE_NAME = b"\xc0\x0c"  # which was asked for


class Question:
    """What a resolver asks."""

    def __init__(self, data):
        self.data = data
        self.identity = data[:2]
        end = data.index(b"\0", 12) + 1
        self.text = data[12:end + 4]  # name, kind and class
        (self.kind,) = struct.unpack_from(">H", data, end)

    def addresses(self, *texts):
        """Records of those addresses that are of the kind that is asked for."""
        family = {A: socket.AF_INET, AAAA: socket.AF_INET6}.get(self.kind)
        return [_record(self.kind, socket.inet_pton(family, text)) for text in texts
                if family and (":" in text) == (self.kind == AAAA)]

    def alias(self):
        """A record that says: ask for the same name."""
        return [_record(CNAME, THE_NAME)]

    def answer(self, records=(), code=OK):
        """A whole answer."""
        head = struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return self.identity + head + self.text + b"".join(records)


def _record(kind, data):
    return THE_NAME + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def truth(question):
    """What a name service says when all is well."""
    return [question.answer(question.addresses(ADDRESS, ADDRESS_6))]


class NameService(asyncio.DatagramProtocol):
    """Sends what `says` makes of a question, after `delay` seconds."""

    def __init__(self):
        self.says = truth
        self.delay = 0
        self.n_asked = 0
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.n_asked += 1
        asyncio.get_running_loop().call_later(self.delay, self._send, self.says(Question(data)), addr)

    def _send(self, answers, addr):
        for answer in answers:
            if not self.transport.is_closing():
                self.transport.sendto(answer, addr)


# ---- the network --------------------------------------------------------------------------------

def _make_sockets(pid):
    """Called in a thread of its own, which stays in the network of the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{pid}/ns/net", "rb") as network:
        if libc.setns(network.fileno(), 0) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    tunnels = [socket.create_server((ADDRESS, 443)),
               socket.create_server((ADDRESS_6, 443), family=socket.AF_INET6)]
    return names, tunnels


class Network:
    """That of a hybridd that was started by WRAPPER."""

    def __init__(self, pid, middle):
        self.pid = pid
        self.middle = middle
        self.names = None
        self.servers = []

    async def start(self):
        """Name service and tunnel service listen in it."""
        loop = asyncio.get_running_loop()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            names, tunnels = await loop.run_in_executor(pool, _make_sockets, self.pid)
        _, self.names = await loop.create_datagram_endpoint(NameService, sock=names)
        self.servers = [await self.middle.listen(tunnel) for tunnel in tunnels]

    async def stop(self):
        """They do no longer; what is connected stays so."""
        self.names.transport.close()
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)  # in which the name service's socket is closed

    async def switch(self, on):
        """The network comes or goes, with all that is on the way."""
        words = "set lo up && ip address add {}/128 dev lo nodad" if on else "set lo down"
        process = await asyncio.create_subprocess_exec(
            "nsenter", f"--net=/proc/{self.pid}/ns/net", "/bin/sh", "-c",
            "ip link " + words.format(ADDRESS_6))  # which a network loses when it goes
        assert await process.wait() == 0, "the network cannot be switched"
