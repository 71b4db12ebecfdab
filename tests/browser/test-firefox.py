#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's Firefox ESR with the add-on: registers and signs in with a phone, is told no in all the ways
there are, and is what it was where hybridd is not asked."""

import json
import sys
import time

import firefox as firefox_module
import lab as lab_module
from firefox import FirefoxDesk
from lab import BrowserWorld, Once, client_data, script_of, tap

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(lab_module.ROOT / "build")
REGISTER = script_of("register")
SIGN_IN = script_of("signIn")


class World(BrowserWorld):
    """With a Firefox."""

    def __init__(self):
        firefox_module.need(firefox_module.PROGRAM)
        super().__init__(BUILD, FirefoxDesk)

    def fresh(self, url=None, choice="phone"):
        """The first tab only, with a page; phones say yes."""
        self.desk.only_first_tab()
        self.person.options = []
        self.desk.choose(choice)
        self.desk.open((url or self.lab.sites.secure) + "/")
        return self.desk


def test_registers_and_signs_in(world):
    for site in (world.lab.sites.localhost, world.lab.sites.secure):
        desk = world.fresh(site)
        registered = desk.value(REGISTER)
        assert registered["verified"], registered
        assert client_data(registered["response"])["origin"] == site
        assert client_data(registered["response"])["crossOrigin"] is False
        assert desk.value(SIGN_IN)["verified"]
        assert desk.value(script_of("signIn", allow=False))["verified"]


def test_what_pages_get_is_a_credential(world):
    desk = world.fresh()
    found = desk.value("""
        const { credential, response } = await register();
        const own = credential.response;
        const bytes = (buffer) => new Uint8Array(buffer).toBase64({ alphabet: "base64url", omitPadding: true });
        const key = await crypto.subtle.importKey("spki", own.getPublicKey(),
            { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
        return {
            kinds: [credential instanceof PublicKeyCredential, credential instanceof Credential,
                own instanceof AuthenticatorAttestationResponse, own instanceof AuthenticatorResponse,
                credential.rawId instanceof ArrayBuffer, own.attestationObject instanceof ArrayBuffer,
                own.getTransports() instanceof Array, own.getAuthenticatorData() instanceof ArrayBuffer,
                key.type === "public", own.getPublicKeyAlgorithm() === -7,
                Object.prototype.toString.call(credential) === "[object PublicKeyCredential]",
                bytes(credential.rawId) === credential.id,
                JSON.stringify(credential.toJSON()) === JSON.stringify(response),
                bytes(own.getAuthenticatorData()) === response.response.authenticatorData],
            attachment: credential.authenticatorAttachment,
            transports: own.getTransports(),
            extensions: credential.getClientExtensionResults(),
            type: credential.type,
        };""")
    assert all(found["kinds"]), found
    assert found["attachment"] == "cross-platform" and found["type"] == "public-key"
    assert "hybrid" in found["transports"] and found["extensions"]["credProps"] == {"rk": True}

    found = desk.value("""
        const { credential } = await signIn();
        const own = credential.response;
        return [credential instanceof PublicKeyCredential,
            own instanceof AuthenticatorAssertionResponse, own.signature instanceof ArrayBuffer,
            own.userHandle instanceof ArrayBuffer, own.authenticatorData.byteLength === 37,
            JSON.parse(new TextDecoder().decode(own.clientDataJSON)).type === "webauthn.get"];""")
    assert all(found), found


def test_options_of_all_kinds_are_understood(world):
    """Views into larger buffers, getters, prototypes, iterables: as WebIDL takes them."""
    desk = world.fresh()
    found = desk.value("""
        class Options { get publicKey() { return publicKey; } }
        const bytes = crypto.getRandomValues(new Uint8Array(64));
        const publicKey = {
            challenge: new DataView(bytes.buffer, 8, 32),
            rp: { get id() { return "example.com"; }, name: "Ex\\ud800ample" },
            user: { id: bytes.subarray(0, 5), name: "n", displayName: "d" },
            pubKeyCredParams: new Set([{ type: "public-key", alg: -7 }]),
            unknown: { a: 1 },
        };
        const credential = await navigator.credentials.create(new Options());
        const { challenge } = JSON.parse(new TextDecoder().decode(credential.response.clientDataJSON));
        return challenge === bytes.subarray(8, 40).toBase64({ alphabet: "base64url", omitPadding: true });
    """)
    assert found is True


def test_prf(world):
    desk = world.fresh()
    script = """
        const extensions = { prf: { eval: { first: new Uint8Array(32).fill(1), second: new Uint8Array(5) } } };
        const made = await register({ extensions });
        const found = await signIn({ extensions });
        const of = ({ credential }) => Object.values(credential.getClientExtensionResults().prf.results)
            .map((buffer) => buffer instanceof ArrayBuffer && new Uint8Array(buffer).toHex());
        return [of(made), of(found)];"""
    made, found = desk.value(script)
    assert made == found and len(set(made)) == 2 and all(len(text) == 64 for text in made), made


def test_page_aborts(world):
    desk = world.fresh()
    world.person.options = None  # nobody scans
    n = world.n_requests()
    desk.start("""
        window.controller = new AbortController();
        await register({ signal: controller.signal });""")
    path = world.person.wait_for_request(n + 1)
    desk.page("controller.abort()")
    outcome = desk.outcome()
    assert outcome["error"]["name"] == "AbortError", outcome
    world.person.wait_for_end(path)

    outcome = desk.run("""
        const controller = new AbortController();
        setTimeout(() => controller.abort("because"), 300);
        try { await register({ signal: controller.signal }); } catch (reason) { return { reason }; }""")
    assert outcome == {"value": {"reason": "because"}}, outcome


def test_page_that_goes_away_ends_its_request(world):
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    desk.start(REGISTER)
    path = world.person.wait_for_request(n + 1)
    desk.open("about:blank")
    world.person.wait_for_end(path)


def test_two_tabs_get_their_own_answers(world):
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    tabs = [desk.first_tab, desk.new_tab(world.lab.sites.localhost + "/")]
    paths = []
    for i, tab in enumerate(tabs):
        desk.switch(tab)
        desk.start(REGISTER)
        paths.append(world.person.wait_for_request(n + i + 1))
    for path in reversed(paths):
        world.person.scan(path)
    for tab, site in zip(tabs, (world.lab.sites.secure, world.lab.sites.localhost)):
        desk.switch(tab)
        outcome = desk.outcome()
        assert "value" in outcome, outcome
        value = outcome["value"]
        assert value["verified"] and client_data(value["response"])["origin"] == site


FRAME = """
    const frame = document.createElement("iframe");
    frame.allow = "publickey-credentials-get *; publickey-credentials-create *";
    frame.src = "%s/";
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener("load", resolve));"""


def in_frame(world, action):
    """Starts a script in a frame of another site; leaves the frame looked at."""
    desk = world.desk
    desk.value(FRAME % world.lab.sites.secure)
    desk.firefox.command("WebDriver:SwitchToFrame", {"element": element(desk, "iframe")})
    desk.start(action)


def element(desk, selector):
    """The reference of an element, without what it is wrapped in."""
    found = desk.firefox.command("WebDriver:FindElement", {"using": "css selector", "value": selector})
    return next(iter(found.values()))


def test_frames_of_other_sites_are_left_to_the_browser(world):
    """The browser asks its own authenticator there, whatever the person has chosen."""
    desk = world.fresh(world.lab.sites.localhost)
    n = world.n_requests()
    with desk.authenticator() as own:
        for i, action in enumerate((REGISTER, SIGN_IN)):
            in_frame(world, action)
            outcome = desk.outcome()
            assert own.n_credentials() == 1, (i, outcome)
            desk.open(world.lab.sites.localhost + "/")
    assert world.n_requests() == n


def test_frames_may_sign_in_if_the_person_wants(world):
    desk = world.fresh()
    registered = desk.value(REGISTER)
    desk.allow_frames(True)
    try:
        desk.open(world.lab.sites.localhost + "/")
        in_frame(world, SIGN_IN)
        outcome = desk.outcome()
        assert "value" in outcome, outcome
        value = outcome["value"]
        data = client_data(value["response"])
        assert value["verified"] and value["response"]["id"] == registered["response"]["id"]
        assert data["crossOrigin"] is True and data["topOrigin"] == world.lab.sites.localhost
        assert data["origin"] == world.lab.sites.secure

        desk.open(world.lab.sites.localhost + "/")
        n = world.n_requests()
        with desk.authenticator() as own:
            in_frame(world, REGISTER)
            desk.outcome()
            assert own.n_credentials() == 1
        assert world.n_requests() == n
    finally:
        desk.open("about:blank")
        desk.allow_frames(False)


def test_permissions_policies_are_obeyed(world):
    """Also where the person allows frames, and in frames of the same site."""
    desk = world.fresh()
    desk.allow_frames(True)
    n = world.n_requests()
    nobody = "publickey-credentials-get 'none'; publickey-credentials-create 'none'"
    try:
        for site, allow in ((world.lab.sites.secure, ""), (world.lab.sites.secure, nobody),
                            (world.lab.sites.localhost, nobody)):
            desk.open(world.lab.sites.localhost + "/")
            desk.value(FRAME.replace("publickey-credentials-get *; publickey-credentials-create *",
                                     allow) % site)
            desk.firefox.command("WebDriver:SwitchToFrame", {"element": element(desk, "iframe")})
            for script in (REGISTER, script_of("signIn", allow=False)):
                assert desk.error(script) == "NotAllowedError", (site, allow)
    finally:
        desk.open("about:blank")
        desk.allow_frames(False)
    assert world.n_requests() == n


def test_a_site_without_a_name_is_the_browsers(world):
    """A sandboxed frame has no origin that anybody could sign in to."""
    desk = world.fresh(world.lab.sites.localhost)
    n = world.n_requests()
    desk.value(FRAME.replace("frame.src =", "frame.sandbox = 'allow-scripts'; frame.src =")
               % world.lab.sites.localhost)
    desk.firefox.command("WebDriver:SwitchToFrame", {"element": element(desk, "iframe")})
    outcome = desk.run("return await navigator.credentials.get({ publicKey: { challenge: new ArrayBuffer(16) } })")
    assert "error" in outcome, outcome
    assert world.n_requests() == n


def test_one_page_cannot_harm_another(world):
    """Whatever a page puts into its options: what another one waits for goes on."""
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    desk.start(REGISTER)
    path = world.person.wait_for_request(n + 1)
    desk.new_tab(world.lab.sites.localhost + "/")
    for more in ("user: { id: new ArrayBuffer(4), name: 'n\\0', displayName: 'd' }", "timeout: 1e20",
                 "challenge: new ArrayBuffer(2_000_000)", "rp: { name: 'x'.repeat(1_000_000) }",
                 "rp: { id: '\\u202e', name: 'x' }"):
        outcome = desk.run("""
            const publicKey = { challenge: new ArrayBuffer(16), rp: { name: "r" }, timeout: 1000,
                user: { id: new ArrayBuffer(4), name: "n", displayName: "d" },
                pubKeyCredParams: [{ type: "public-key", alg: -7 }], %s };
            const signal = AbortSignal.timeout(3000);
            const credential = await navigator.credentials.create({ publicKey, signal });
            return "done";""" % more)
        assert outcome["error"]["name"] != "UnknownError", (more, outcome)
    desk.switch(desk.first_tab)
    world.person.scan(path)
    assert desk.outcome()["value"]["verified"]


def test_options_are_read_once(world):
    """A page may use its buffers for something else while the person thinks."""
    desk = world.fresh(choice="ask")
    with desk.authenticator():
        desk.start("""
            const challenge = new Uint8Array(16).fill(7);
            const asked = navigator.credentials.create({ publicKey: { challenge, rp: { name: "r" },
                user: { id: new ArrayBuffer(4), name: "n", displayName: "d" },
                pubKeyCredParams: [{ type: "public-key", alg: -7 }] } });
            challenge.fill(0);
            return (await asked).toJSON().response.clientDataJSON;""")
        desk.answer("browser")
        data = client_data({"response": {"clientDataJSON": desk.outcome()["value"]}})
    assert data["challenge"] == "BwcHBwcHBwcHBwcHBwcHBw", data


def test_what_the_person_does_not_want_is_not_asked_again(world):
    """A loop of requests gets one question, and none after that which no act of the person's has caused."""
    desk = world.fresh(choice="ask")
    desk.start("""
        const names = [];
        while (names.length < 40) {
            await register().catch(({ name }) => names.push(name));
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return names;""")
    desk.dialog()
    time.sleep(5.5)  # the click on the page is long ago
    desk.close_tab()
    desk.switch(desk.first_tab)
    assert desk.outcome()["value"] == ["NotAllowedError"] * 40
    assert desk.handles() == [desk.first_tab]
    # An act of the person's, and the page may ask again.
    desk.start(REGISTER)
    desk.answer("phone")
    assert desk.outcome()["value"]["verified"]


def test_a_browser_that_hybridd_does_not_know(world):
    """The page gets the browser's own dialog, and the popup says what to do."""
    if not world.lab.trusted:
        raise tap.Skip("only root can make a table that is trusted")
    desk = world.fresh()
    table = world.lab.trusted.tables / "native-host.conf"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("/usr/lib/firefox-esr", "/usr/lib/elsewhere"), encoding="utf-8")
    try:
        with desk.authenticator() as own:
            assert desk.value(REGISTER)["verified"]
            assert own.n_credentials() == 1
            desk.open(desk.base() + "common/popup.html")
            desk.until("return document.querySelector('#state[data-severity=error]') && true")
            desk.until("return document.body.textContent.includes('callers.d') || null")
    finally:
        table.write_text(text, encoding="utf-8")
    desk.open(world.lab.sites.secure + "/")
    assert desk.value(REGISTER)["verified"]


def test_pages_can_forge_nothing(world):
    """There is no channel: what a page says to itself is heard by nobody, and it gets no more rights."""
    desk = world.fresh()
    n = world.n_requests()
    base = desk.base()
    found = desk.value("""
        const heard = [];
        addEventListener("message", ({ data }) => heard.push(data));
        const forged = { type: "create", kind: "create", origin: "https://bank.example",
            options: { challenge: "AAAA" }, sameOriginWithAncestors: true, active: true, choice: "phone" };
        postMessage(forged, "*");
        postMessage({ ...forged, name: "request" }, "*");
        document.dispatchEvent(new CustomEvent("request", { detail: forged }));
        window.dispatchEvent(new CustomEvent("hybridd", { detail: forged }));
        const pages = await Promise.all(["manifest.json", "common/popup.html", "choice/choice.html",
            "background.js"].map((name) => fetch("%s" + name).then(() => "read", () => "refused")));
        await new Promise((resolve) => setTimeout(resolve, 300));
        return {
            apis: [typeof browser, typeof window.chrome?.runtime, typeof exportFunction, typeof cloneInto],
            heard: heard.filter((data) => data.kind !== "create"),
            pages: [...new Set(pages)],
            source: navigator.credentials.create.toString().replace(/\\s+/g, " "),
            inside: Object.keys(navigator.credentials.create).length,
        };""" % base)
    assert found == {"apis": ["undefined"] * 4, "heard": [], "pages": ["refused"], "inside": 0,
                     "source": "function create() { [native code] }"}, found
    assert world.n_requests() == n


def test_a_page_that_tampers_harms_itself_only(world):
    """What is on the page's side can be replaced by the page; what the add-on uses cannot."""
    desk = world.fresh()
    n = world.n_requests()
    outcome = desk.run("""
        const stolen = [];
        for (const name of ["Uint8Array", "Promise", "Object", "DOMException", "String", "structuredClone"]) {
            const original = window[name];
            window[name] = new Proxy(original, {
                apply(target, self, list) { stolen.push(name); return Reflect.apply(target, self, list); },
                construct(target, list) { stolen.push(name); return Reflect.construct(target, list); },
            });
        }
        Object.prototype.origin = "https://bank.example";
        Array.prototype.map = () => ["bank"];
        const publicKey = { challenge: new ArrayBuffer(16), rp: { name: "r" },
            user: { id: new ArrayBuffer(4), name: "n", displayName: "d" },
            pubKeyCredParams: [{ type: "public-key", alg: -7 }] };
        const before = stolen.length;
        const credential = await navigator.credentials.create({ publicKey });
        return { data: credential.toJSON().response.clientDataJSON, stolen: stolen.slice(before) };""")
    assert world.n_requests() == n + 1
    data = client_data({"response": {"clientDataJSON": outcome["value"]["data"]}})
    assert data["origin"] == world.lab.sites.secure, data
    assert outcome["value"]["stolen"] == [], outcome


def fails(world, script, name, *options):
    """A ceremony with a phone that was told so fails, and the page is told no more than this."""
    desk = world.desk
    world.person.options = list(options)
    n = world.n_requests()
    desk.start(script)
    path = world.person.wait_for_request(n + 1)
    world.person.close_failed(path)
    outcome = desk.outcome()
    assert outcome["error"]["name"] == name and outcome["error"]["dom"], outcome
    for word in ("phone", "passkey", "hybridd"):
        assert word not in outcome["error"]["message"], outcome


def test_failures_are_the_right_exceptions(world):
    desk = world.fresh()
    fails(world, REGISTER, "NotAllowedError", "--approve", "no")
    world.person.options = []
    desk.value(REGISTER)
    fails(world, script_of("register", exclude=True), "InvalidStateError")
    fails(world, SIGN_IN, "NotAllowedError", "--store", str(world.lab.folder / "another"))
    desk.open(world.lab.sites.secure + "/")
    # What comes to no window.
    other = script_of("register", more={"rp": {"id": "example.org", "name": "x"}})
    assert desk.error(other) == "SecurityError"


def test_malformed_options_are_the_browsers_to_refuse(world):
    desk = world.fresh()
    n = world.n_requests()
    for script in ("await navigator.credentials.create({ publicKey: {} });",
                   "await navigator.credentials.create({ publicKey: 7 });",
                   "await navigator.credentials.get({ publicKey: { challenge: 'text' } });",
                   "await navigator.credentials.get({ publicKey: { challenge: new ArrayBuffer(1) }, signal: {} });",
                   "await navigator.credentials.get({ publicKey: { get challenge() { throw new TypeError('own') } } });"):
        outcome = desk.run(script)
        assert outcome["error"]["name"] == "TypeError", (script, outcome)
    assert desk.error("await navigator.credentials.get({ password: true })") == "NotSupportedError"
    assert world.n_requests() == n


def test_hints_and_attachment(world):
    desk = world.fresh()
    n = world.n_requests()
    with desk.authenticator() as own:
        for i, more in enumerate(({"hints": ["security-key"]}, {"hints": ["client-device", "hybrid"]},
                                  {"hints": ["unknown", "security-key"]})):
            assert desk.value(script_of("register", more=more))["verified"]
            assert own.n_credentials() == i + 1
        # And what the person has said for good counts more than a hint.
        desk = world.fresh(choice="browser")
        assert desk.value(script_of("register", more={"hints": ["hybrid"]}))["verified"]
        assert own.n_credentials() == 4
    assert world.n_requests() == n
    desk = world.fresh(choice="ask")
    assert desk.value(script_of("register", more={"hints": ["hybrid"]}))["verified"]
    assert world.n_requests() == n + 1


def test_the_person_is_asked(world):
    desk = world.fresh(choice="ask")
    n = world.n_requests()
    desk.start(REGISTER)
    desk.dialog()
    assert desk.firefox.run("return document.getElementById('site').textContent") == \
        world.lab.sites.secure.removeprefix("https://")
    assert desk.firefox.run("return document.activeElement.value") == "phone"
    desk.answer("phone")
    assert desk.outcome()["value"]["verified"]
    assert world.n_requests() == n + 1

    with desk.authenticator() as own:
        desk.start(REGISTER)
        desk.answer("browser", remember=True)
        outcome = desk.outcome()
        assert outcome.get("value", {}).get("verified"), outcome
        assert desk.value(REGISTER)["verified"]  # nobody is asked any more
        assert own.n_credentials() == 2
    assert world.n_requests() == n + 1


def test_a_page_can_open_one_question_only(world):
    desk = world.fresh(choice="ask")
    desk.start("""
        const publicKey = { challenge: new ArrayBuffer(16), rp: { name: "r" },
            user: { id: new ArrayBuffer(4), name: "n", displayName: "d" },
            pubKeyCredParams: [{ type: "public-key", alg: -7 }] };
        return Promise.all(Array.from({ length: 20 }, () =>
            navigator.credentials.create({ publicKey }).then(() => "done", ({ name }) => name)));""")
    desk.dialog()
    desk.switch(desk.first_tab)
    assert len(desk.handles()) == 2
    desk.answer("phone")
    outcomes = desk.outcome()["value"]
    assert sorted(outcomes) == ["NotAllowedError"] * 19 + ["done"], outcomes


def test_closing_the_question_is_a_no(world):
    desk = world.fresh(choice="ask")
    for close in (desk.close_tab,
                  lambda: desk.firefox.command("WebDriver:ElementSendKeys", {
                      "id": element(desk, "body"), "text": "\ue00c"})):
        desk.start(SIGN_IN.replace("allow: true", ""))
        desk.dialog()
        close()
        desk.switch(desk.first_tab)
        assert desk.outcome()["error"]["name"] == "NotAllowedError"


def test_a_page_that_gives_up_takes_its_question_back(world):
    desk = world.fresh(choice="ask")
    desk.start("""
        window.controller = new AbortController();
        await register({ signal: controller.signal });""")
    asked = desk.dialog()
    desk.switch(desk.first_tab)
    desk.page("controller.abort()")
    assert desk.outcome()["error"]["name"] == "AbortError"
    desk.until_closed(asked)


def test_a_person_may_think(world):
    """The add-on's background, and its program, would have been ended long ago."""
    desk = world.fresh(choice="ask")
    desk.start(REGISTER)
    desk.dialog()
    time.sleep(8)
    desk.answer("phone")
    assert desk.outcome()["value"]["verified"]


def test_nobody_did_anything(world):
    """Without a person's act no window opens: the browser gets the call."""
    desk = world.fresh()
    n = world.n_requests()
    with desk.authenticator() as own:
        desk.page("register()")
        for _ in range(200):
            if own.n_credentials():
                break
            time.sleep(0.05)
        assert own.n_credentials() == 1
    assert world.n_requests() == n


def test_conditional_mediation_is_the_browsers(world):
    desk = world.fresh()
    n = world.n_requests()
    found = desk.value("""
        const controller = new AbortController();
        const asked = navigator.credentials.get({ mediation: "conditional", signal: controller.signal,
            publicKey: { challenge: new ArrayBuffer(16) } }).catch(({ name }) => name);
        await new Promise((resolve) => setTimeout(resolve, 300));
        controller.abort();
        const native = (f) => /\\[native code\\]/.test(f.toString());
        return [await asked, await PublicKeyCredential.isConditionalMediationAvailable(),
            await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()];""")
    assert found == ["AbortError", True, False], found
    assert world.n_requests() == n


def test_capabilities_tell_of_phones(world):
    desk = world.fresh()
    found = desk.value("return await PublicKeyCredential.getClientCapabilities()")
    assert found["hybridTransport"] is True
    assert found["passkeyPlatformAuthenticator"] is False
    assert found["userVerifyingPlatformAuthenticator"] is False


ADD_ONS = {
    # As Bitwarden and KeePassXC do it: a script in the page's world replaces the functions, keeps what was
    # there, and asks that where its person wants the browser's own.
    "assign": "navigator.credentials.create = create;",
    "define": "Object.defineProperty(navigator.credentials, 'create', { value: create, writable: true });",
}


def other_add_on(world, name, body):
    """One that lets the page say whether it answers itself."""
    folder = world.lab.folder / f"other-{name}"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({
        "manifest_version": 3, "name": name, "version": "1",
        "browser_specific_settings": {"gecko": {"id": f"{name}@example.com"}},
        "content_scripts": [{"matches": ["https://*/*"], "js": ["page.js"], "world": "MAIN",
                             "run_at": "document_start", "all_frames": True}]}), encoding="utf-8")
    (folder / "page.js").write_text(
        "const before = navigator.credentials.create.bind(navigator.credentials);"
        "const create = async (options) => window.theirs ? 'theirs' : before(options);" + body,
        encoding="utf-8")
    return world.desk.firefox.install(folder)


def test_lives_beside_other_add_ons(world):
    for name, body in ADD_ONS.items():
        id_ = other_add_on(world, name, body)
        try:
            desk = world.fresh()
            assert desk.value("window.theirs = true;"
                              "return await navigator.credentials.create({ publicKey: {} })") == "theirs"
            n = world.n_requests()
            desk.open(world.lab.sites.secure + "/")
            assert desk.value(REGISTER)["verified"]
            assert world.n_requests() == n + 1
        finally:
            world.desk.firefox.command("Addon:Uninstall", {"id": id_})


def test_hybridd_ends_in_the_middle(world):
    desk = world.fresh()
    world.person.options = None
    n = world.n_requests()
    desk.start(REGISTER)
    world.person.wait_for_state(world.person.wait_for_request(n + 1), "waiting-for-scan")
    world.lab.bus.stop()
    try:
        outcome = desk.outcome()
        assert outcome["error"]["name"] == "UnknownError" and outcome["error"]["dom"], outcome
        assert "hybridd" in outcome["error"]["message"], outcome
        # And now that there is none, the browser is asked; the question does not even come.
        with desk.authenticator() as own:
            desk.open(world.lab.sites.secure + "/")
            assert desk.value(REGISTER)["verified"]
            assert own.n_credentials() == 1
            capabilities = desk.value("return await PublicKeyCredential.getClientCapabilities()")
            assert capabilities["hybridTransport"] is False
        desk.open(desk.base() + "common/popup.html")
        desk.until("return document.querySelector('#state[data-severity=error]') && true")
    finally:
        world.lab.bus.start()
    desk.open(world.lab.sites.secure + "/")
    world.person.options = []
    assert desk.value(REGISTER)["verified"]


def test_the_popup_tells_how_hybridd_is(world):
    desk = world.fresh()
    desk.open(desk.base() + "common/popup.html")
    desk.until("return document.querySelector('#state[data-severity=info]') && true")
    desk.until("return document.querySelector('#findings li') && true")
    assert desk.firefox.run("return document.getElementById('looking').hidden") is True


if __name__ == "__main__":
    sys.exit(Once(World).run(dict(globals())))
