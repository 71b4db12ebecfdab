# SPDX-License-Identifier: MIT
"""Adverts without end, by raw HCI commands to a controller that nobody else uses: each from another
address with other bytes, as fast as the controller takes them."""

import os
import socket
import struct
import threading

COMMAND, EVENT = 1, 4  # types of packets
COMMAND_COMPLETE = 0x0E
# Of "LE Controller Commands" (Core Specification, Vol 4, Part E, 7.8).
SET_RANDOM_ADDRESS, SET_PARAMETERS, SET_DATA, ENABLE, REMOVE = (
    0x2035, 0x2036, 0x2037, 0x2039, 0x203C)
HANDLE = 9  # of our advertising set; the kernel's are smaller
NOT_CONNECTABLE = 0x0010
INTERVAL = struct.pack("<I", 0xA0)[:3]  # 100 ms


class Flood:
    """Runs in a thread of its own while the context lasts."""

    def __init__(self, index, seconds_each=0):
        self.index = index
        self.seconds_each = seconds_each  # from one to the next, if the controller can
        self.n_sent = 0
        self.failure = None
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self._thread.join(10)
        assert not self.failure, self.failure

    def _run(self):
        try:
            with socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI) as hci:
                # Events only, and of these command complete.
                hci.setsockopt(socket.SOL_HCI, socket.HCI_FILTER, struct.pack(
                    "<IIIHxx", 1 << EVENT, 1 << COMMAND_COMPLETE, 0, 0))
                hci.settimeout(5)
                hci.bind((self.index,))
                self._send_all(hci)
        except (OSError, AssertionError) as error:
            self.failure = error

    def _send_all(self, hci):
        parameters = struct.pack("<BH3s3sBBB6sBBBBBBB", HANDLE, NOT_CONNECTABLE, INTERVAL, INTERVAL,
                                 7, 1, 0, bytes(6), 0, 0x7F, 1, 0, 1, 0, 0)
        self._command(hci, SET_PARAMETERS, parameters)
        while not self._enough.is_set():
            uuid = (b"\xf9\xff", b"\xe2\xfd")[self.n_sent % 2]
            data = b"\x02\x01\x06\x03\x03" + uuid + b"\x17\x16" + uuid + os.urandom(20)
            self._command(hci, SET_RANDOM_ADDRESS, bytes([HANDLE]) + os.urandom(5) + b"\xc0")
            self._command(hci, SET_DATA, struct.pack("<BBBB", HANDLE, 3, 1, len(data)) + data)
            self._command(hci, ENABLE, struct.pack("<BBBHB", 1, 1, HANDLE, 0, 0))
            self._command(hci, ENABLE, struct.pack("<BBBHB", 0, 1, HANDLE, 0, 0))
            self.n_sent += 1
            self._enough.wait(self.seconds_each)
        self._command(hci, REMOVE, bytes([HANDLE]))

    @staticmethod
    def _command(hci, opcode, parameters):
        hci.send(struct.pack("<BHB", COMMAND, opcode, len(parameters)) + parameters)
        while True:
            event = hci.recv(260)
            # Type, event, length, number of commands, opcode, status.
            if len(event) >= 7 and struct.unpack_from("<H", event, 4)[0] == opcode:
                assert event[6] == 0, f"command {opcode:04x}: status {event[6]:02x}"
                return
