#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the seeds of the fuzz targets from tests/vectors. What fuzzing found is added by hand."""

import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"


def load(name):
    """One vector file."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def write(target, name, data):
    """One seed."""
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def seeds_of_codes():
    """Codes as text, and the CBOR inside them."""
    vectors = load("qr")
    for number, vector in enumerate(vectors["valid"]):
        write("qr", f"valid-{number:02}", vector["url"].encode())
        write("cbor", f"code-{number:02}", bytes.fromhex(vector["cbor"]))
    for number, vector in enumerate(vectors["invalid"] + vectors["tolerated"]):
        write("qr", f"odd-{number:02}", vector["url"].encode())


def seeds_of_adverts():
    """Key and service data."""
    vectors = load("eid")
    for number, vector in enumerate(vectors["valid"]):
        write("eid", f"valid-{number:02}",
              bytes.fromhex(vector["eid_key"] + vector["service_data"]))
    key = vectors["invalid_for"]["eid_key"]
    for number, vector in enumerate(vectors["invalid"]):
        write("eid", f"invalid-{number:02}", bytes.fromhex(key + vector["service_data"]))


def seeds_of_messages():
    """What phones say about themselves, and typed messages."""
    vectors = load("post_handshake")
    for number, vector in enumerate(vectors["valid"]):
        data = bytes.fromhex(vector["plaintext"])
        write("post-handshake", f"valid-{number:02}", data)
        if vector.get("get_info"):
            write("cbor", f"get-info-{number:02}", bytes.fromhex(vector["get_info"]))
    for number, vector in enumerate(vectors["invalid"]):
        write("post-handshake", f"invalid-{number:02}", bytes.fromhex(vector["plaintext"]))
    for number, vector in enumerate(vectors["messages_revision_1"] + vectors["messages_invalid"]):
        write("message", f"message-{number:02}", bytes.fromhex(vector["message"]))
    for number, message in enumerate(load("session")["messages"]):
        if "plaintext" in message:
            write("message", f"session-{number:02}", bytes.fromhex(message["plaintext"]))


# Steps of fuzz-client-session.c.
(SCANS, ADVERT, RAW_ADVERT, UP, DOWN, DELIVER, RAW, SPOIL, COMMAND, REPLIES, CANCEL,
 TICK) = range(12)


def counted(data):
    """Bytes with their number before them."""
    return struct.pack("<H", len(data)) + data


def seeds_of_sessions():
    """Ceremonies that go well, and each step of one spoilt."""
    start = bytes([TICK, 0, SCANS, ADVERT, UP])
    middle = bytes([DELIVER, DELIVER, COMMAND]) + counted(b"\x02\xa0")
    end = bytes([REPLIES]) + counted(b"\x00\xa0") + bytes([DELIVER])
    write("client-session", "good", start + middle + end)
    write("client-session", "cancelled", start + middle + bytes([CANCEL]))
    write("client-session", "second-phone",
          start + bytes([RAW_ADVERT]) + counted(bytes(20)) + bytes([SCANS, ADVERT]))
    write("client-session", "renewed", bytes([TICK, 0, TICK, 31, TICK, 31]) + start + middle + end)
    write("client-session", "closed", start + middle + bytes([DOWN, 0]))
    for number, message in enumerate(load("session")["messages"]):
        raw = bytes([RAW]) + counted(bytes.fromhex(message["wire"]))
        write("client-session", f"raw-{number:02}", start + raw + middle + raw + end)
    for number, vector in enumerate(load("post_handshake")["valid"]):
        spoilt = bytes([SPOIL, 3]) + counted(bytes.fromhex(vector["plaintext"]))
        write("client-session", f"post-handshake-{number:02}", spoilt + start + middle + end)
    for number, reply in enumerate((b"", b"\x00", b"\x01", b"\x01\x2e", b"\x02\xa0", b"\x03{}",
                                    b"\x7f", b"\x01\x00" + b"\xff" * 60)):
        spoilt = bytes([SPOIL, 5]) + counted(reply)
        write("client-session", f"reply-{number:02}", start + middle + spoilt + end)


if __name__ == "__main__":
    seeds_of_codes()
    seeds_of_adverts()
    seeds_of_messages()
    seeds_of_sessions()
