#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Commands, made of thousands of requests, against a second implementation: what WebAuthn and CTAP
say written down once more here, and the canonical CBOR of Debian's python3-cbor2."""

import base64
import hashlib
import json
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402

HELPER = sys.argv[1]
N_REQUESTS = 2000
VERSIONS = ["FIDO_2_0", "FIDO_2_1"]
POLICIES = {"userVerificationOptional": 1, "userVerificationOptionalWithCredentialIDList": 2,
            "userVerificationRequired": 3}
NAMES = ["Example", "\u00fc", "\u65e5\u672c", "\U0001f511 key", "a\"b\\c", "\u2028", "\x01\x1f\x7f",
         "x" * 300]


class Refused(Exception):
    """The model refuses; its text is the exception's name."""


def b64(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    """The bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def maybe(rng, target, name, values):
    """Sets a member to one of the values, or not."""
    if rng.random() < 0.6:
        target[name] = rng.choice(values)


# ---- random requests and phones -----------------------------------------------------------------

def random_phone(rng):
    """A getInfo response."""
    info = {1: VERSIONS}
    maybe(rng, info, 2, [["prf"], ["credProtect", "minPinLength", "prf"], ["credProtect"], []])
    maybe(rng, info, 4, [{"rk": True, "uv": True}, {"ep": True, "rk": True, "uv": True},
                         {"ep": False, "rk": True}, {"uv": False, "rk": False}])
    maybe(rng, info, 7, [1, 3, 8])
    maybe(rng, info, 8, [4, 64, 2000])
    maybe(rng, info, 0x16, [["packed"], []])
    return info


def random_list(rng):
    """Descriptors with ids of various lengths, and transports or none."""
    def one():
        descriptor = {"type": rng.choice(["public-key"] * 5 + ["x"]),
                      "id": b64(rng.randbytes(rng.choice([1, 4, 5, 32, 64, 65, 300, 1023, 1024])))}
        maybe(rng, descriptor, "transports", [[], ["usb"], ["hybrid", "usb"], ["internal"]])
        return descriptor
    return [one() for _ in range(rng.choice([0, 1, 2, 5, 9]))]


def random_values(rng):
    """PRF inputs."""
    values = {"first": b64(rng.randbytes(rng.randrange(70)))}
    maybe(rng, values, "second", [b64(rng.randbytes(9))])
    return values


def random_prf(rng, descriptors):
    """The extension, sometimes with keys that are none."""
    prf = {}
    maybe(rng, prf, "eval", [random_values(rng)])
    known = [entry["id"] for entry in descriptors if entry["type"] == "public-key"]
    if rng.random() < 0.4:
        keys = rng.sample(known, rng.randrange(len(known) + 1))
        if rng.random() < 0.2:
            keys.append(rng.choice(["", "AAAAAAAA", "!"]))
        prf["evalByCredential"] = {key: random_values(rng) for key in keys}
    return prf


def random_create(rng):
    """PublicKeyCredentialCreationOptionsJSON."""
    options = {"rp": {"id": "example.com", "name": rng.choice(NAMES)},
               "user": {"id": b64(rng.randbytes(rng.choice([1, 16, 64]))),
                        "name": rng.choice(NAMES), "displayName": rng.choice(NAMES)},
               "challenge": b64(rng.randbytes(rng.choice([1, 16, 32, 200]))),
               "pubKeyCredParams": rng.choice([
                   [], [{"type": "public-key", "alg": -7}],
                   [{"type": "public-key", "alg": alg} for alg in (-65535, -8, -7, 1 << 40)]])}
    selection, extensions = {}, {}
    maybe(rng, selection, "residentKey", ["discouraged", "preferred", "required", "x"])
    maybe(rng, selection, "requireResidentKey", [True, False])
    maybe(rng, selection, "userVerification", ["discouraged", "preferred", "required", "x"])
    maybe(rng, options, "authenticatorSelection", [selection])
    maybe(rng, options, "attestation", ["none", "indirect", "direct", "enterprise", "x"])
    maybe(rng, options, "attestationFormats", [[], ["packed"], ["tpm", "none", "packed"]])
    maybe(rng, options, "excludeCredentials", [random_list(rng)])
    maybe(rng, extensions, "credentialProtectionPolicy", [*POLICIES, "x"])
    maybe(rng, extensions, "enforceCredentialProtectionPolicy", [False, False, True])
    maybe(rng, extensions, "minPinLength", [True, False])
    maybe(rng, extensions, "prf", [{}, {"eval": random_values(rng)}])
    maybe(rng, options, "extensions", [extensions])
    return options


def random_get(rng):
    """PublicKeyCredentialRequestOptionsJSON."""
    options = {"challenge": b64(rng.randbytes(32))}
    maybe(rng, options, "rpId", ["example.com"])
    maybe(rng, options, "allowCredentials", [random_list(rng)])
    maybe(rng, options, "userVerification", ["discouraged", "preferred", "required", "x"])
    if rng.random() < 0.6:
        options["extensions"] = {"prf": random_prf(rng, options.get("allowCredentials", []))}
    return options


# ---- the model ----------------------------------------------------------------------------------

def client_data(kind, options):
    """The bytes of clientDataJSON, for an origin without anything to escape."""
    return (f'{{"type":"webauthn.{kind}","challenge":"{options["challenge"]}",'
            '"origin":"https://example.com","crossOrigin":false}')


def limited(descriptors, info):
    """The list for the phone."""
    longest = min(info.get(8, 1023), 1023)
    entries = [entry for entry in descriptors
               if entry["type"] == "public-key" and len(unb64(entry["id"])) <= longest]
    most = info.get(7, len(entries))
    if len(entries) > most:
        near = [entry for entry in entries
                if not entry.get("transports") or {"hybrid", "internal"} & set(entry["transports"])]
        entries = (near or entries)[:most]
    return [{"type": "public-key", "id": unb64(entry["id"])} for entry in entries]


def salts(values):
    """Inputs as they go to the phone."""
    return {name: hashlib.sha256(b"WebAuthn PRF\0" + unb64(text)).digest()
            for name, text in values.items()}


def prf_input(prf, descriptors):
    """The extension as it goes to the phone, or Refused."""
    known = {entry["id"] for entry in descriptors if entry["type"] == "public-key"}
    by_credential = prf.get("evalByCredential", {})
    if by_credential and not known:
        raise Refused("NotSupportedError")
    if not set(by_credential) <= known:
        raise Refused("SyntaxError")
    out = {}
    if "eval" in prf:
        out["eval"] = salts(prf["eval"])
    if by_credential:
        out["evalByCredential"] = {unb64(id_): salts(values)
                                   for id_, values in by_credential.items()}
    return out


def requirement(member, default):
    """An enumeration's value; unknown ones count as absent."""
    return member if member in ("discouraged", "preferred", "required") else default


def verification(info, wanted, prf):
    """The option uv, or Refused."""
    can = info.get(4, {}).get("uv") is True
    if wanted == "required" and not can:
        raise Refused("ConstraintError")
    return can and (prf or wanted != "discouraged")


def model_get(options, info):
    """The command as a map."""
    descriptors = options.get("allowCredentials", [])
    known = [entry for entry in descriptors if entry["type"] == "public-key"]
    if descriptors and not known:
        raise Refused("NotSupportedError")
    asked = options.get("extensions", {})
    sent = {}
    if "prf" in asked:
        sent["prf"] = prf_input(asked["prf"], descriptors)
    sent = {name: value for name, value in sent.items() if name in info.get(2, [])}
    verified = verification(info, requirement(options.get("userVerification"), "preferred"),
                            "prf" in sent)
    allowed = limited(descriptors, info)
    if known and not allowed:
        raise Refused("NotAllowedError")
    command = {1: "example.com",
               2: hashlib.sha256(client_data("get", options).encode()).digest()}
    if allowed:
        command[3] = allowed
    if sent:
        command[4] = sent
    if verified:
        command[5] = {"uv": True}
    return command


def create_extensions(asked, info):
    """What is sent, or Refused."""
    policy = POLICIES.get(asked.get("credentialProtectionPolicy"), 0)
    sent = {"credProtect": policy} if policy else {}
    if asked.get("minPinLength"):
        sent["minPinLength"] = True
    if "prf" in asked:
        sent["prf"] = prf_input(asked["prf"], [])
    if (asked.get("enforceCredentialProtectionPolicy") and policy > 1 and
            "credProtect" not in info.get(2, [])):
        raise Refused("ConstraintError")
    return {name: value for name, value in sent.items() if name in info.get(2, [])}


def model_create(options, info):
    """Likewise."""
    selection = options.get("authenticatorSelection", {})
    resident = requirement(selection.get("residentKey"), "required"
                           if selection.get("requireResidentKey") else "discouraged")
    can_rk = info.get(4, {}).get("rk") is True
    if resident == "required" and not can_rk:
        raise Refused("ConstraintError")
    sent = create_extensions(options.get("extensions", {}), info)
    verified = verification(info, requirement(selection.get("userVerification"), "preferred"),
                            "prf" in sent)
    user = options["user"]
    command = {1: hashlib.sha256(client_data("create", options).encode()).digest(),
               2: {"id": "example.com", "name": options["rp"]["name"]},
               3: dict(user, id=unb64(user["id"])),
               4: options["pubKeyCredParams"] or [{"type": "public-key", "alg": alg}
                                                  for alg in (-7, -257)]}
    excluded = limited(options.get("excludeCredentials", []), info)
    if excluded:
        command[5] = excluded
    if sent:
        command[6] = sent
    flags = {name: True for name, on in (
        ("rk", can_rk and resident != "discouraged"), ("uv", verified)) if on}
    if flags:
        command[7] = flags
    attestation = options.get("attestation", "none")
    if attestation == "enterprise" and info.get(4, {}).get("ep"):
        command[0x0a] = 2
    formats = options.get("attestationFormats", [])
    if attestation not in ("indirect", "direct", "enterprise"):
        formats = ["none"]
    if formats and 0x16 in info:
        command[0x0b] = formats
    return command


# ---- the comparison -----------------------------------------------------------------------------

def expected_answer(kind, options, info, dumps):
    """The helper's line, as the model has it."""
    try:
        command = (model_create if kind == "create" else model_get)(options, info)
    except Refused as refusal:
        return f"refused\t{refusal}"
    number = 1 if kind == "create" else 2
    return f"{number:02x}{dumps(command, canonical=True).hex()}\t{client_data(kind, options)}"


def compare(kind, make, seed):
    """N_REQUESTS of them, in one go."""
    try:
        from cbor2 import dumps  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise tap.Skip("needs Debian's python3-cbor2") from error
    rng = random.Random(seed)
    requests = [(make(rng), random_phone(rng)) for _ in range(N_REQUESTS)]
    lines = [f"{kind}\t{dumps(info, canonical=True).hex()}\t{json.dumps(options)}\n"
             for options, info in requests]
    answers = subprocess.run([HELPER], input="".join(lines), capture_output=True, text=True,
                             check=True).stdout.splitlines()
    assert len(answers) == N_REQUESTS
    n_refused = 0
    for (options, info), answer in zip(requests, answers):
        expected = expected_answer(kind, options, info, dumps)
        assert answer == expected, f"{options}\n{info}\n is {answer}\nnot {expected}"
        n_refused += answer.startswith("refused")
    print(f"# {kind}: {N_REQUESTS - n_refused} commands are the same, {n_refused} refusals too")
    assert 50 < n_refused < N_REQUESTS / 2, "not much of a test"


def test_registrations():
    compare("create", random_create, 1)


def test_sign_ins():
    compare("get", random_get, 2)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
