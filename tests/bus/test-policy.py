#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the administrator's policy forbids does not happen, and is said; and what happens is written
down. hybridd on a private bus, with virtual phones, tunnel services, and a journal of our own."""

import asyncio
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import checks  # noqa: E402
import tap  # noqa: E402
from checks import fails_with  # noqa: E402
from hybridd import (Bus, CREATE_OPTIONS, GET_OPTIONS, MANAGER, ORIGIN, PATH, REQUEST,  # noqa: E402
                     connect)
from partners import Partners, end_phone  # noqa: E402

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
EXAMPLE = ROOT / "policy-examples" / "entra-id.conf"
GOOGLE = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"
MICROSOFT = "90a3ccdf-635c-4729-a248-9b709135078f"


# ---- a computer with a policy -------------------------------------------------------------------

def write_policy(bus, text, name="policy.conf", mode=0o644):
    """A file of the policy. Only root's counts."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can make a policy")
    path = bus.policy / name
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


class Journal:
    """A socket that takes entries as journald does."""

    def __init__(self, bus):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(bus.folder / "journal"))
        self.socket.settimeout(10)
        self.raw = b""

    def entry(self):
        """The next one, as a dictionary; no field is there twice."""
        data = self.socket.recv(65536)
        self.raw += data
        assert data.endswith(b"\n"), data
        pairs = [line.split("=", 1) for line in data.decode("ascii").splitlines()]
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    def is_empty(self):
        """Whether nothing has come for a while."""
        self.socket.settimeout(0.5)
        try:
            self.socket.recv(65536)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)


def with_policy(text, function, settings=None, log_errors=False):
    """Runs a coroutine function(bus, client, journal) against a hybridd with this policy."""
    async def check(bus, client):
        journal = Journal(bus)
        try:
            await function(bus, client, journal)
        finally:
            journal.socket.close()

    with Bus(BUILD, settings=settings) as bus:
        if text is not None:
            write_policy(bus, text)
        bus.start()

        async def main():
            client = await connect(bus)
            try:
                await check(bus, client)
            finally:
                client.close()
        try:
            asyncio.run(main())
        except BaseException:
            print("# " + bus.log().replace("\n", "\n# "))
            raise
        assert bus.stop() == 0
        assert "ERROR: " not in bus.log()
        assert ("error: " in bus.log()) == log_errors, bus.log()


async def goes_on(client, path):
    """A request that shows a code is not forbidden; it is cancelled."""
    assert (await client.qr_text(path)).startswith("FIDO:/")
    await client.cancel(path)
    await fails_with(client, path, "cancelled", "AbortError", code=1)


async def forbidden(client, path, *words):
    """A request that the policy refuses, before there is a code, saying so in these words."""
    message = await fails_with(client, path, "policy", "NotAllowedError")
    for word in words:
        assert word in message, (word, message)
    assert not [s for s in client.signals if s.path == path and s.member == "QrChanged"], "a code"
    return message


# ---- sites and registrations --------------------------------------------------------------------

def test_without_a_policy_nothing_is_restricted():
    async def check(_, client, journal):
        await goes_on(client, await client.create())
        await goes_on(client, await client.get())
        assert journal.entry()["HYBRID_RESULT"] == "cancelled"
    with_policy(None, check)


def test_sites_that_are_denied():
    async def check(bus, client, journal):
        await forbidden(client, await client.get(), "example.com", "[rp] deny has example.com",
                        f"({bus.policy}/policy.conf:2)")
        await forbidden(client, await client.create(), "[rp] deny")
        entry = journal.entry()
        assert entry["HYBRID_RESULT"] == "refused" and entry["HYBRID_CAUSE"] == "policy", entry
        assert entry["HYBRID_RP_ID"] == "example.com", entry
        options = dict(GET_OPTIONS, rpId="example.org")
        await goes_on(client, await client.get(options, origin="https://example.org"))
    with_policy("[rp]\ndeny = example.com\n", check)


def test_sites_that_are_not_allowed():
    async def check(bus, client, _):
        await forbidden(client, await client.get(), "not in the list [rp] allow",
                        f"({bus.policy}/policy.conf:2)")
        for rp_id in ("contoso.com", "a.contoso.com"):
            path = await client.get(dict(GET_OPTIONS, rpId=rp_id), origin="https://a.contoso.com")
            if rp_id == "contoso.com":
                await forbidden(client, path, "contoso.com")
            else:
                await goes_on(client, path)
    with_policy("[rp]\nallow = *.contoso.com\n", check)


def test_no_registration():
    async def check(bus, client, _):
        await forbidden(client, await client.create(), "[rp] registration is no",
                        f"{bus.policy}/policy.conf:2", "Signing in")
        await goes_on(client, await client.get())
    with_policy("[rp]\nregistration = no\n", check)


def test_settings_do_not_widen_it():
    """What a user writes is not even read as policy."""
    async def check(bus, client, _):
        await forbidden(client, await client.get(), "[rp] deny")
        assert "[rp] allow: unknown key, ignored" in bus.log()
    with_policy("[rp]\ndeny = example.com\n", check, settings={"rp": {"allow": "*"}})


def test_policy_of_a_user_is_no_policy():
    with Bus(BUILD, test=False) as bus:
        home = bus.folder / "home" / "hybridd"
        home.mkdir(parents=True)
        (home / "policy.conf").write_text("[bluetooth]\nbackend = magic\n", encoding="utf-8")
        (home / "z.conf").write_text("[bluetooth]\nbackend = more magic\n", encoding="utf-8")
        done = subprocess.run([BUILD / "daemon" / "hybridd"], capture_output=True, text=True,
                              timeout=20, check=False,
                              env=dict(bus.environment(), XDG_CONFIG_HOME=str(home.parent)))
    assert done.returncode == 1
    assert f"{home}/policy.conf is ignored: policy is read from /etc/hybridd only" in done.stderr
    assert f"{home}/z.conf:2: [bluetooth] backend" in done.stderr, done.stderr


def test_another_folder_is_for_tests():
    with Bus(BUILD, test=False, settings={"test": {"policy-folder": "/tmp"}}) as bus:
        done = subprocess.run(bus.daemon_command(), env=bus.environment(), capture_output=True,
                              text=True, timeout=20, check=False)
    assert done.returncode == 1 and "--allow-test-config" in done.stderr, done.stderr


# ---- files --------------------------------------------------------------------------------------

def test_a_broken_policy_allows_nothing_until_it_is_mended():
    async def check(bus, client, journal):
        place = f"{bus.policy}/policy.conf:3: [rp] alow: there is no such key"
        for call in (client.get, client.create):
            await forbidden(client, await call(), place, "policy is broken")
        assert journal.entry()["HYBRID_CAUSE"] == "policy"
        assert bus.log().count(place) >= 1
        assert bus.log().count("nothing is allowed until this is mended") == 1, "said again"

        write_policy(bus, "[rp]\nallow = example.com\n")
        await goes_on(client, await client.get())
        write_policy(bus, "[rp]\nallow =\n", "policy.d/more.conf")
        await forbidden(client, await client.get(), "policy.d/more.conf:2", "is empty")
    with_policy("[rp]\n\nalow = example.com\n", check, log_errors=True)


def test_what_is_not_roots_is_ignored_and_said():
    async def check(bus, client, _):
        path = write_policy(bus, "[rp]\ndeny = *\n", "policy.d/a.conf", mode=0o666)
        await goes_on(client, await client.get())
        assert f"{path} is ignored: others than root may write to it" in bus.log()
        os.chown(path, 1000, 1000)
        path.chmod(0o644)
        await goes_on(client, await client.get())
        assert f"{path} is ignored: does not belong to root" in bus.log()
        os.chown(path, 0, 0)
        await forbidden(client, await client.get(), "[rp] deny")
    with_policy("", check)


def test_it_is_diagnosed():
    async def check(bus, client, _):
        async def findings():
            found = (await client.call(PATH, MANAGER, "Diagnose"))[0]
            return {f["id"].value: (f["severity"].value, f["summary"].value, f["remedy"].value)
                    for f in found}
        before = await findings()
        assert not [name for name in before if name.startswith("policy")], before
        path = write_policy(bus, "[rp]\ndeny = *\n", "policy.d/a.conf", mode=0o666)
        severity, summary, remedy = (await findings())["policy-ignored"]
        assert severity == "warning" and str(path) in summary and remedy, summary
        write_policy(bus, "[rp]\ndeny = A\n")
        severity, summary, remedy = (await findings())["policy-broken"]
        assert severity == "error" and f"{bus.policy}/policy.conf:2" in summary, summary
        assert "hybridctl policy show" in remedy
    with_policy("", check, log_errors=True)


# ---- phones -------------------------------------------------------------------------------------

async def ceremony(bus, client, partners, operation, *phone_options):
    """A request and a phone that scans its code: (code, results)."""
    path = await (client.create if operation == "create" else client.get)()
    phone = partners.phone(bus, await client.qr_text(path), "--profile", "android", *phone_options)
    code, results = await client.response(path, 40)
    if code != 0:
        phone.terminate()
    end_phone(phone)
    return code, results


def with_partners(text, function, settings=None, leading=None):
    """As with_policy(), with tunnel services and phones; these say in the end what they saw. They lead
    who comes to join to another one, if that is given."""
    if os.geteuid() != 0:
        raise tap.Skip("only root can make a policy")
    options = ["--fault", f"redirect:wss://{leading}/"] if leading else []
    with Partners(BUILD, *options, quiet=False) as partners:
        merged = partners.settings()
        for section, keys in (settings or {}).items():
            merged.setdefault(section, {}).update(keys)

        async def check(bus, client, journal):
            await function(bus, client, journal, partners)
        with_policy(text, check, settings=merged)
    return partners


def test_tunnel_that_is_not_allowed_is_not_connected_to():
    async def check(bus, client, journal, partners):
        code, results = await ceremony(bus, client, partners, "create")
        assert (code, results["cause"]) == (2, "policy"), results
        for words in ("cable.ua5v.com", f"[tunnel] in {bus.policy}/policy.conf:2", "another phone"):
            assert words in results["message"], results
        entry = journal.entry()
        assert entry["HYBRID_TUNNEL_DOMAIN"] == "cable.ua5v.com", entry
        assert entry["HYBRID_RESULT"] == "refused", entry
        # An iPhone has another service.
        code, results = await ceremony(bus, client, partners, "create", "--profile", "iphone")
        assert code == 0, results
        assert journal.entry()["HYBRID_TUNNEL_DOMAIN"] == "cable.auth.com"
    partners = with_partners("[tunnel]\nallow-domains = cable.auth.com\n", check)
    assert "a phone is waiting" in partners.google.said, partners.google.said
    assert "joined" not in partners.google.said, partners.google.said
    assert "joined" in partners.apple.said, partners.apple.said


def test_nor_is_one_that_an_allowed_service_leads_to():
    async def check(bus, client, journal, partners):
        code, results = await ceremony(bus, client, partners, "create")
        assert (code, results["cause"]) == (2, "policy"), results
        for words in ("cable.auth.com", f"[tunnel] in {bus.policy}/policy.conf:2"):
            assert words in results["message"], results
        entry = journal.entry()
        assert entry["HYBRID_TUNNEL_DOMAIN"] == "cable.ua5v.com", entry
        assert entry["HYBRID_RESULT"] == "refused", entry
    partners = with_partners("[tunnel]\nallow-domains = cable.ua5v.com\n", check,
                             leading="cable.auth.com")
    assert "redirect" in partners.google.said or "302" in partners.google.said, partners.google.said
    assert "joined" not in partners.apple.said, partners.apple.said


def knocks(policy):
    """Whether hybridd connects ahead to a tunnel service under this policy."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(3)
        port = listener.getsockname()[1]
        knocked = []

        async def check(_, client, __):
            path = await client.get()
            await client.qr_text(path)
            deadline = time.monotonic() + 2
            listener.setblocking(False)
            while time.monotonic() < deadline and not knocked:
                try:
                    listener.accept()[0].close()
                    knocked.append(True)
                except BlockingIOError:
                    await asyncio.sleep(0.05)
            await client.cancel(path)
            await client.response(path)
        with_policy(policy, check, settings={
            "tunnel": {"connect-ahead": "cable.ua5v.com"},
            "test": {"resolve": f"cable.ua5v.com=127.0.0.1:{port}"}})
    return bool(knocked)


def test_nor_ahead_of_time():
    assert knocks("[tunnel]\nallow-domains = cable.ua5v.com\nallow-hashed-domains = no\n")
    assert not knocks("[tunnel]\nallow-domains = cable.auth.com\n")


def test_the_proxy_is_used_whatever_the_settings_say():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        async def check(bus, client, _, partners):
            path = await client.get()
            phone = partners.phone(bus, await client.qr_text(path))
            listener.settimeout(10)
            connection = (await asyncio.to_thread(listener.accept))[0]
            with connection:
                head = await asyncio.to_thread(connection.recv, 4096)
                assert head.startswith(b"CONNECT cable.ua5v.com:443 HTTP/1.1\r\n"), head
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            message = await fails_with(client, path, "proxy", "NotAllowedError")
            assert f"127.0.0.1:{port}" in message, message
            phone.terminate()
            end_phone(phone)
        partners = with_partners(f"[proxy]\nurl = http://127.0.0.1:{port}\n", check,
                                 settings={"proxy": {"url": "direct"}})
    assert "joined" not in partners.google.said, partners.google.said


def test_passkeys_of_others_are_not_handed_on():
    async def check(bus, client, journal, partners):
        code, results = await ceremony(bus, client, partners, "create")
        assert (code, results["cause"]) == (2, "policy"), results
        for words in (f"Google Password Manager (AAGUID {GOOGLE}", f"{bus.policy}/policy.conf:2",
                      "The phone has made one all the same", "delete it on the phone"):
            assert words in results["message"], results
        assert "public_key" not in results
        entry = journal.entry()
        assert (entry["HYBRID_AAGUID"], entry["HYBRID_RESULT"]) == (GOOGLE, "refused"), entry
        assert entry["HYBRID_CAUSE"] == "policy", entry

        # A sign-in tells no AAGUID, so there is nothing to refuse.
        code, results = await ceremony(bus, client, partners, "get")
        assert code == 0, results
        assert "HYBRID_AAGUID" not in journal.entry()

        write_policy(bus, f"[authenticators]\nallow-aaguid = {MICROSOFT} {GOOGLE}\n")
        code, results = await ceremony(bus, client, partners, "create")
        assert code == 0, results
        assert results["authenticator"]["name"] == "Google Password Manager", results
        assert results["authenticator"]["aaguid"] == GOOGLE, results
    with_partners(f"[authenticators]\nallow-aaguid = {MICROSOFT}\n", check)


async def attestation_of(bus, client, partners):
    """The attestation format that a site gets which asks for enterprise attestation, from a phone
    that has such a thing, and has it attest itself then only."""
    options = dict(CREATE_OPTIONS, attestation="enterprise")
    path = await client.create(options)
    phone = partners.phone(bus, await client.qr_text(path), "--profile", "full",
                           "--attestation", "none")
    code, results = await client.response(path, 40)
    end_phone(phone)
    assert code == 0, results
    response = json.loads(results["public_key"]["registration_response_json"])["response"]
    text = response["attestationObject"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:16]


def test_enterprise_attestation():
    async def check(bus, client, _, partners):
        assert b"cfmtdnone" in await attestation_of(bus, client, partners)
        write_policy(bus, "[enterprise-attestation]\nrp-ids = example.org\n")
        assert b"cfmtdnone" in await attestation_of(bus, client, partners)
        write_policy(bus, "[enterprise-attestation]\nrp-ids = example.org example.com\n")
        assert b"cfmtfpacked" in await attestation_of(bus, client, partners)
    with_partners("", check)


def test_the_example_for_entra_id():
    """It parses, and does what it says."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for host in ("cable.ua5v.com", "cable.auth.com", "app-site-association.cdn-apple.com",
                 "app-site-association.networking.apple"):
        assert f";     {host} " in text, host
    assert "enforces attestation" in text and "Authenticator app" in text

    async def check(bus, client, journal, partners):
        await forbidden(client, await client.get(), "[rp] allow")
        assert journal.entry()["HYBRID_CAUSE"] == "policy"
        options = dict(CREATE_OPTIONS, rp={"id": "login.microsoft.com", "name": "Entra ID"})
        path = await client.create(options, origin="https://login.microsoft.com")
        phone = partners.phone(bus, await client.qr_text(path), "--profile", "android")
        code, results = await client.response(path, 40)
        phone.terminate()
        end_phone(phone)
        assert (code, results["cause"]) == (2, "policy"), results
        assert "Google Password Manager" in results["message"], results

        assert ";register-in-app" in text
        write_policy(bus, text.replace(";register-in-app", "register-in-app"))
        path = await client.create(options, origin="https://login.microsoft.com")
        message = await fails_with(client, path, "attestation", "NotAllowedError")
        assert "Register in the app on the phone" in message, message
        assert not [s for s in client.signals if s.path == path and s.member == "QrChanged"]
        path = await client.get({**GET_OPTIONS, "rpId": "login.microsoft.com"},
                                origin="https://login.microsoft.com")
        await goes_on(client, path)
    with_partners(text, check)


# ---- the audit ----------------------------------------------------------------------------------

COMMON = {"SYSLOG_IDENTIFIER": "hybridd", "HYBRID_ORIGIN": ORIGIN, "HYBRID_RP_ID": "example.com",
          "HYBRID_CALLER_EXE": os.path.realpath(sys.executable), "HYBRID_LINKED": "no"}


def assert_entry(entry, **expected):
    """Exactly these fields; the unit is that of whoever runs the tests, if there is one."""
    entry.pop("HYBRID_CALLER_UNIT", None)
    assert entry == {**COMMON, **expected}, entry


def test_each_end_is_one_entry():
    async def check(bus, client, journal, partners):
        path = await client.get()
        await client.state(path, "waiting-for-scan")
        caller = await client.get_property(path, REQUEST, "Caller")
        assert caller.startswith("python"), caller
        await client.cancel(path)
        assert_entry(journal.entry(), MESSAGE_ID="0207ed8a49bd4f16bab65b9fdb6640db", PRIORITY="5",
                     MESSAGE=f"A request was cancelled for example.com, asked for by {caller}: "
                             "cancelled",
                     HYBRID_OP="get", HYBRID_RESULT="cancelled", HYBRID_CAUSE="cancelled")
        phone = {"HYBRID_TUNNEL_DOMAIN": "cable.ua5v.com", "HYBRID_RSSI": "-40"}

        code, results = await ceremony(bus, client, partners, "create")
        assert code == 0, results
        assert_entry(journal.entry(), MESSAGE_ID="c28088344d694394a0878456f5efb9ab", PRIORITY="5",
                     MESSAGE=f"Made a passkey for example.com, asked for by {caller}",
                     HYBRID_OP="create", HYBRID_RESULT="done", HYBRID_AAGUID=GOOGLE, **phone)

        code, results = await ceremony(bus, client, partners, "get")
        assert code == 0, results
        assert_entry(journal.entry(), MESSAGE_ID="d82d39ccec65470c9bd955b09e8c6943", PRIORITY="5",
                     MESSAGE=f"Signed in for example.com, asked for by {caller}",
                     HYBRID_OP="get", HYBRID_RESULT="done", **phone)

        code, results = await ceremony(bus, client, partners, "get", "--approve", "no")
        assert code == 2, results
        assert_entry(journal.entry(), MESSAGE_ID="941080a123894fac881adfb675016f4e", PRIORITY="5",
                     MESSAGE=f"A request failed for example.com, asked for by {caller}: declined",
                     HYBRID_OP="get", HYBRID_RESULT="failed", HYBRID_CAUSE="declined", **phone)

        # Of what was not accepted, nothing is believed, so nothing is written down.
        await fails_with(client, await client.get(origin="https://user:pw@example.com/?secret"),
                         "origin-refused", "SecurityError")
        entry = journal.entry()
        assert entry["HYBRID_CAUSE"] == "origin-refused" and entry["PRIORITY"] == "4", entry
        assert "HYBRID_ORIGIN" not in entry and "HYBRID_RP_ID" not in entry, entry
        assert journal.is_empty(), "an end was told twice"
    with_partners("", check)


def strings(value):
    """All texts in JSON."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_entries_tell_no_secret():
    options = dict(CREATE_OPTIONS, challenge="Y2hhbGxlbmdlLXRoYXQtaXMtc2VjcmV0",
                   user={"id": "aGFuZGxlLXRoYXQtaXMtc2VjcmV0", "name": "name-that-is-secret",
                         "displayName": "Display Name That Is Secret"},
                   extensions={"prf": {"eval": {"first": "cHJmLWlucHV0LXRoYXQtaXMtc2VjcmV0"}}})
    secrets = ["challenge-that-is-secret", "handle-that-is-secret", "prf-input-that-is-secret",
               *strings({key: options[key] for key in ("challenge", "user", "extensions")})]

    async def check(bus, client, journal, partners):
        path = await client.create(options)
        code_text = await client.qr_text(path)
        phone = partners.phone(bus, code_text)
        code, results = await client.response(path, 40)
        end_phone(phone)
        assert code == 0, results
        response = json.loads(results["public_key"]["registration_response_json"])
        found = strings({"id": response["id"], "prf": response["clientExtensionResults"],
                         "response": response["response"]})
        secrets.extend(text for text in found if len(text) > 12)
        secrets.append(code_text.removeprefix("FIDO:/")[:20])
        journal.entry()
        for secret in secrets:
            assert secret.encode() not in journal.raw, secret
        assert len(secrets) > 12, secrets
    with_partners("", check)


def test_no_audit_where_the_policy_says_so():
    async def check(_, client, journal):
        await goes_on(client, await client.get())
        assert journal.is_empty()
    with_policy("[audit]\nenabled = no\n", check)


def test_without_a_journal_the_log_has_it():
    async def check(bus, client):
        await goes_on(client, await client.get())
        assert re.search(r"notice: Audit: HYBRID_OP=get HYBRID_RESULT=cancelled "
                         r"HYBRID_CAUSE=cancelled HYBRID_RP_ID=example\.com ", bus.log()), bus.log()
    checks.with_daemon(BUILD, check)


def test_the_catalog_has_all_messages():
    source = (ROOT / "daemon" / "audit.c").read_text(encoding="utf-8")
    catalog = (ROOT / "systemd" / "hybridd.catalog").read_text(encoding="utf-8")
    ids = set(re.findall(r'"([0-9a-f]{32})"', source))
    assert len(ids) == 5 and ids == set(re.findall(r"^-- ([0-9a-f]{32})$", catalog, re.MULTILINE))
    named = set(re.findall(r"@(\w+)@", catalog))
    assert named <= set(re.findall(r'"(HYBRID_\w+)"', source)), named
    documented = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    for name in ids | set(re.findall(r'"(HYBRID_\w+)"', source)):
        assert name in documented, name


def test_a_stranger_is_written_down():
    """Who is refused before anything is known of its request."""
    async def check(bus, client, journal):
        await fails_with(client, await client.get(), "caller-refused", "SecurityError")
        entry = journal.entry()
        assert entry["HYBRID_CAUSE"] == "caller-refused" and "HYBRID_RP_ID" not in entry, entry
        assert entry["HYBRID_CALLER_EXE"] == COMMON["HYBRID_CALLER_EXE"], entry
    with_policy("", check, settings={"test": {"callers": None}})


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
