#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No secret of a run stands in what anybody writes down: hybridd and its ceremonies at the most
talkative level, the tunnel service, the phone, hybridctl's stderr. The phone's key log says what
the secrets were."""

import asyncio
import base64
import json
import os
import pathlib
import re
import subprocess
import sys

import cbor2

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, ORIGIN, PATH, REQUEST, Variant, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")

KEYS_OF_A_RUN = {"qr-secret": 16, "tunnel-id": 16, "eid-key": 64, "psk": 32, "key-to-phone": 32,
                 "key-to-desktop": 32, "handshake-hash": 32}
# So many bytes of a secret in a row count as having written it down (a multiple of three, since
# three bytes are four letters of base64); and so many digits of a code.
WINDOW, CODE_WINDOW = 6, 12


def b64(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    """The bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# ---- how a secret can look ----------------------------------------------------------------------

def forms_of_window(window):
    """A few bytes in all the ways in which a program might print them."""
    hexadecimal = window.hex()
    yield window
    yield hexadecimal.encode()
    for separator in (":", " ", ", 0x", "\\x"):
        yield separator.join(f"{byte:02x}" for byte in window).encode()
    yield ", ".join(str(byte) for byte in window).encode()
    # In base64 of something longer, one window in three stands like this.
    yield base64.b64encode(window)
    yield base64.urlsafe_b64encode(window)


def occurs(secret, text):
    """Whether any WINDOW bytes of a secret stand in a text, in any form; letters' case is ignored
    for hexadecimal digits. A secret that is text, such as a code's digits, counts as it is too."""
    lower = text.lower()
    size = CODE_WINDOW if secret.isdigit() else WINDOW
    for start in range(len(secret) - size + 1):
        for form in forms_of_window(secret[start:start + size]):
            if form in text or form.lower() in lower:
                return form
    return None


# ---- a run --------------------------------------------------------------------------------------

class Run:
    """Everybody, with everything they write kept."""

    def __init__(self):
        self.partners = Partners(BUILD, quiet=False)
        self.bus = Bus(BUILD, settings=self.partners.settings())
        self.bus.start()
        self.secrets = {}
        self.output = []

    def close(self):
        """Ends all; returns what they wrote."""
        self.bus.stop()
        self.output.append(self.bus.log().encode())
        self.bus.__exit__()
        self.output += [path.read_bytes() for path in self.partners.folder.glob("*.log")]
        self.partners.__exit__()
        self.output += [service.said.encode() for service in (self.partners.google,
                                                              self.partners.apple)]
        return b"\n".join(self.output)

    def keep(self, name, secret):
        """Remembers something that must not be found."""
        self.secrets[name] = secret

    def ceremony(self, number, operation, options, *phone_options):
        """One request, and what of it is secret; returns (code, results)."""
        key_log = self.partners.folder / f"keys-{number}"
        self.keep(f"{number}: challenge", unb64(options["challenge"]))
        for which, value in options["extensions"]["prf"]["eval"].items():
            self.keep(f"{number}: PRF input {which}", unb64(value))

        async def main():
            client = await connect(self.bus)
            call = client.create if operation == "create" else client.get
            path = await call(options)
            text = await client.qr_text(path)
            self.keep(f"{number}: code", text.removeprefix("FIDO:/").encode())
            phone = self.partners.phone(self.bus, text, "--json", "--key-log", str(key_log),
                                        *phone_options, quiet=False)
            code, results = await client.response(path, 40)
            end_phone(phone)
            client.close()
            return code, results

        code, results = asyncio.run(main())
        self.keep_key_log(number)
        return code, results

    def keep_key_log(self, number):
        """What a phone has written into its key log."""
        key_log = self.partners.folder / f"keys-{number}"
        for line in key_log.read_text(encoding="ascii").splitlines():
            name, digits = line.split()
            self.keep(f"{number}: {name}", bytes.fromhex(digits))

    def keep_link(self):
        """The credentials in the record of the only linked phone: its key and name are no secrets."""
        [path] = (self.bus.folder / "state" / "hybridd" / "phones").iterdir()
        digits = re.search(r"^link ([0-9A-F]+)$", path.read_text(encoding="ascii"), re.M).group(1)
        members = cbor2.loads(bytes.fromhex(digits))
        for key, name in ((2, "contact id"), (3, "link id"), (4, "link secret")):
            self.keep(name, members[key])

    async def link(self, client, number, *phone_options):
        """Registers with a code, and remembers the phone; returns (code, results, its path)."""
        path = await client.create(options_of("create"), remember=Variant("b", True))
        text = await client.qr_text(path)
        self.keep(f"{number}: code", text.removeprefix("FIDO:/").encode())
        phone = self.partners.phone(self.bus, text, "--json", "--link", "yes", "--key-log",
                                    str(self.partners.folder / f"keys-{number}"), *phone_options,
                                    quiet=False)
        await client.wait_for(lambda s: s.path == path and s.member == "PropertiesChanged" and
                              s.body[1].get("PhoneToRemember", Variant("s", "")).value, 40)
        await client.call(path, REQUEST, "RememberPhone", "b", [True])
        code, results = await client.response(path, 40)
        end_phone(phone)
        [found_path] = (await client.call(PATH, "org.freedesktop.DBus.ObjectManager",
                                          "GetManagedObjects"))[0]
        self.keep_key_log(number)
        return code, results, found_path

    async def sign_in(self, client, number, phone_path):
        """Signs in with the linked phone, without a code; returns (code, results)."""
        phone = await self.partners.waiting_phone(
            self.bus, "--key-log", str(self.partners.folder / f"keys-{number}"))
        options = options_of("get")
        self.keep(f"{number}: challenge", unb64(options["challenge"]))
        path = await client.get(options, phone=Variant("o", phone_path))
        code, results = await client.response(path, 40)
        end_phone(phone)
        self.keep_key_log(number)
        return code, results

    def keep_prf(self, number, response):
        """The PRF's outputs in an answer."""
        outputs = response["clientExtensionResults"]["prf"]["results"]
        for which, value in outputs.items():
            self.keep(f"{number}: PRF output {which}", unb64(value))


def options_of(operation):
    """A request with a fresh challenge and fresh PRF inputs."""
    options = {"challenge": b64(os.urandom(32)), "timeout": 60000,
               "extensions": {"prf": {"eval": {"first": b64(os.urandom(32))}}}}
    if operation == "create":
        return {**options, "rp": {"id": "example.com", "name": "Example"},
                "user": {"id": b64(os.urandom(16)), "name": "user", "displayName": "User"},
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}]}
    return {**options, "rpId": "example.com"}


def found(secrets, text):
    """The names of the secrets that stand in a text, and in which form."""
    hits = {name: occurs(secret, text) for name, secret in secrets.items()}
    return {name: form for name, form in hits.items() if form}


# ---- the tests ----------------------------------------------------------------------------------

def test_what_is_searched_for_would_be_found():
    secret = bytes(range(100, 132))
    for text in (b"x" + secret + b"x", secret.hex().encode(), secret.hex().upper().encode(),
                 b"key: " + secret[8:20].hex(":").encode(), base64.b64encode(b"a" + secret),
                 b64(b"ab" + secret).encode(), b64(secret).encode(),
                 ("{" + ", ".join(str(byte) for byte in secret) + "}").encode()):
        assert occurs(secret, b"log line\n" + text + b"\n"), text
    digits = b"019283746501928374650192837465019283746501928374650192837465019283746501928374650192"
    assert occurs(digits, b"FIDO:/" + digits)
    assert not occurs(secret, b"Session is connecting\nSending 81 bytes\n" * 50)


def test_ceremonies_that_succeed():
    run = Run()
    try:
        for number, operation in enumerate(("create", "get")):
            code, results = run.ceremony(number, operation, options_of(operation))
            assert code == 0, results
            name = "registration" if operation == "create" else "authentication"
            run.keep_prf(number, json.loads(results["public_key"][f"{name}_response_json"]))
    finally:
        text = run.close()
    for number in range(2):
        for name, size in KEYS_OF_A_RUN.items():
            assert len(run.secrets[f"{number}: {name}"]) == size, name
        assert f"{number}: PRF output first" in run.secrets
        assert len(run.secrets[f"{number}: code"]) > 150
    for saying in (b"Session is ", b"Received ", b"\"event\"", b"tunnel"):
        assert saying in text, f"nobody said {saying}: is the log on?"
    assert not found(run.secrets, text), found(run.secrets, text)


def test_linked_phones():
    """Nor do a link's credentials, when it is made, kept, used, spoilt and of no use any more."""
    run = Run()

    async def main():
        client = await connect(run.bus)
        code, results, phone = await run.link(client, 0)
        assert code == 0, results
        run.keep_link()
        code, results = await run.sign_in(client, 1, phone)
        assert code == 0 and results["authenticator"]["linked"], results
        run.keep_prf(1, json.loads(results["public_key"]["authentication_response_json"]))

        # A link that does not check out, and a file that is damaged, which are both told in the log.
        spoilt = await client.create(options_of("create"), remember=Variant("b", True))
        process = run.partners.phone(run.bus, await client.qr_text(spoilt), "--link", "yes",
                                     "--json", "--fault", "link-mac", quiet=False)
        code, results = await client.response(spoilt, 40)
        assert code == 0 and end_phone(process) == 0, results
        [path] = (run.bus.folder / "state" / "hybridd" / "phones").iterdir()
        path.write_bytes(path.read_bytes().replace(b"renamed no", b"renamed ??"))
        assert (await client.call(PATH, "org.freedesktop.DBus.ObjectManager",
                                  "GetManagedObjects"))[0] == {}
        client.close()
    try:
        asyncio.run(main())
    finally:
        text = run.close()
    for name, size in (("contact id", 6), ("link id", 8), ("link secret", 32),
                       ("1: psk", 32), ("1: handshake-hash", 32), ("1: PRF output first", 32)):
        assert len(run.secrets[name]) >= size, name
    for saying in (b"A phone is linked", b"linking information that is wrong", b"is damaged"):
        assert saying in text, f"nobody said {saying}"
    assert not found(run.secrets, text), found(run.secrets, text)


def test_ceremonies_that_fail():
    faults = ("wrong-psk", "wrong-mac", "bad-point", "post-handshake-garbage", "record-tag",
              "unknown-type", "reply-trailing", "reply-other-rp", "two-adverts",
              "post-handshake-trailing", "close-before-reply")
    run = Run()
    try:
        for number, fault in enumerate(faults):
            code, results = run.ceremony(number, "create", options_of("create"), "--fault", fault)
            assert code == 2, (fault, results)
    finally:
        text = run.close()
    assert len([name for name in run.secrets if name.endswith(": psk")]) == len(faults)
    assert not found(run.secrets, text), found(run.secrets, text)


def test_requests_that_are_refused():
    """What a caller gets wrong is not copied into the log, and neither is what it got right."""
    challenge = os.urandom(32)
    good = options_of("create") | {"challenge": b64(challenge)}
    bad = [json.dumps(good)[:-1], json.dumps(good | {"rp": {"id": "other.example", "name": "O"}}),
           json.dumps(good | {"user": 5}), json.dumps(good | {"challenge": b64(challenge) + "!"}),
           json.dumps(good) + b64(challenge), json.dumps(good | {"pubKeyCredParams": "x"})]
    run = Run()
    run.keep("challenge", challenge)

    async def main():
        client = await connect(run.bus)
        for options in bad:
            code, results = await client.response(await client.create(options))
            assert code == 2, (options, results)
            assert not occurs(challenge, json.dumps(results).encode()), results
        client.close()
    try:
        asyncio.run(main())
    finally:
        text = run.close()
    assert not found(run.secrets, text), found(run.secrets, text)


def test_the_terminal_program_tells_only_its_reader():
    """hybridctl prints the answer and, on a terminal, the code; its stderr holds neither."""
    run = Run()
    picture = run.partners.folder / "code.png"
    key_log = run.partners.folder / "keys"
    try:
        with subprocess.Popen(
                [str(BUILD / "tools/hybridctl/hybridctl"), "create", "--origin", ORIGIN, "--rp",
                 "example.com", "--user", "user", "--json", "--qr-png", str(picture)],
                env=dict(run.bus.environment(), XDG_STATE_HOME=str(run.partners.folder / "state")),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if json.loads(line)["event"] == "qr-changed":
                    break
            phone = run.partners.phone(run.bus, "", "--qr-png", str(picture), "--key-log",
                                       str(key_log), quiet=False)
            last = [json.loads(line) for line in process.stdout][-1]
            assert last["event"] == "done", last
            end_phone(phone)
            run.output.append(process.stderr.read().encode())
        for line in key_log.read_text(encoding="ascii").splitlines():
            name, digits = line.split()
            run.keep(name, bytes.fromhex(digits))
    finally:
        text = run.close()
    assert set(run.secrets) == set(KEYS_OF_A_RUN)
    assert not found(run.secrets, text), found(run.secrets, text)


def test_the_key_log_is_its_owners():
    run = Run()
    try:
        link = run.partners.folder / "link"
        link.symlink_to(run.partners.folder / "elsewhere")
        code, results = run.ceremony(0, "create", options_of("create"))
        assert code == 0, results
        assert (run.partners.folder / "keys-0").stat().st_mode & 0o777 == 0o600
        phone = run.partners.phone(run.bus, "FIDO:/1", "--key-log", str(link))
        assert end_phone(phone) == 1
        said = phone.log.read_text(encoding="utf-8")
        assert "--key-log" in said and "no link" in said, said
        assert not (run.partners.folder / "elsewhere").exists()
    finally:
        run.close()


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
