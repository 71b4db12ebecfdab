#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the seeds of the fuzz targets from tests/vectors. What fuzzing found is added by hand."""

import hashlib
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


# Steps of fuzz-linked-session.c.
(L_CONTACT, L_ADVERT, L_RAW_ADVERT, L_UP, L_SIGNAL, L_DOWN, L_DELIVER, L_RAW, L_SPOIL, L_COMMAND,
 L_REPLIES, L_CANCEL, L_TICK, L_RAW_CONTACT) = range(14)


def seeds_of_linked_sessions():
    """Ceremonies with a linked phone: each order of what comes, and what can go wrong."""
    end = (bytes([L_DELIVER, L_DELIVER, L_COMMAND]) + counted(b"\x02\xa0") + bytes([L_REPLIES]) +
           counted(b"\x00\xa0") + bytes([L_DELIVER]))
    orders = {
        "channel-first": (L_TICK, 0, L_UP, 0, L_CONTACT, L_ADVERT),
        "advert-first": (L_CONTACT, L_ADVERT, L_UP, 0),
        "signal-first": (L_UP, 1, L_SIGNAL, L_CONTACT, L_ADVERT),
        "signal-last": (L_UP, 1, L_CONTACT, L_ADVERT, L_SIGNAL),
        "advert-channel-signal": (L_CONTACT, L_ADVERT, L_UP, 1, L_SIGNAL),
        "no-signal": (L_UP, 1, L_CONTACT, L_ADVERT),
        "second-signal": (L_UP, 1, L_CONTACT, L_ADVERT, L_SIGNAL, L_SIGNAL),
    }
    for name, steps in orders.items():
        write("linked-session", name, bytes(steps) + end)
    good = bytes(orders["channel-first"])
    write("linked-session", "gone", bytes([L_DOWN, 5, 10]))
    write("linked-session", "refused", bytes([L_DOWN, 5, 4]))
    write("linked-session", "silent", bytes([L_TICK, 0, L_UP, 1, L_TICK, 20]))
    write("linked-session", "cancelled", good + bytes([L_CANCEL]))
    write("linked-session", "odd-contact", bytes([L_RAW_CONTACT]) + counted(b"A0") + good + end)
    session = load("session")
    for number, message in enumerate(session["linked"]["messages"]):
        raw = bytes([L_RAW]) + counted(bytes.fromhex(message["wire"]))
        write("linked-session", f"raw-{number:02}", good + raw + end)
    for number, vector in enumerate(load("post_handshake")["valid"]):
        spoilt = bytes([L_SPOIL, 3]) + counted(bytes.fromhex(vector["plaintext"]))
        write("linked-session", f"post-handshake-{number:02}", spoilt + good + end)


def seeds_of_linking():
    """Linking maps, updates, records as they are stored, and contact requests."""
    vectors = load("linking")
    for number, vector in enumerate(vectors["valid"] + vectors["invalid"]):
        linking = bytes.fromhex(vector["linking"])
        write("linking", f"linking-{number:02}", b"\x00" + linking)
        write("linking", f"update-{number:02}", b"\x01\xa1\x01" + linking)
    for name in ("with", "without"):
        write("linking", f"update-{name}", b"\x01" + bytes.fromhex(vectors[f"update_{name}_linking"]))
    good = vectors["valid"][0]
    parts = {1: 0, 2: bytes.fromhex(good["contact_id"]), 3: bytes.fromhex(good["link_id"]),
             4: bytes.fromhex(good["link_secret"]),
             5: bytes.fromhex(vectors["phone_identity_public"]), 6: good["name"]}
    write("linking", "record", b"\x02" + cbor(parts))
    write("linking", "record-new-key", b"\x02" + cbor({**parts, 7: 1}))
    for key in parts:
        write("linking", f"record-without-{key}",
              b"\x02" + cbor({k: v for k, v in parts.items() if k != key}))
    write("linking", "payload", b"\x03" + vectors["contact"]["payload"].encode())
    write("linking", "payload-upper", b"\x03" + vectors["contact"]["payload"].upper().encode())
    write("linking", "payload-short", b"\x03" + vectors["contact"]["payload"][:-2].encode())


CREATE = {
    "rp": {"id": "example.com", "name": "Example"},
    "user": {"id": "dXNlcg", "name": "user", "displayName": "User"},
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
    "timeout": 60000,
    "excludeCredentials": [{"type": "public-key", "id": "AQID", "transports": ["usb"]}],
    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    "attestation": "direct",
    "hints": ["hybrid"],
    "extensions": {"credProps": True, "prf": {"eval": {"first": "AAAA", "second": "BBBB"}}},
}
GET = {
    "rpId": "example.com",
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "allowCredentials": [{"type": "public-key", "id": "AQID", "transports": ["internal"]}],
    "userVerification": "discouraged",
    "extensions": {"prf": {"eval": {"first": "AAAA"},
                           "evalByCredential": {"AQID": {"first": "CCCC"}}}},
}


CREATE_ALL = dict(
    CREATE, attestation="enterprise", attestationFormats=["tpm", "packed"],
    excludeCredentials=[{"type": "public-key", "id": "AQID" * n, "transports": transports}
                        for n, transports in ((1, ["usb"]), (2, ["hybrid"]), (1, []), (1, ["x"]))],
    extensions={"credProps": True, "minPinLength": True, "appidExclude": "https://example.com",
                "credentialProtectionPolicy": "userVerificationRequired",
                "enforceCredentialProtectionPolicy": True, "largeBlob": {"support": "preferred"},
                "prf": {"eval": {"first": "AAAA"}}})
GET_ALL = dict(
    GET, hints=["hybrid"], timeout=1,
    extensions={"appid": "https://example.com", "largeBlob": {"write": "AQID"},
                "prf": {"evalByCredential": {"AQID": {"first": "CCCC", "second": "BBBB"}}}})


def seeds_of_requests():
    """Relying parties' requests, whole, and with each member taken away or made null."""
    def request(choices, origin, options):
        return bytes([choices]) + origin.encode() + b"\n" + json.dumps(options).encode()

    for kind, choices, options in (("create", 1, CREATE), ("get", 0, GET)):
        write("webauthn-json", f"{kind}-whole",
              request(choices, "https://login.example.com:8443", options))
        write("webauthn-json", f"{kind}-framed", request(choices | 4, "https://example.com", options))
        write("webauthn-json", f"{kind}-localhost",
              request(choices | 2, "http://localhost:80", dict(options, rpId="localhost")))
        for member in options:
            less = {key: value for key, value in options.items() if key != member}
            write("webauthn-json", f"{kind}-without-{member}",
                  request(choices, "https://example.com", less))
            write("webauthn-json", f"{kind}-null-{member}",
                  request(choices, "https://example.com", dict(options, **{member: None})))
    for kind, choices, options in (("create", 1 | 8 | 16, CREATE_ALL), ("get", 8, GET_ALL)):
        write("webauthn-json", f"{kind}-all", request(choices, "https://example.com", options))
        for member in ("extensions", "attestationFormats", "hints", "excludeCredentials"):
            write("webauthn-json", f"{kind}-wrong-{member}",
                  request(choices, "https://example.com", dict(options, **{member: 5})))
        for member in options["extensions"]:
            for number, value in enumerate((5, {}, {"read": True}, {"support": "required"}, "x")):
                extensions = dict(options["extensions"], **{member: value})
                write("webauthn-json", f"{kind}-extension-{member}-{number}",
                      request(choices, "https://example.com",
                              dict(options, extensions=extensions)))
    for number, origin in enumerate(("http://example.com", "https://example.com/", "https://1.2.3.4",
                                     "https://xn--bcher-kva.example", "https://co.uk", "https://")):
        write("webauthn-json", f"origin-{number}", request(0, origin, {"challenge": "AAAA"}))


def cbor(value):
    """A little CBOR, enough for seeds: integers, bytes, text, lists, booleans, maps in order."""
    def head(major, number):
        for limit, code, form in ((24, None, None), (1 << 8, 24, ">B"), (1 << 16, 25, ">H")):
            if number < limit:
                first = major << 5 | (number if code is None else code)
                return bytes([first]) + (struct.pack(form, number) if form else b"")
        raise ValueError(number)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value)) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def seeds_of_replies():
    """Phones' answers to the two requests of fuzz-ctap-reply.c, good and with an error."""
    info = cbor({1: ["FIDO_2_0"], 2: ["prf"], 4: {"rk": True, "uv": True},
                 9: ["hybrid", "internal"]})
    point = json.loads((VECTORS / "noise.json").read_text(encoding="utf-8"))["valid"][0]["e_i"]
    key = cbor({1: 2, 3: -7, -1: 1, -2: bytes.fromhex(point[2:66]),
                -3: bytes.fromhex(point[66:])})
    rp_hash = hashlib.sha256(b"example.com").digest()
    attested = rp_hash + b"\x45" + bytes(4) + bytes(16) + b"\x00\x03\x01\x02\x03" + key
    plain = rp_hash + b"\x05" + bytes(4)
    prf = {"prf": {"enabled": True, "results": {"first": bytes(32)}}}
    created = b"\x00" + cbor({1: "packed", 2: attested, 3: {"alg": -7, "sig": bytes(70)}, 6: prf})
    signed = b"\x00" + cbor({1: {"id": b"\x01\x02\x03", "type": "public-key"}, 2: plain,
                             3: bytes(70), 4: {"id": b"user"}, 6: True,
                             8: {"prf": {"results": {"first": bytes(32), "second": bytes(32)}}}})
    for choices in range(4):
        reply = created if choices & 1 else signed
        write("ctap-reply", f"good-{choices}", bytes([choices]) + counted(info) + reply)
    for status in (0x19, 0x27, 0x2B, 0x2E, 0x2F, 0x7F):
        write("ctap-reply", f"status-{status:02x}", b"\x00" + counted(info) + bytes([status]))
    write("ctap-reply", "no-get-info", b"\x00" + counted(b"") + signed)
    write("cbor", "attestation", created[1:])


def seeds_of_phone_sessions():
    """Codes with the desktop's messages of the recorded session."""
    session = load("session")
    wires = [bytes.fromhex(m["wire"]) for m in session["messages"] if m["from"] == "client"]
    write("phone-session", "recorded",
          counted(session["qr_url"].encode()) + b"".join(map(counted, wires)))
    for number, vector in enumerate(load("qr")["valid"][:6]):
        write("phone-session", f"code-{number}",
              counted(vector["url"].encode()) + counted(wires[0]) + counted(b""))


def seeds_of_tunnel_services():
    """Heads of HTTP answers, and websocket frames."""
    upgrade = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               b"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
               b"Sec-WebSocket-Protocol: fido.cable\r\nX-caBLE-Routing-ID: 0A0B0C\r\n\r\n")
    heads = (upgrade, upgrade.replace(b"fido.cable", b"chat"), upgrade.replace(b"\r\n", b"\n"),
             b"HTTP/1.1 410 Gone\r\n\r\n", b"HTTP/1.0 302 Found\r\nLocation: wss://x.y/\r\n\r\n",
             b"HTTP/1.1 100 Continue\r\n\r\n" + upgrade, b"HTTP/2 200\r\n\r\n",
             b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n")
    for number, data in enumerate(heads):
        write("http-head", f"head-{number}", data)
    frames = (b"\x82\x02hi", b"\x82\x7e\x01\x00" + bytes(256), b"\x02\x01a\x80\x01b",
              b"\x89\x00\x82\x01x", b"\x81\x02hi", b"\x88\x02\x03\xe8", b"\xc2\x00",
              b"\x82\x82abcdhi", b"\x82\x7f" + b"\xff" * 8, b"\x80\x00", b"\x09\x00")
    for number, data in enumerate(frames):
        write("frame-scan", f"frame-{number:02}", data)


def seeds_of_proxies():
    """URLs of proxies with lists and hosts, and replies to CONNECT in pieces."""
    urls = (b"http://proxy.test:3128\n.test,other\na.test", b"http://me:a%40b@[::1]:1/\n*\nx",
            b"me@192.0.2.1\na.test:443 b.test\na.test.", b"socks5://p:1\n\n", b"https://p\n",
            b"http://a:b:c@d@e:65535\n..a,[::1]:443\na", b"http://me:%0d%0a@p:1", b"")
    for number, data in enumerate(urls):
        write("proxy-url", f"url-{number}", data)
    good = b"HTTP/1.1 200 Connection established\r\n\r\n"
    replies = (good, good + b"\x16\x03\x01", b"HTTP/1.1 100 Continue\r\n\r\n" + good,
               b"HTTP/1.0 407 x\r\nProxy-Authenticate: Basic realm=x\r\n\r\n<html>",
               b"HTTP/1.1 403 Filtered\r\n\r\n", b"HTTP/1.1 101 x\r\n\r\n", b"\x05\xff",
               b"SSH-2.0-x\r\n", b"HTTP/1.1 200 x\r\nX: " + b"x" * 17000, good[:-1])
    for number, data in enumerate(replies):
        for step in (0, 6, 255):
            write("connect-reply", f"reply-{number}-{step}", bytes([step]) + data)


def seeds_of_related_origins():
    """Origins, and lists that have them or not."""
    def document(*origins):
        return json.dumps({"origins": list(origins)}).encode()
    six = [f"https://{label}.com" for label in "abcdef"]
    for number, (origin, data) in enumerate((
            ("https://example.co.uk", document("https://example.com", "https://example.co.uk")),
            ("https://f.com", document(*six)), ("https://x.e.com", document(*six, "https://x.E.com/")),
            ("https://a.com:8443", document("https://a.com:8443/?x", "", "x", "https://1.2.3.4")),
            ("https://a.com", b'{"origins":[1]}'), ("https://a.com", b"[]"), ("https://a.com", b""),
            ("https://a.com", b'{"origins":["https:\\/\\/\\u0061.com"]}'))):
        write("related-origins", f"list-{number}", origin.encode() + b"\n" + data)


def seeds_of_radios():
    """What adverts consist of, and the packets in which a controller reports them."""
    vectors = [bytes.fromhex(vector["payload"]) for vector in load("eid")["ad_structures"]]
    suffix = b"\x1b" + vectors[0][1:] + bytes.fromhex("a1011880")
    odd = (b"\x02\x01\x06\x00" + vectors[0], vectors[0][:-1], b"\x03\x16\xf9\xff" + vectors[4],
           vectors[0] + vectors[4], suffix, b"\xfe\x16\xf9\xff" + bytes(251),
           b"\xff\x16\xf9\xff" + bytes(252), b"\x06\x20\xf9\xff\0\0\1", b"\x01\x16\xff")
    for number, data in enumerate((*vectors, *odd)):
        write("ad-structure", f"advert-{number:02}", data)

    def event(code, data):
        return counted(bytes([4, code, len(data)]) + data)

    def legacy(data):
        return b"\x03\x01\x66\x55\x44\x33\x22\x11" + bytes([len(data)]) + data + b"\xc4"

    def extended(data, kind=0x10, address=0x11):
        return (bytes([kind, 0, 1, address]) + bytes.fromhex("2233445566" "0100ff7fc4") + bytes(9) +
                bytes([len(data)]) + data)

    advert = vectors[3]
    meta = ([b"\x02\x01" + legacy(advert)], [b"\x02\x03" + legacy(advert) + legacy(b"") + legacy(odd[0])],
            [b"\x0d\x01" + extended(advert)], [b"\x0d\x02" + extended(odd[3]) + extended(suffix)],
            [b"\x0d\x01" + extended(advert[:9], 0x20), b"\x0d\x01" + extended(advert[9:20], 0x20),
             b"\x0d\x01" + extended(advert[20:], 0x00)],
            [b"\x0d\x01" + extended(bytes(200), 0x20)] * 3 + [b"\x0d\x01" + extended(advert, 0x00)],
            [b"\x0d\x01" + extended(advert[:9], 0x20, address) for address in range(6)] +
            [b"\x0d\x01" + extended(advert[9:], 0x40, address) for address in range(6)],
            [b"\x0d\x02" + extended(advert, 0x60) + extended(advert, 0x00)],
            [b"\x02\xff" + legacy(advert)], [b"\x0d\x01" + legacy(advert)], [b"\x02"], [b""])
    for number, packets in enumerate(meta):
        write("hci-report", f"reports-{number:02}", b"".join(event(0x3e, data) for data in packets))
    others = (event(0x0e, b"\x01\x02\x10\x00" + b"\xff" * 64), event(0x0e, b"\x01\x0b\x20\x0c"),
              event(0x0f, b"\x01\x01\x41\x20"), event(0xfd, b"\x01\x00\x03\x00\x01\x00"),
              counted(b"\x01\x42\x20\x06\x01\x00\x00\x00\x00\x00"), counted(b"\x04\x3e\xff\x02"))
    write("hci-report", "others", b"".join(others))


def seeds_of_links():
    """Packets between hybridd and a ceremony."""
    def packet(kind, *fields):
        return bytes([kind]) + b"".join(
            struct.pack("<I", len(f)) + f + b"\0" for f in fields)

    packets = (packet(0, b"get", b"https://example.com", b"", b"{}", b"no",
                      *[b""] * 12),
               packet(1, bytes(20)), packet(2, b"cancelled"),
               packet(3, b"example.com", b"https://example.com", b"12345"), packet(5), packet(6),
               packet(7), packet(8, b"connecting"),
               packet(10, b"NotAllowedError", b"timeout", b"text", b""), packet(9, b"x"),
               packet(200), packet(8, b"a\0b"), packet(8), b"\x08\xff\xff\xff\xff",
               packet(11, b"example.com"), packet(12), packet(12, b""))
    for number, data in enumerate(packets):
        write("link", f"packet-{number:02}", data)


def seeds_of_policies():
    """A policy with all keys, each of its lines taken away, and what INI readers stumble over."""
    whole = """[rp]
allow = *.contoso.com login.microsoft.com
        contoso.com
deny = old.contoso.com
registration = no
[authenticators]
allow-aaguid = 90a3ccdf-635c-4729-a248-9b709135078f
[tunnel]
allow-domains = cable.ua5v.com cable.auth.com
allow-hashed-domains = no
[proxy]
url = http://proxy.contoso.com:3128
no-proxy = .contoso.com localhost
[linking]
allowed = no
max-age = 90d
[callers]
unknown = refuse
[enterprise-attestation]
rp-ids = login.contoso.com
[audit]
enabled = no
"""
    write("policy", "whole", whole.encode())
    lines = whole.splitlines(keepends=True)
    for number in range(len(lines)):
        write("policy", f"without-{number:02}",
              "".join(lines[:number] + lines[number + 1:]).encode())
    for number, text in enumerate((
            b"[rp] deny = a.example\n", b"\xef\xbb\xbf[rp]\nallow = *\n", b"[rp\nallow = *\n",
            b"[rp]\r\nallow = *\r\n", b"[rp]\nallow = a.example\n  deny = b.example\n",
            b"[rp]\nallow = \xff\n", b"[rp]\n\0allow = *\n", b";" * 250 + b"\n[rp]\nallow = *\n",
            b"[rp]\nregistration = yes\nregistration = no\n", b"allow = *\n", b"[rp]\nallow\n",
            b"[rp]\nallow = a.example ; b.example\n", b"[rp;x]\nallow = *\n", b"[rp]\nallow : *\n")):
        write("policy", f"odd-{number:02}", text)


# Types of fuzz-bus-arguments.c.
(STRING, BOOLEAN, OBJECT, VARIANT, UINT32, INT64, DOUBLE, BYTE, SIGNATURE, STRINGS, MEMBERS,
 STRUCT) = range(12)


def member(name, kind, contents=b""):
    """A member of the options."""
    return counted(name) + bytes([kind]) + contents


def arguments(create, members, origin=b"https://example.com", window=b"", kind=b"public-key"):
    """A call; get has no kind."""
    texts = [window, origin] + ([kind] if create else [])
    return bytes([create]) + b"".join(map(counted, texts)) + bytes([len(members)]) + b"".join(members)


def seeds_of_bus_arguments():
    """A call with all options, each of them missing and of each type, and strange ones."""
    true = bytes(7) + b"\1"
    whole = [member(b"public_key", STRING, counted(b"{}")),
             member(b"top_origin", STRING, counted(b"https://top.example")),
             member(b"handle_token", STRING, counted(b"t0ken_1")),
             member(b"activation_token", STRING, counted(b"xyz")),
             member(b"prompt", STRING, counted(b"none")),
             member(b"phone", OBJECT, counted(b"/org/hybridd/Hybrid1/phone/1")),
             member(b"choose", BOOLEAN, true), member(b"remember", BOOLEAN, true)]
    for create in (0, 1):
        write("bus-arguments", f"whole-{create}", arguments(create, whole, window=b"x11:2a"))
        write("bus-arguments", f"nothing-{create}", arguments(create, []))
    for number in range(len(whole)):
        write("bus-arguments", f"without-{number}", arguments(0, whole[:number] + whole[number + 1:]))
    contents = {STRING: counted(b"text"), OBJECT: counted(b"/o"), SIGNATURE: counted(b"a{sv}"),
                VARIANT: bytes([VARIANT, VARIANT, STRING]) + counted(b"deep"),
                MEMBERS: bytes([1]) + member(b"choose", BOOLEAN, true)}
    names = (b"public_key", b"handle_token", b"prompt", b"phone", b"choose", b"remember", b"unknown")
    for name in names:
        for kind in range(STRUCT + 1):
            write("bus-arguments", f"type-{name.decode()}-{kind:02}",
                  arguments(0, [member(name, kind, contents.get(kind, bytes(8)))]))
    for number, odd in enumerate((
            arguments(1, whole, kind=b"publicKey"), arguments(1, whole, kind=b"password"),
            arguments(0, whole, window=b"wayland:abc"), arguments(0, whole, window=b"gtk:abc"),
            arguments(0, whole, window=b"x11:" + b"1" * 300), arguments(0, whole, origin=b"h" * 1100),
            arguments(0, [member(b"handle_token", STRING, counted(b"../../etc"))]),
            arguments(0, [member(b"handle_token", STRING, counted(b"t" * 65))]),
            arguments(0, [member(b"prompt", STRING, counted(b"window"))]),
            arguments(0, [member(b"choose", BOOLEAN, true)] * 2),
            arguments(0, whole, origin=b"\xff\xfe"),
            arguments(0, [member(b"activation_token", STRING, counted(b"a" * 1100))]))):
        write("bus-arguments", f"odd-{number:02}", odd)


def seeds_of_native_messages():
    """Frames that a browser sends, whole, in pieces, and odd ones."""
    calls = [
        {"id": 1, "type": "status"}, {"id": -2147483648, "type": "diagnose"},
        {"id": 3, "type": "create", "origin": "https://login.example.com",
         "options": {"challenge": "AAAA", "rp": {"id": "example.com", "name": "Example"}}},
        {"id": 4, "type": "get", "origin": "https://login.example.com",
         "topOrigin": "https://www.example.org", "options": {"challenge": "AAAA"}},
        {"id": 4, "type": "cancel"}, {"id": 5}, {"id": 6, "type": "get", "origin": 7},
        {"type": "status"}, [], "text",
    ]
    frames = []
    for call in calls:
        text = json.dumps(call).encode()
        frames.append(struct.pack("=I", len(text)) + text)
    frames += [struct.pack("=I", 0), struct.pack("=I", 1 << 20 | 1), struct.pack("=I", 4) + b"{\xff}}"]

    def pieces(data, size):
        return b"".join(bytes([len(data[i:i + size])]) + data[i:i + size]
                        for i in range(0, len(data), size))
    for number, frame in enumerate(frames):
        write("native-message", f"whole-{number:02}", pieces(frame, 255))
        write("native-message", f"pieces-{number:02}", pieces(frame, 3))
    write("native-message", "all", pieces(b"".join(frames[:5]), 100))


def seeds_of_settings():
    """Settings with all keys, each of them alone, and what INI readers stumble over."""
    sections = {
        "bluetooth": ("adapter = hci0", "backend = bluez", "backend = loopback", "loopback-dir = /ether",
                      "scan = passive", "turn-off-again = yes", "adapter = hci", "scan = fast"),
        "tunnel": ("ca-file = /nonexistent", "connect-ahead = cable.ua5v.com", "ca-file = a"),
        "proxy": ("url = http://me:secret@proxy.example:3128", "no-proxy = localhost", "url = direct",
                  "url = socks5://proxy.example:1080", "url = proxy"),
        "requests": ("allow-localhost = yes", "related-origins = no", "unknown-callers = ask"),
        "daemon": ("idle-exit = 10", "idle-exit = -1", "idle-exit = 99999999999999999999"),
        "test": ("callers = any", "callers-vendor-folder = /v", "callers-admin-folder = /a",
                 "resolve = a=127.0.0.1:1", "ca-file = /ca", "policy-folder = /p",
                 "journal-socket = /j", "prompt-program = any", "root = /r", "root = r")}
    whole = "".join(f"[{section}]\n" + "".join(f"{line}\n" for line in lines)
                    for section, lines in sections.items())
    for allowed in (0, 1):
        write("settings", f"whole-{allowed}", bytes([allowed]) + whole.encode())
        number = 0
        for section, lines in sections.items():
            for line in lines:
                write("settings", f"line-{allowed}-{number:02}",
                      bytes([allowed]) + f"[{section}]\n{line}\n".encode())
                number += 1
    for number, text in enumerate((
            b"", b"[test\ncallers = any\n", b"[test]\r\ncallers = any\r\n", b"\xef\xbb\xbf[daemon]\n",
            b"[daemon]\nidle-exit\n", b"[daemon] ; [test]\ncallers = any\n", b"callers = any\n",
            b"[test]\0\ncallers = any\n", b"[test]\ncall\0ers = any\n", b"[x]\n" + b"a" * 300 + b"\n",
            b"[bluetooth]\nadapter = hci0\n hci1\n", b"[" + b"t" * 100 + b"]\ncallers = any\n")):
        write("settings", f"odd-{number:02}", b"\0" + text)


def seeds_of_callers():
    """Tables of callers that are right, and such with a mistake each."""
    host = "[caller browser]\nname = A browser\nexe = /usr/bin/browser\norigins = *\n"
    mail = ("[caller mail]\nkind = flatpak\napp-id = org.example.Mail\n"
            "origins = https://a.example https://b.example:8443\n")
    good = (host, mail, host + mail, host + "parent = /usr/bin/a /usr/bin/b\n  /usr/bin/c\n",
            host + "terminal = yes\n", mail.replace("flatpak", "snap"), host.replace("browser", "grün"),
            host.replace("*", "http://localhost:8080"))
    for number, text in enumerate(good):
        write("callers", f"good-{number:02}", text.encode())
    bad = (host + "exe = /other\n", host + "kind = any\n", host + "app-id = org.example.Mail\n",
           mail + "exe = /usr/bin/a\n", mail + "terminal = no\n", host + "origins = https://a.example\n",
           host.replace("*", "https://A.example"), host.replace("*", "https://a.example/path"),
           host.replace("/usr/bin/browser", "browser"), "[caller x]\nname = x\n", "[caller ]\nexe = /x\n",
           "exe = /x\n", host + "limit = 1\n", "[caller " + "x" * 60 + "]\nexe = /x\norigins = *\n",
           host.replace("A browser", "x" * 64), host.replace("A browser", "a\x7f"), host + "origins\n",
           host + "[caller", host.replace("\n", "\r\n"), host.replace("exe", "ex\0e"),
           "".join(f"[caller {number}]\nexe = /x\norigins = *\n" for number in range(257)))
    for number, text in enumerate(bad):
        write("callers", f"bad-{number:02}", text.encode("latin-1"))


def seeds_of_sandboxes():
    """Of a Flatpak, of snaps, of programs outside of any, and of such as want to be something else."""
    user = "user.slice/user-1000.slice/user@1000.service/app.slice"
    for number, text in enumerate((
            "[Application]\nname=org.example.Mail\nruntime=runtime/org.example.Platform\n[Instance]\n"
            "name=another\n", "[Instance]\nname=org.example.Mail\n[Application]\n",
            "[Application]\nname=.hidden\n", "[Application]\nname=a\nname=b\n",
            "[Application]\nname=" + "a" * 256, " [Application]\nname=a\n", "[Application]\nname=\n",
            f"0::/{user}/snap.firefox.firefox-1234.scope\n", f"0::/{user}/app-firefox-1234.scope\n",
            f"0::/{user}/snap.a.b-1.scope/snap.a.c-2.service\n", "0::/system.slice/snap.a.b.service\n",
            f"0::/{user}/snap.a.b-1.scope/snap.c.d-2.scope\n", f"0::/{user}/snap..b-1.scope\n",
            "1:name=systemd:/snap.a.b-1.scope\n0::/snap.a.b-1.scope\n", "0::/\n", "0::/snap.a.b\n",
            "12:cpu,cpuacct:/snap.a.b-1.scope\n0::/init.scope\n", "0::/snap.scope\n", "0:\n:\n",
            "0::/snap.second.app-1.scope\n", "0::/" + "x" * 300 + ".scope/y.service/z.slice\n")):
        write("sandbox", f"text-{number:02}", text.encode())


def seeds_of_urls():
    """Tunnel services, and what they may redirect to."""
    froms = (b"wss://cable.ua5v.com/cable/connect/00112233", b"wss://a.example:8443", b"ws://a.example/",
             b"wss://me@a.example/", b"wss://127.0.0.1/", b"wss://A.example/", b"wss://[::1]/")
    places = (b"wss://b.example/x?y", b"https://b.example:444/#z", b"/path", b"//b.example/", b"path",
              b"ws://b.example/", b"http://b.example/", b"wss://b.example:0/", b"wss://b.example:65536/",
              b"wss:///", b"", b"wss://b.example/ a", b"file:///etc/passwd", b"wss://b.example:443",
              b"/" + b"x" * 2000, b"wss://" + b"h" * 100 + b"/", b"wss://b.example?q", b"/\\b.example/")
    for number, place in enumerate(froms):
        write("url", f"from-{number:02}", place + b"\n/next")
    for number, place in enumerate(places):
        write("url", f"to-{number:02}", froms[0] + b"\n" + place)


if __name__ == "__main__":
    seeds_of_codes()
    seeds_of_adverts()
    seeds_of_messages()
    seeds_of_sessions()
    seeds_of_linked_sessions()
    seeds_of_linking()
    seeds_of_requests()
    seeds_of_replies()
    seeds_of_phone_sessions()
    seeds_of_tunnel_services()
    seeds_of_proxies()
    seeds_of_related_origins()
    seeds_of_radios()
    seeds_of_links()
    seeds_of_policies()
    seeds_of_bus_arguments()
    seeds_of_native_messages()
    seeds_of_settings()
    seeds_of_callers()
    seeds_of_sandboxes()
    seeds_of_urls()
