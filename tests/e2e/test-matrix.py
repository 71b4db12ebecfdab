#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every combination of what two relying-party libraries, in two languages, ask for in registrations
and sign-ins: each is either accepted in the end by the library that asked, or refused on the way with
the error that WebAuthn names. Through hybridd, a tunnel service and virtual phones.

The table in the output says how many of each kind came out how."""

import asyncio
import collections
import itertools
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus, BusFailure, ORIGIN, connect  # noqa: E402
from partners import Partners, end_phone  # noqa: E402
from relying_party import Fido2Library, RelyingParty, SimpleWebAuthn, b64, unb64  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")

RESIDENT_KEY = (None, "discouraged", "preferred", "required")
VERIFICATION = ("discouraged", "preferred", "required")
ATTESTATION = ("none", "indirect", "direct", "enterprise")
LIST_SIZE = (0, 1, 64)
PRF = (False, True)
FIRST = b64(b"an input")

N_AT_ONCE = 4  # hybridd serves so many requests of one caller


class Lab:
    """All parties. What came out is counted for the table."""

    def __init__(self):
        self.process = RelyingParty(BUILD)
        self.libraries = {"simplewebauthn": SimpleWebAuthn(self.process)}
        if Fido2Library.is_there():
            self.libraries["python-fido2"] = Fido2Library(ORIGIN)
        self.partners = Partners(BUILD)
        self.bus = Bus(BUILD, settings=self.partners.settings())
        self.bus.start()
        self.n_stores = 0

    def library(self, name):
        """The library, or the test is skipped."""
        if name not in self.libraries:
            raise tap.Skip("needs Debian's python3-fido2")
        return self.libraries[name]

    def close(self):
        """Ends all of them."""
        status = self.bus.stop()
        log = self.bus.log()
        self.bus.__exit__()
        self.partners.__exit__()
        self.process.close()
        assert status == 0 and "ERROR: " not in log, log

    def new_store(self):
        """A phone that nobody has registered with."""
        self.n_stores += 1
        return f"store-{self.n_stores}"

    async def ceremony(self, operation, options, profile, store):
        """One request, answered by a phone: the response, or the name of the error."""
        client = await connect(self.bus)
        try:
            path = await (client.create if operation == "create" else client.get)(options)
            try:
                code_text = await client.qr_text(path)
            except BusFailure:
                code, results = await client.response(path, 40)  # it was refused before
                assert code == 2, results
                return None, results
            phone = self.partners.phone(self.bus, code_text, "--profile", profile,
                                        "--attestation", "self", store=store)
            code, results = await client.response(path, 40)
            await asyncio.to_thread(end_phone, phone)
            if code != 0:
                return None, results
            kind = "registration" if operation == "create" else "authentication"
            return json.loads(results["public_key"][f"{kind}_response_json"]), results
        finally:
            client.close()


def strangers(number):
    """Ids of credentials that no phone here has."""
    return [b64(os.urandom(32)) for _ in range(number)]


class Table:
    """How many of which kind came out how; printed as comments of the test protocol."""

    def __init__(self, title, *columns):
        self.title, self.columns = title, columns
        self.rows = collections.defaultdict(collections.Counter)

    def add(self, outcome, *values):
        """One more."""
        self.rows[tuple(str(value) for value in values)][outcome] += 1

    def print(self):
        """The table, one row for each combination of the columns."""
        total = sum(sum(row.values()) for row in self.rows.values())
        print(f"# {self.title}: {total} ceremonies")
        print("# " + "".join(f"{name:16}" for name in self.columns) + "outcome")
        for values, outcomes in sorted(self.rows.items()):
            told = ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items()))
            print("# " + "".join(f"{value:16}" for value in values) + told)
        sys.stdout.flush()


async def run_all(jobs):
    """Runs coroutine functions, a few at a time; all are awaited even if one fails."""
    places = asyncio.Semaphore(N_AT_ONCE)

    async def run(job):
        async with places:
            await job()
    results = await asyncio.gather(*(run(job) for job in jobs), return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        print(f"# {len(failures)} of {len(results)} failed; the first:")
        raise failures[0]


# ---- registrations ------------------------------------------------------------------------------

def expected_error(profile, resident_key, verification):
    """What WebAuthn says of an authenticator that cannot do what is required, or None."""
    if profile == "bare" and "required" in (resident_key, verification):
        return "ConstraintError"
    return None


def check_registration(options, response, verdict, profile):
    """What a relying party's library does not look at, or not in this way."""
    selection = options.get("authenticatorSelection", {})
    outputs = response["clientExtensionResults"]
    # An attestation goes through if it was asked for. Without, it is taken away, unless it is of no
    # device in particular: self attestation, and no AAGUID, which is what this phone has.
    packed = options.get("attestation", "none") != "none" or profile == "bare"
    assert verdict["fmt"] == ("packed" if packed else "none"), (verdict, options["attestation"])
    assert response["authenticatorAttachment"] == "cross-platform"
    if "prf" in options.get("extensions", {}):
        assert outputs["prf"]["enabled"] is (profile != "bare"), outputs
        if profile != "bare":
            assert len(unb64(outputs["prf"]["results"]["first"])) == 32
    else:
        assert "prf" not in outputs
    if selection.get("userVerification") == "required":
        assert verdict["userVerified"]


async def register(lab, library, profile, combination, table):
    """One cell of the matrix."""
    resident_key, verification, attestation, size, prf = combination
    options = library.registration_options(resident_key, verification, attestation,
                                           strangers(size))
    if prf:
        options.setdefault("extensions", {})["prf"] = {"eval": {"first": FIRST}}
    response, results = await lab.ceremony("create", options, profile, lab.new_store())
    wanted = expected_error(profile, resident_key, verification)
    values = (library.name, profile, resident_key or "absent", verification)
    if wanted:
        assert response is None and results["error"] == wanted, (combination, results)
        table.add(wanted, *values)
        return
    assert response is not None, (combination, profile, results)
    verdict = library.verify_registration(options, response)
    check_registration(options, response, verdict, profile)
    table.add("accepted", *values)


def registrations(lab, name, profiles):
    """Every combination once, the phones taking turns."""
    library = lab.library(name)
    table = Table(f"registrations, {name}", "library", "phone", "residentKey", "verification")
    combinations = list(itertools.product(RESIDENT_KEY, VERIFICATION, ATTESTATION, LIST_SIZE, PRF))
    assert len(combinations) == 288
    jobs = [lambda c=combination, p=profiles[number % len(profiles)]:
            register(lab, library, p, c, table)
            for number, combination in enumerate(combinations)]
    asyncio.run(run_all(jobs))
    table.print()


def test_registrations_of_simplewebauthn_with_a_phone_that_has_limits(lab):
    registrations(lab, "simplewebauthn", ["full"])


def test_registrations_of_simplewebauthn_with_a_phone_that_has_nothing(lab):
    registrations(lab, "simplewebauthn", ["bare"])


def test_registrations_of_fido2_with_phones_of_the_field(lab):
    # Five of them against 288 combinations: each of the field's meets every value of each option.
    registrations(lab, "python-fido2", ["android", "iphone", "plain", "iphone", "android"])


def test_registrations_of_fido2_with_a_phone_that_has_nothing(lab):
    registrations(lab, "python-fido2", ["bare"])


def test_what_is_excluded(lab):
    """A credential that is there, alone or among others, within what the phone takes."""
    table = Table("registrations, excluded", "library", "phone", "size")

    async def one(library, profile, size):
        store = lab.new_store()
        options = library.registration_options("required", "required", "none", [])
        response, results = await lab.ceremony("create", options, profile, store)
        assert response, results
        library.verify_registration(options, response)
        ids = strangers(size - 1)
        ids.insert(min(5, len(ids)), response["id"])
        options = library.registration_options("required", "required", "none", ids)
        response, results = await lab.ceremony("create", options, profile, store)
        assert response is None, "registered twice"
        assert (results["cause"], results["error"]) == (
            "already-registered", "InvalidStateError"), results
        table.add(results["error"], library.name, profile, size)

    asyncio.run(run_all([
        lambda l=library, p=profile, s=size: one(l, p, s)
        for library in lab.libraries.values()
        for profile in ("android", "iphone", "plain", "full") for size in (1, 64)]))
    table.print()


# ---- sign-ins -----------------------------------------------------------------------------------

async def sign_in(lab, library, profile, store, known, combination, table):
    """One cell: the list is empty, or has the credential, or is of strangers only."""
    verification, size, prf, there = combination
    ids = strangers(size)
    if size > 0 and there:
        ids[min(3, size - 1)] = known
    options = library.authentication_options(verification, ids)
    if prf:
        options.setdefault("extensions", {})["prf"] = {"eval": {"first": FIRST}}
    response, results = await lab.ceremony("get", options, profile, store)
    values = (library.name, profile, verification, size, "yes" if there else "no")
    wanted = None if there else "NotAllowedError"
    if profile == "bare" and verification == "required":
        wanted = "ConstraintError"
    if wanted:
        assert response is None and results["error"] == wanted, (combination, results)
        assert wanted != "NotAllowedError" or results["cause"] == "no-passkey", results
        table.add(wanted, *values)
        return
    assert response is not None, (combination, profile, results)
    assert response["id"] == known
    library.verify_authentication(options, response)
    outputs = response["clientExtensionResults"].get("prf")
    if prf and profile != "bare":
        assert len(unb64(outputs["results"]["first"])) == 32
    else:
        assert outputs == ({} if prf else None), outputs
    table.add("accepted", *values)


def sign_ins(lab, name):
    """Every combination with every phone."""
    library = lab.library(name)
    table = Table(f"sign-ins, {name}", "library", "phone", "verification", "list", "there")

    async def of_phone(profile):
        store = lab.new_store()
        options = library.registration_options(None, "preferred", "none", [])
        response, results = await lab.ceremony("create", options, profile, store)
        assert response, results
        library.verify_registration(options, response)
        cells = [cell for cell in itertools.product(VERIFICATION, LIST_SIZE, PRF, (True, False))
                 if cell[1] > 0 or cell[3]]
        for cell in cells:  # one after the other: the phone counts its signatures
            await sign_in(lab, library, profile, store, response["id"], cell, table)

    asyncio.run(run_all([lambda p=profile: of_phone(p)
                         for profile in ("android", "iphone", "plain", "full", "bare")]))
    table.print()


def test_sign_ins_of_simplewebauthn(lab):
    sign_ins(lab, "simplewebauthn")


def test_sign_ins_of_fido2(lab):
    sign_ins(lab, "python-fido2")


# ---- what a library would not ask for -----------------------------------------------------------

def test_extensions_and_their_errors(lab):
    """Requests that are answered without a phone, and extensions that phones know nothing of."""
    library = lab.library("simplewebauthn")
    known = b64(bytes(16))
    refused = [
        ("create", {"largeBlob": {"support": "required"}}, [], "ConstraintError"),
        ("create", {"largeBlob": {"read": True}}, [], "NotSupportedError"),
        ("create", {"prf": {"evalByCredential": {known: {"first": FIRST}}}}, [],
         "NotSupportedError"),
        ("create", {"prf": {"eval": {"second": FIRST}}}, [], "TypeError"),
        ("create", {"credProps": 1}, [], "TypeError"),
        ("get", {"largeBlob": {"support": "preferred"}}, [], "NotSupportedError"),
        ("get", {"largeBlob": {"read": True, "write": "AQ"}}, [known], "NotSupportedError"),
        ("get", {"largeBlob": {"write": "AQ"}}, [], "NotSupportedError"),
        ("get", {"prf": {"evalByCredential": {known: {"first": FIRST}}}}, [],
         "NotSupportedError"),
        ("get", {"prf": {"evalByCredential": {"": {"first": FIRST}}}}, [known], "SyntaxError"),
        ("get", {"prf": {"evalByCredential": {"!": {"first": FIRST}}}}, [known], "SyntaxError"),
        ("get", {"prf": {"evalByCredential": {"AQ": {"first": FIRST}}}}, [known], "SyntaxError"),
        ("get", {"appid": 1}, [], "TypeError"),
    ]

    async def refuse(operation, extensions, ids, error):
        options = (library.registration_options(None, "preferred", "none", ids)
                   if operation == "create" else library.authentication_options("preferred", ids))
        options["extensions"] = extensions
        response, results = await lab.ceremony(operation, options, "plain", lab.new_store())
        assert response is None and results["error"] == error, (extensions, results)

    async def protect(profile, enforce, expected):
        options = library.registration_options(None, "preferred", "none", [])
        options["extensions"] = {
            "credentialProtectionPolicy": "userVerificationRequired", "minPinLength": True,
            "enforceCredentialProtectionPolicy": enforce, "credProps": True,
            "largeBlob": {"support": "preferred"}, "appidExclude": ORIGIN}
        response, results = await lab.ceremony("create", options, profile, lab.new_store())
        if expected:
            assert response is None and results["error"] == expected, results
            return
        assert response, results
        library.verify_registration(options, response)
        outputs = response["clientExtensionResults"]
        assert outputs == {"appidExclude": False, "credProps": {"rk": True},
                           "largeBlob": {"supported": False}}, outputs
        signed = unb64(response["response"]["authenticatorData"])
        assert (b"credProtect\x03" in signed) is (profile == "full")
        assert (b"minPinLength\x04" in signed) is (profile == "full")

    asyncio.run(run_all([*(lambda r=row: refuse(*r) for row in refused),
                         lambda: protect("full", True, None), lambda: protect("full", False, None),
                         lambda: protect("iphone", False, None),
                         lambda: protect("iphone", True, "ConstraintError")]))


if __name__ == "__main__":
    LAB = Lab()
    try:
        STATUS = tap.run(tap.collect(dict(globals())), lambda: LAB)
    finally:
        LAB.close()
    sys.exit(STATUS)
