#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whole ceremonies: options made and answers verified by a relying-party library that has nothing to
do with hybridd, answered by virtual phones over a real tunnel service and the loopback radio."""

import asyncio
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, ORIGIN, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402
from relying_party import RelyingParty, b64, unb64  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")


class Lab:
    """All parties: relying party, hybridd on its bus, tunnel, and what phones keep."""

    def __init__(self):
        self.rp = RelyingParty(BUILD)
        self.partners = Partners(BUILD)
        self.bus = Bus(BUILD, settings=self.partners.settings())
        self.bus.start()

    def close(self):
        """Ends all of them."""
        status = self.bus.stop()
        log = self.bus.log()
        self.bus.__exit__()
        self.partners.__exit__()
        self.rp.close()
        assert status == 0 and "ERROR: " not in log, log

    async def ceremony(self, operation, options, *phone_options, store="store"):
        """One request and a phone that scans its code: (code, results, phone's exit status)."""
        client = await connect(self.bus)
        call = client.create if operation == "create" else client.get
        path = await call(options)
        phone = self.partners.phone(self.bus, await client.qr_text(path), *phone_options,
                                    store=store)
        code, results = await client.response(path, 40)
        status = end_phone(phone)
        client.close()
        return code, results, status

    def create(self, options=None, phone=(), store="store", verify=True):
        """Registers, and has the relying party verify it: (options, response, verdict)."""
        options = self.rp.ask("registration-options", options=options or {})
        code, results, status = asyncio.run(
            self.ceremony("create", options, *phone, store=store))
        assert code == 0 and status == 0, (results, status)
        response = json.loads(results["public_key"]["registration_response_json"])
        verdict = None
        if verify:
            verdict = self.rp.ask("verify-registration", response=response, origin=ORIGIN,
                                  challenge=options["challenge"], requireUserVerification=True)
            assert verdict["verified"], verdict
            assert verdict["id"] == response["id"]
        return results, response, verdict

    def get(self, options=None, phone=(), store="store"):
        """Signs in, and has the relying party verify it."""
        options = self.rp.ask("authentication-options", options=options or {})
        code, results, status = asyncio.run(self.ceremony("get", options, *phone, store=store))
        assert code == 0 and status == 0, (results, status)
        response = json.loads(results["public_key"]["authentication_response_json"])
        verdict = self.rp.ask("verify-authentication", response=response, origin=ORIGIN,
                              challenge=options["challenge"], requireUserVerification=True)
        assert verdict["verified"], verdict
        return results, response, verdict

    def fails(self, operation, options, cause, error, *phone, store="store"):
        """A ceremony that ends with a cause; returns what people are told."""
        kind = "registration" if operation == "create" else "authentication"
        options = self.rp.ask(f"{kind}-options", options=options)
        code, results, _ = asyncio.run(self.ceremony(operation, options, *phone, store=store))
        assert (code, results["cause"], results["error"]) == (2, cause, error), results
        return results["message"]


# ---- what goes well -----------------------------------------------------------------------------

def test_register_and_sign_in(lab):
    results, response, verdict = lab.create(store="basic")
    assert results["type"] == "public-key"
    assert results["authenticator"] == {
        "name": "hybrid-phone (virtual phone)", "aaguid": verdict["aaguid"], "linked": False,
        "channel": "tunnel", "tunnel_domain": "cable.ua5v.com"}, results["authenticator"]
    assert verdict["fmt"] == "none" and verdict["userVerified"]
    assert response["authenticatorAttachment"] == "cross-platform"
    assert verdict["transports"] == ["hybrid", "internal"]
    assert response["response"]["publicKeyAlgorithm"] == -7

    _, response, verdict = lab.get(store="basic")
    assert verdict["userVerified"]
    assert "userHandle" in response["response"]
    assert response["clientExtensionResults"] == {}


def test_sign_in_with_a_list(lab):
    _, response, _ = lab.create(store="list")
    wanted = {"id": response["id"], "transports": ["hybrid", "usb"]}
    others = [{"id": b64(bytes([n]) * 32)} for n in range(5)]
    _, answered, _ = lab.get({"allowCredentials": [*others, wanted]}, store="list")
    assert answered["id"] == response["id"]


def test_each_kind_of_phone(lab):
    names = {"plain": "hybrid-phone (virtual phone)", "android": "Google Password Manager",
             "iphone": "Apple Passwords"}
    hosts = {"plain": "cable.ua5v.com", "android": "cable.ua5v.com", "iphone": "cable.auth.com"}
    for profile, name in names.items():
        phone = ("--profile", profile)
        results, _, _ = lab.create(phone=phone, store=f"kind-{profile}")
        assert results["authenticator"]["name"] == name, results["authenticator"]
        assert results["authenticator"]["tunnel_domain"] == hosts[profile]
        lab.get(phone=phone, store=f"kind-{profile}")


def test_old_advert_uuid_and_own_tunnel_service(lab):
    lab.create(phone=("--uuid", "fde2"), store="uuid")
    lab.get(phone=("--uuid", "fde2"), store="uuid")


def test_attestation_none_and_direct(lab):
    for preference, phone, expected in (("none", "none", "none"), ("none", "self", "none"),
                                        ("direct", "none", "none"), ("direct", "self", "packed")):
        _, _, verdict = lab.create({"attestationType": preference},
                                   phone=("--attestation", phone),
                                   store=f"attestation-{preference}-{phone}")
        assert verdict["fmt"] == expected, (preference, phone, verdict)


def test_prf(lab):
    first, second = b64(b"first input"), b64(b"second input")
    results, response, _ = lab.create(
        {"extensions": {"prf": {"eval": {"first": first}}, "credProps": True}}, store="prf")
    outputs = response["clientExtensionResults"]
    assert outputs["prf"]["enabled"] is True and outputs["credProps"] == {"rk": True}, outputs
    at_creation = outputs["prf"]["results"]["first"]

    ask = {"extensions": {"prf": {"eval": {"first": first, "second": second}}}}
    once = lab.get(ask, store="prf")[1]["clientExtensionResults"]["prf"]["results"]
    again = lab.get(ask, store="prf")[1]["clientExtensionResults"]["prf"]["results"]
    assert once == again and once["first"] == at_creation
    assert once["first"] != once["second"]
    assert len(unb64(once["first"])) == len(unb64(once["second"])) == 32

    by_credential = {"extensions": {"prf": {
        "eval": {"first": second}, "evalByCredential": {response["id"]: {"first": first}}}},
        "allowCredentials": [{"id": response["id"]}]}
    chosen = lab.get(by_credential, store="prf")[1]["clientExtensionResults"]["prf"]["results"]
    assert chosen == {"first": once["first"]}, "the credential's own input counts"
    assert results["authenticator"]["linked"] is False


def test_user_verification_and_resident_key_requirements(lab):
    for verification in ("required", "preferred", "discouraged"):
        for resident_key in ("required", "preferred", "discouraged"):
            lab.create({"authenticatorSelection": {"userVerification": verification,
                                                   "residentKey": resident_key}},
                       store=f"uv-{verification}-{resident_key}")


def test_frame_of_another_origin(lab):
    async def main():
        client = await connect(lab.bus)
        path = await client.get(top_origin="https://top.example.net")
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), store="basic")
        code, results = await client.response(path)
        end_phone(phone)
        client.close()
        assert code == 0, results
        response = json.loads(results["public_key"]["authentication_response_json"])
        client_data = unb64(response["response"]["clientDataJSON"]).decode()
        assert client_data.endswith(
            f'"origin":"{ORIGIN}","crossOrigin":true,"topOrigin":"https://top.example.net"}}')
    asyncio.run(main())


def test_several_ceremonies_at_once(lab):
    async def one(number):
        options = {"rp": {"id": "example.com", "name": "E"}, "challenge": b64(os.urandom(16)),
                   "user": {"id": b64(bytes([number])), "name": "u", "displayName": "U"},
                   "pubKeyCredParams": [{"type": "public-key", "alg": -7}]}
        code, results, status = await lab.ceremony("create", options, store=f"many-{number}")
        assert code == 0 and status == 0, (results, status)
        response = json.loads(results["public_key"]["registration_response_json"])
        client_data = json.loads(unb64(response["response"]["clientDataJSON"]))
        assert client_data["challenge"] == options["challenge"], "answers went to the wrong caller"

    async def main():
        await asyncio.gather(*(one(number) for number in range(8)))
    asyncio.run(main())


def test_code_as_a_picture(lab):
    """The terminal program draws the code, zbar reads it from the picture, a phone scans that."""
    if shutil.which("zbarimg") is None:
        raise tap.Skip("needs zbarimg (package zbar-tools)")
    picture = lab.partners.folder / "code.png"
    process = subprocess.Popen(
        [str(BUILD / "tools/hybridctl/hybridctl"), "create", "--origin", ORIGIN, "--rp",
         "example.com", "--user", "user", "--json", "--qr-png", str(picture)],
        env=dict(lab.bus.environment(), XDG_STATE_HOME=str(lab.partners.folder / "state")),
        stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line)["event"] == "qr-changed":
            break
    text = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True,
                          text=True, check=True).stdout.strip()
    assert text.startswith("FIDO:/"), "zbar reads something else"
    phone = lab.partners.phone(lab.bus, text, store="picture")
    events = [json.loads(line) for line in process.stdout]
    assert process.wait(20) == 0, events
    process.stdout.close()
    assert end_phone(phone) == 0
    assert events[-1]["event"] == "done" and not picture.exists()


# ---- what does not ------------------------------------------------------------------------------

def test_already_registered(lab):
    _, response, _ = lab.create(store="exclude")
    for profile in ("plain", "android", "iphone"):
        message = lab.fails("create", {"excludeCredentials": [{"id": response["id"]}]},
                            "already-registered", "InvalidStateError", "--profile", profile,
                            store="exclude")
        assert "already" in message and "example.com" in message
    # A credential of somebody else is no reason.
    lab.create({"excludeCredentials": [{"id": b64(bytes(32))}]}, store="exclude-other")


def test_no_passkey(lab):
    for profile in ("plain", "android", "iphone"):
        message = lab.fails("get", {}, "no-passkey", "NotAllowedError", "--profile", profile,
                            store="empty")
        assert "no passkey for example.com" in message, message
    lab.create(store="other-list")
    lab.fails("get", {"allowCredentials": [{"id": b64(bytes(32))}]}, "no-passkey",
              "NotAllowedError", store="other-list")


def test_declined_on_the_phone(lab):
    lab.create(store="decline")
    for profile in ("plain", "android", "iphone"):
        for operation in ("create", "get"):
            message = lab.fails(operation, {}, "declined", "NotAllowedError", "--profile", profile,
                                "--approve", "no", store="decline")
            assert "on the phone" in message


def test_no_algorithm_in_common(lab):
    async def main():
        client = await connect(lab.bus)
        options = lab.rp.ask("registration-options", options={"supportedAlgorithmIDs": [-257]})
        code, results = await client.response(await client.create(options))
        assert (code, results["cause"], results["error"]) == (
            2, "unsupported", "NotSupportedError"), results
        client.close()
    asyncio.run(main())


def test_two_phones_on_one_code(lab):
    """An Android phone and an iPhone scan the same code, and both are let in by their services."""
    async def main():
        client = await connect(lab.bus)
        path = await client.create()
        code = await client.qr_text(path)
        phones = [lab.partners.phone(lab.bus, code, "--profile", profile, "--approve", "delay:3",
                                     store=f"two-{profile}") for profile in ("android", "iphone")]
        code, results = await client.response(path)
        statuses = [end_phone(phone) for phone in phones]
        client.close()
        return code, results, statuses
    code, results, statuses = asyncio.run(main())
    assert (code, results["cause"], results["error"]) == (2, "two-phones", "NotAllowedError"), (
        results)
    assert statuses == [1, 1], "a phone believes that it registered"
    assert "Two different phones" in results["message"] and "see your screen" in results["message"]


def test_second_advert_on_one_service(lab):
    lab.fails("create", {}, "two-phones", "NotAllowedError", "--fault", "two-adverts",
              "--approve", "delay:3", store="two-adverts")


def test_cancel_reaches_the_phone(lab):
    async def main():
        client = await connect(lab.bus)
        path = await client.create()
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--approve", "delay:30",
                                   store="cancel")
        await client.state(path, "continue-on-phone")
        await client.cancel(path)
        code, results = await client.response(path, 5)
        assert (code, results["cause"]) == (1, "cancelled"), results
        assert phone.wait(5) == 1, "the phone goes on"
        client.close()
    asyncio.run(main())


def test_caller_that_vanishes_frees_the_phone(lab):
    async def main():
        client = await connect(lab.bus)
        path = await client.create()
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--approve", "delay:30",
                                   store="vanish")
        await client.state(path, "continue-on-phone")
        client.close()
        assert phone.wait(5) == 1, "the phone goes on"
    asyncio.run(main())


def test_phone_without_an_advert_gets_no_command(lab):
    """The proof of proximity: a phone that scanned the code but is not heard is never talked to."""
    async def main():
        client = await connect(lab.bus)
        path = await client.create()
        phone = lab.partners.phone(lab.bus, await client.qr_text(path), "--fault", "no-advert",
                                   "--json", "--timeout", "5", store="far", quiet=False)
        await asyncio.sleep(3)
        assert (await client.get_property(path, "org.hybridd.Hybrid1.Request",
                                          "State")) == "waiting-for-scan"
        await client.cancel(path)
        await client.response(path)
        assert end_phone(phone) == 1
        assert "\"command\"" not in phone.log.read_text(encoding="utf-8")
        client.close()
    asyncio.run(main())


if __name__ == "__main__":
    LAB = Lab()
    try:
        STATUS = tap.run(tap.collect(dict(globals())), lambda: LAB)
    finally:
        LAB.close()
    sys.exit(STATUS)
