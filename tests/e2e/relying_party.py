# SPDX-License-Identifier: MIT
"""Relying parties made of libraries that have nothing to do with hybridd, in two languages."""

import base64
import importlib.util
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import npm  # noqa: E402

RP_ID = "example.com"


def b64(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    """The bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class RelyingParty:
    """rp.mjs."""

    def __init__(self, build):
        here = ROOT / "tests" / "e2e"
        folder = npm.install(here, pathlib.Path(build) / "tests" / "e2e" / "rp", here / "rp.mjs")
        self.process = subprocess.Popen([*npm.NODE, "rp.mjs"], cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, what, **members):
        """One action of rp.mjs; raises AssertionError with its words if it fails."""
        self.process.stdin.write(json.dumps({"do": what, **members}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def close(self):
        """Ends it."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class SimpleWebAuthn:
    """@simplewebauthn/server, behind rp.mjs."""

    name = "simplewebauthn"

    def __init__(self, process):
        self.process = process

    def registration_options(self, resident_key, verification, attestation, exclude):
        """PublicKeyCredentialCreationOptionsJSON."""
        selection = {"userVerification": verification}
        if resident_key:
            selection["residentKey"] = resident_key
        options = self.process.ask("registration-options", options={
            "authenticatorSelection": selection, "attestationType": attestation,
            "excludeCredentials": [{"id": id_, "transports": ["hybrid", "internal"]}
                                   for id_ in exclude]})
        options.pop("extensions", None)  # the library asks for credProps of its own accord
        return options

    def authentication_options(self, verification, allow):
        """PublicKeyCredentialRequestOptionsJSON."""
        return self.process.ask("authentication-options", options={
            "userVerification": verification, "allowCredentials": [{"id": id_} for id_ in allow]})

    def verify_registration(self, options, response):
        """The library's verdict; raises if it does not accept."""
        required = options["authenticatorSelection"]["userVerification"] == "required"
        verdict = self.process.ask(
            "verify-registration", response=response, origin="https://login.example.com",
            challenge=options["challenge"], requireUserVerification=required)
        assert verdict["verified"] and verdict["id"] == response["id"], verdict
        return verdict

    def verify_authentication(self, options, response):
        """Likewise."""
        verdict = self.process.ask(
            "verify-authentication", response=response, origin="https://login.example.com",
            challenge=options["challenge"],
            requireUserVerification=options["userVerification"] == "required")
        assert verdict["verified"], verdict
        return verdict


def to_json(value):
    """What python-fido2 makes, in the JSON form: it speaks of bytes."""
    if isinstance(value, bytes):
        return b64(value)
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return getattr(value, "value", value)  # enumerations


class Fido2Library:
    """Yubico's python-fido2, as Debian packages it. It is older than Level 3: of residentKey it knows
    only whether it is required, of attestation not "enterprise"; these are written into its options,
    and of a relying party that has said so it verifies the attestation as for "direct"."""

    name = "python-fido2"

    def __init__(self, origin):
        self.origin = origin
        self.states = {}
        self.credentials = {}

    @staticmethod
    def is_there():
        """Whether it is installed."""
        try:
            return importlib.util.find_spec("fido2.server") is not None
        except ModuleNotFoundError:
            return False

    def _server(self, attestation):
        from fido2.attestation import Attestation  # pylint: disable=import-outside-toplevel
        from fido2.server import Fido2Server  # pylint: disable=import-outside-toplevel

        def verify(attestation_object, client_data_hash):
            Attestation.for_type(attestation_object.fmt)().verify(
                attestation_object.att_statement, attestation_object.auth_data, client_data_hash)
        return Fido2Server({"id": RP_ID, "name": "Example"}, attestation=attestation,
                           verify_origin=lambda origin: origin == self.origin,
                           verify_attestation=verify)

    def registration_options(self, resident_key, verification, attestation, exclude):
        """PublicKeyCredentialCreationOptionsJSON."""
        server = self._server("direct" if attestation == "enterprise" else attestation)
        user = {"id": b"\x01\x02\x03", "name": "user", "displayName": "User"}
        exclude = [{"type": "public-key", "id": unb64(id_)} for id_ in exclude]
        made, state = server.register_begin(user, exclude, resident_key == "required" or None,
                                            verification)
        options = to_json(made["publicKey"])
        options["attestation"] = attestation
        if resident_key:
            options["authenticatorSelection"]["residentKey"] = resident_key
        self.states[options["challenge"]] = (server, state)
        return options

    def authentication_options(self, verification, allow):
        """PublicKeyCredentialRequestOptionsJSON."""
        server = self._server("none")
        allow = [{"type": "public-key", "id": unb64(id_)} for id_ in allow]
        made, state = server.authenticate_begin(allow, verification)
        options = to_json(made["publicKey"])
        self.states[options["challenge"]] = (server, state)
        return options

    def verify_registration(self, options, response):
        """The library's verdict; raises if it does not accept."""
        from fido2.client import ClientData  # pylint: disable=import-outside-toplevel
        from fido2.ctap2 import AttestationObject  # pylint: disable=import-outside-toplevel

        server, state = self.states.pop(options["challenge"])
        client_data = ClientData(unb64(response["response"]["clientDataJSON"]))
        attestation = AttestationObject(unb64(response["response"]["attestationObject"]))
        auth_data = server.register_complete(state, client_data, attestation)
        assert b64(auth_data.credential_data.credential_id) == response["id"]
        assert bytes(auth_data) == unb64(response["response"]["authenticatorData"])
        self.credentials[response["id"]] = auth_data.credential_data
        return {"fmt": attestation.fmt, "userVerified": auth_data.is_user_verified()}

    def verify_authentication(self, options, response):
        """Likewise."""
        from fido2.client import ClientData  # pylint: disable=import-outside-toplevel
        from fido2.ctap2 import AuthenticatorData  # pylint: disable=import-outside-toplevel

        server, state = self.states.pop(options["challenge"])
        inner = response["response"]
        server.authenticate_complete(
            state, list(self.credentials.values()), unb64(response["id"]),
            ClientData(unb64(inner["clientDataJSON"])),
            AuthenticatorData(unb64(inner["authenticatorData"])), unb64(inner["signature"]))
