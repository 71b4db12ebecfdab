#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Which programs may ask hybridd, and for what: real programs in all the places that they can be
in, on a real bus. Only root can make a program or a table that is trusted."""

import asyncio
import fcntl
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import termios

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import checks  # noqa: E402
import hybridd  # noqa: E402
import tap  # noqa: E402
from checks import DENIED, fails_with, n_fds, refused, settle, until_n_fds  # noqa: E402
from hybridd import (Bus, MANAGER, NAME, PATH, REQUEST, Message, Variant, connect)  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build")
CALLER = ROOT / "tests" / "bus" / "caller.py"
PYTHON = pathlib.Path(sys.executable).resolve()
OTHER_SITE = "https://login.example.org"


class Place:
    """A folder of root's with programs, and tables about them."""

    def __init__(self):
        if os.geteuid() != 0:
            raise tap.Skip("only root can make programs and tables that are trusted")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-callers-"))
        self.folder.chmod(0o755)
        self.vendor, self.admin = self.folder / "vendor", self.folder / "admin"
        self.vendor.mkdir(mode=0o755)
        self.admin.mkdir(mode=0o755)
        self.program = self.install("program")

    def install(self, name, source=PYTHON):
        """A copy of a program with a path of its own."""
        path = self.folder / name
        new = self.folder / (name + ".new")
        shutil.copyfile(source, new)
        new.chmod(0o755)
        new.rename(path)
        return path

    def table(self, text, name="table.conf", folder=None):
        """Writes a table."""
        path = (folder or self.vendor) / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        return path

    def listed(self, more="", exe=None, origins="*"):
        """A table that lists the program."""
        return self.table(f"[caller one]\nname = Program One\nkind = host\n"
                          f"exe = {exe or self.program}\norigins = {origins}\n{more}")

    def settings(self, **requests):
        """For a hybridd that reads these tables only."""
        return {"test": {"callers": None, "callers-vendor-folder": str(self.vendor),
                         "callers-admin-folder": str(self.admin)}, "requests": requests}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


class Program:
    """A running caller.py."""

    def __init__(self, process):
        self.process = process

    async def line(self):
        """What it says next."""
        return (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode().strip()

    async def outcome(self):
        """The next line that is not "ready"."""
        line = await self.line()
        if line == "ready":
            line = await self.line()
        assert line, "it said nothing"
        return json.loads(line)

    async def go_on(self):
        """Ends its waiting."""
        self.process.stdin.write(b"\n")
        await self.process.stdin.drain()

    async def end(self):
        """Ends it, if it has not ended."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start(command, **options):
    """Starts a program, with its standard output for us."""
    environment = dict(os.environ, PYTHONHOME=sys.base_prefix, PYTHONDONTWRITEBYTECODE="1")
    return Program(await asyncio.create_subprocess_exec(
        *map(str, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        start_new_session=options.pop("start_new_session", True), **options))


async def run(bus, program, *arguments, **options):
    """Starts caller.py under a program; returns what it says."""
    running = await start([program, CALLER, bus.address, *arguments], **options)
    try:
        return await running.outcome()
    finally:
        await running.end()


def check_with(place, check, **requests):
    """Runs check(bus, client) against a hybridd that reads the place's tables."""
    checks.with_daemon(BUILD, check, settings=place.settings(**requests))


def is_refused(outcome, words=""):
    """Whether a request was refused because of its caller, with these words."""
    return (outcome.get("code") == 2 and outcome["cause"] == "caller-refused" and
            outcome["error"] == "SecurityError" and words in outcome["message"])


# ---- programs of the host -----------------------------------------------------------------------

def test_program_that_is_on_no_list():
    with Place() as place:
        async def check(bus, client):
            assert is_refused(await run(bus, place.program), "list")
            message = await fails_with(client, await client.create(), "caller-refused",
                                       "SecurityError")
            assert "hybridd-callers.conf(5)" in message, message
        check_with(place, check)


def test_listed_program():
    with Place() as place:
        place.listed()

        async def check(bus, _):
            outcome = await run(bus, place.program)
            assert outcome["Caller"] == "Program One", outcome
            assert outcome["CallerPath"] == str(place.program), outcome
            assert (outcome["CallerKind"], outcome["CallerTrust"]) == ("host", "listed"), outcome
            # Another one with the same content is another program.
            assert is_refused(await run(bus, place.install("other")))
        check_with(place, check)


def test_tables_are_read_anew_for_each_request():
    with Place() as place:
        async def check(bus, _):
            assert is_refused(await run(bus, place.program))
            place.listed()
            assert "Caller" in await run(bus, place.program)
            (place.admin / "table.conf").symlink_to("/dev/null")
            assert is_refused(await run(bus, place.program))
        check_with(place, check)


def test_a_program_has_its_share_of_requests_on_all_connections_together():
    with Place() as place:
        place.listed()

        async def check(bus, _):
            greedy = await start([place.program, CALLER, bus.address, "--often", "3", "2"])
            outcomes = json.loads(await greedy.line())["outcomes"]
            assert outcomes == [None] * 4 + ["busy"] * 2, outcomes
            # Another process has its own.
            assert (await run(bus, place.program))["CallerTrust"] == "listed"
            await greedy.end()
        check_with(place, check)


def test_scoped_program():
    with Place() as place:
        place.listed(origins=f"{OTHER_SITE} https://login.example.net")

        async def check(bus, _):
            assert is_refused(await run(bus, place.program), "other sites")
            # That the relying party is another's is said by who checks that.
            outcome = await run(bus, place.program, "--origin", OTHER_SITE)
            assert outcome["cause"] == "origin-refused", outcome
            place.listed(origins=hybridd.ORIGIN)
            outcome = await run(bus, place.program)
            assert outcome["CallerTrust"] == "listed", outcome
        check_with(place, check)


def test_surrounding_page_of_a_scoped_program():
    with Place() as place:
        place.listed(exe=PYTHON, origins=hybridd.ORIGIN)

        async def check(_, client):
            await fails_with(client, await client.create(top_origin=OTHER_SITE), "caller-refused",
                             "SecurityError")
            path = await client.create()
            await client.state(path, "waiting-for-scan")
        check_with(place, check)


def test_program_that_is_replaced_while_it_runs():
    with Place() as place:
        place.listed()

        async def check(bus, _):
            running = await start([place.program, CALLER, bus.address, "--wait"])
            assert await running.line() == "ready"
            place.install("program")
            await running.go_on()
            assert is_refused(await running.outcome(), "replaced")
            await running.end()
            assert "Caller" in await run(bus, place.program)
        check_with(place, check)


def test_program_that_is_deleted_while_it_runs():
    with Place() as place:
        place.listed()

        async def check(bus, _):
            running = await start([place.program, CALLER, bus.address, "--wait"])
            assert await running.line() == "ready"
            place.program.unlink()
            await running.go_on()
            assert is_refused(await running.outcome(), "replaced")
            await running.end()
        check_with(place, check)


def test_program_that_others_may_change():
    with Place() as place:
        place.listed()

        async def check(bus, _):
            place.program.chmod(0o775)
            assert is_refused(await run(bus, place.program))
            place.program.chmod(0o755)
            os.chown(place.program, 65534, 65534)
            assert is_refused(await run(bus, place.program))
            os.chown(place.program, 0, 0)
            place.folder.chmod(0o777)
            assert is_refused(await run(bus, place.program))
            place.folder.chmod(0o755)
            assert "Caller" in await run(bus, place.program)
        check_with(place, check)


def test_table_that_others_may_change():
    with Place() as place:
        table = place.listed()

        async def check(bus, _):
            os.chown(table, 65534, 65534)
            assert is_refused(await run(bus, place.program))
            assert f"{table} is ignored: others than root can change it" in bus.log()
            os.chown(table, 0, 0)
            place.vendor.chmod(0o777)
            assert is_refused(await run(bus, place.program))
            assert f"{place.vendor} is ignored: others than root" in bus.log()
            place.vendor.chmod(0o755)
            assert "Caller" in await run(bus, place.program)
        check_with(place, check)


def test_table_with_a_mistake():
    with Place() as place:
        table = place.listed("colour = red\n")

        async def check(bus, _):
            assert is_refused(await run(bus, place.program))
            assert f"{table}:6: [caller one] colour: is not known; the file is ignored" in bus.log()
        check_with(place, check)


# ---- parents ------------------------------------------------------------------------------------

def shell_command(shell, place, bus, text):
    """A shell that starts the program and does not become it."""
    return [shell, "-c", text, shell, place.program, CALLER, bus.address]


def test_parent_that_is_listed():
    with Place() as place:
        browser = place.install("browser", "/bin/dash")
        place.listed(f"parent = /nonexistent/browser {browser}\n")

        async def check(bus, _):
            running = await start(shell_command(browser, place, bus, '"$@"; exit'))
            assert (await running.outcome())["CallerTrust"] == "listed"
            await running.end()
        check_with(place, check)


def test_parent_that_is_not_listed():
    with Place() as place:
        browser = place.install("browser", "/bin/dash")
        place.listed(f"parent = {browser}\n")

        async def check(bus, _):
            other = place.install("other", "/bin/dash")
            running = await start(shell_command(other, place, bus, '"$@"; exit'))
            assert is_refused(await running.outcome())
            await running.end()
            assert is_refused(await run(bus, place.program))
            # The browser is the grandparent only.
            running = await start(shell_command(
                browser, place, bus, f'{other} -c \'"$@"; exit\' "$0" "$@"; exit'))
            assert is_refused(await running.outcome())
            await running.end()
        check_with(place, check)


def test_parent_that_was_replaced():
    with Place() as place:
        browser = place.install("browser", "/bin/dash")
        place.listed(f"parent = {browser}\n")

        async def check(bus, _):
            running = await start(shell_command(browser, place, bus, '"$@" --wait; exit'))
            assert await running.line() == "ready"
            place.install("browser", "/bin/dash")
            await running.go_on()
            assert is_refused(await running.outcome())
            await running.end()
        check_with(place, check)


def test_parent_that_has_gone():
    with Place() as place:
        browser = place.install("browser", "/bin/dash")
        place.listed(f"parent = {browser}\n")

        async def check(bus, _):
            running = await start(shell_command(browser, place, bus, '"$@" --orphan $$ & exit'))
            assert is_refused(await running.outcome())
            await running.end()
        check_with(place, check)


# ---- terminals ----------------------------------------------------------------------------------

def take_terminal(fd):
    """For a new process: this terminal becomes its own."""
    def take():
        os.setsid()
        fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
    return take


def test_program_that_needs_a_terminal():
    with Place() as place:
        place.listed("terminal = yes\n")

        async def check(bus, _):
            assert is_refused(await run(bus, place.program), "terminal")
            ours, its = pty.openpty()
            try:
                outcome = await run(bus, place.program, preexec_fn=take_terminal(its),
                                    start_new_session=False, pass_fds=[its])
            finally:
                os.close(ours)
                os.close(its)
            assert outcome["CallerTrust"] == "terminal", outcome
        check_with(place, check)


# ---- sandboxes ----------------------------------------------------------------------------------

# As bubblewrap does it: a root in memory, with what is needed bound into it.
SANDBOX = """
set -e
root=$1 info=$2 folder=$3 sources=$4
shift 4
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
for name in /usr /bin /lib /lib64 "$folder" "$sources"; do
    if [ -e "$name" ]; then
        mkdir -p "$root$name"
        mount --rbind "$name" "$root$name"
    fi
done
if [ -n "$info" ]; then printf '[Application]\\nname=%s\\n' "$info" > "$root/.flatpak-info"; fi
exec chroot "$root" "$@"
"""


def sandbox(place, bus, info, program):
    """A command that runs caller.py in a root of its own, as a Flatpak or not."""
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
        raise tap.Skip("no mount namespaces here")
    root = place.folder / "root"
    root.mkdir(exist_ok=True)
    return ["unshare", "-m", "/bin/sh", "-c", SANDBOX, "sandbox", root, info, bus.folder, ROOT,
            program, CALLER, bus.address]


async def outcome_of(command, **options):
    """What a command says."""
    running = await start(command, **options)
    try:
        return await running.outcome()
    finally:
        await running.end()


def test_flatpak():
    with Place() as place:
        place.table("[caller mail]\nname = Mail\nkind = flatpak\napp-id = org.example.Mail\n"
                    f"origins = {hybridd.ORIGIN}\n")

        async def check(bus, _):
            outcome = await outcome_of(sandbox(place, bus, "org.example.Mail", PYTHON))
            assert outcome["Caller"] == "Mail", outcome
            assert outcome["CallerKind"] == "flatpak", outcome
            assert outcome["CallerPath"] == "org.example.Mail", outcome
            assert is_refused(await outcome_of(sandbox(place, bus, "org.example.Other", PYTHON)))
        check_with(place, check)


def test_program_of_the_host_in_a_sandbox():
    with Place() as place:
        place.listed(exe=PYTHON)

        async def check(bus, _):
            assert "Caller" in await run(bus, PYTHON)
            for info in ("org.example.Mail", ""):
                assert is_refused(await outcome_of(sandbox(place, bus, info, PYTHON))), info
        check_with(place, check)


def cgroup_folder():
    """Where control groups of systemd's kind can be made."""
    for folder in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/systemd"):
        if pathlib.Path(folder, "cgroup.procs").exists() and os.access(folder, os.W_OK):
            return pathlib.Path(folder)
    raise tap.Skip("no control group can be made here")


class Scope:
    """A control group of a snap's name."""

    def __init__(self, name):
        self.folder = cgroup_folder() / name
        try:
            self.folder.mkdir()
        except OSError as error:
            raise tap.Skip(f"no control group can be made here: {error}") from error

    def enter(self):
        """For a new process."""
        (self.folder / "cgroup.procs").write_text("0", encoding="ascii")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(100):
            try:
                self.folder.rmdir()
                return
            except OSError:  # its last process is still on its way out
                subprocess.run(["sleep", "0.05"], check=True)
        raise AssertionError("the control group is still in use")


def test_snap():
    with Place() as place, Scope(f"snap.hybridd-test.mail-{os.getpid()}.scope") as scope:
        place.table("[caller mail]\nname = Mail\nkind = snap\napp-id = hybridd-test\n"
                    "origins = *\n"
                    "[caller flatpak]\nkind = flatpak\napp-id = org.example.Mail\norigins = *\n")

        async def check(bus, _):
            outcome = await outcome_of(sandbox(place, bus, "", PYTHON), preexec_fn=scope.enter)
            assert outcome["Caller"] == "Mail", outcome
            assert outcome["CallerKind"] == "snap", outcome
            assert outcome["CallerPath"] == "hybridd-test", outcome
            # What looks like both is neither.
            assert is_refused(await outcome_of(sandbox(place, bus, "org.example.Mail", PYTHON),
                                               preexec_fn=scope.enter))
            # What is not confined is no snap, whatever group it is in.
            assert is_refused(await run(bus, place.program, preexec_fn=scope.enter))
        check_with(place, check)


# ---- asking the person --------------------------------------------------------------------------

class Window:
    """What shows windows; this process."""

    def __init__(self, client):
        self.client = client
        self.presented = asyncio.get_running_loop().create_future()
        client.bus.add_message_handler(self._on_message)

    def _on_message(self, message):
        if message.member == "Present":
            self.presented.set_result(message.body[0])
            return Message.new_method_return(message)
        return None

    async def path(self):
        """The request that is to be shown."""
        return await asyncio.wait_for(self.presented, 20)


async def open_window(bus):
    """Takes the window's name."""
    window = Window(await connect(bus))
    await window.client.bus.request_name("org.hybridd.Prompt1")
    return window


ASK = ("--until", "asking-permission", "--stay")


def test_nobody_to_ask():
    with Place() as place:
        async def check(bus, _):
            assert is_refused(await run(bus, place.program), "no window")
        check_with(place, check, **{"unknown-callers": "ask"})


def test_person_allows():
    with Place() as place:
        async def check(bus, _):
            window = await open_window(bus)
            running = await start([place.program, CALLER, bus.address, *ASK, "--allow"])
            path = await window.path()
            first = await running.outcome()
            # It may not allow itself, and has no code before somebody did.
            assert first["allow"] == DENIED and first["path"] == path, first
            expected = {"State": "asking-permission", "Caller": "program",
                        "CallerPath": str(place.program), "CallerKind": "host",
                        "CallerTrust": "unknown", "RpId": "example.com",
                        "Origin": hybridd.ORIGIN}
            for name, value in expected.items():
                found = await window.client.get_property(path, REQUEST, name)
                assert found == value, (name, found)
            assert not list(bus.ether.glob("*.sock")), "it scans already"
            other = await connect(bus)
            await refused(other.call(path, REQUEST, "Allow"), DENIED)
            other.close()

            # Both at once: once it has its code the program may leave, and the request with it.
            allowed = asyncio.ensure_future(window.client.call(path, REQUEST, "Allow"))
            again = asyncio.ensure_future(refused(window.client.call(path, REQUEST, "Allow"),
                                                  NAME + ".Error.InvalidStateError"))
            await allowed
            await again
            assert await running.outcome() == {"code": None, "has_code": True}
            assert "was allowed to ask for example.com" in bus.log()
            await running.end()
            window.client.close()
        check_with(place, check, **{"unknown-callers": "ask"})


def test_code_is_held_back_while_the_person_is_asked():
    with Place() as place:
        async def check(bus, client):
            window = await connect(bus)
            program = await start([place.program, CALLER, bus.address, "--window"])
            assert await program.line() == "ready"
            path = await client.create()
            code = asyncio.create_task(client.qr_text(path))
            assert (await program.outcome()) == {"error": None}
            assert (await code).startswith("FIDO:/")
            await program.end()
            window.close()
        check_with(place, check, **{"unknown-callers": "ask"})


def test_person_says_no():
    with Place() as place:
        async def check(bus, _):
            window = await open_window(bus)
            running = await start([place.program, CALLER, bus.address, *ASK])
            await running.outcome()
            await window.client.cancel(await window.path())
            outcome = await running.outcome()
            assert (outcome["code"], outcome["cause"]) == (1, "cancelled"), outcome
            await running.end()
            window.client.close()
            await settle(bus)
        check_with(place, check, **{"unknown-callers": "ask"})


def test_window_that_closes_while_the_person_is_asked():
    with Place() as place:
        async def check(bus, _):
            window = await open_window(bus)
            running = await start([place.program, CALLER, bus.address, *ASK])
            await running.outcome()
            await window.path()
            window.client.close()
            assert is_refused(await running.outcome(), "window")
            await running.end()
            await settle(bus)
        check_with(place, check, **{"unknown-callers": "ask"})


def test_window_of_the_callers_own():
    with Place() as place:
        async def check(bus, client):
            # Two connections of one process: this one.
            window = await open_window(bus)
            path = await client.create()
            assert await window.path() == path
            await fails_with(client, path, "caller-refused", "SecurityError")
            window.client.close()
        check_with(place, check, **{"unknown-callers": "ask"})


def test_window_that_others_may_change():
    with Place() as place:
        async def check(bus, client):
            place.program.chmod(0o777)
            window = await start([place.program, CALLER, bus.address, "--window"])
            assert await window.line() == "ready"
            path = await client.create()
            await fails_with(client, path, "caller-refused", "SecurityError")
            await window.end()
        settings = place.settings(**{"unknown-callers": "ask"})
        settings["test"]["prompt-program"] = place.program
        checks.with_daemon(BUILD, check, settings=settings)


def test_listed_program_needs_nobody():
    with Place() as place:
        place.listed(origins=hybridd.ORIGIN)

        async def check(bus, _):
            assert (await run(bus, place.program))["CallerTrust"] == "listed"
            # Nor does the person stand above what the list says.
            place.listed(origins=OTHER_SITE)
            assert is_refused(await run(bus, place.program), "other sites")
        check_with(place, check, **{"unknown-callers": "ask"})


def test_caller_that_leaves_while_the_person_is_asked():
    with Place() as place:
        async def check(bus, _):
            window = await open_window(bus)
            running = await start([place.program, CALLER, bus.address, *ASK])
            await running.outcome()
            path = await window.path()
            await running.end()
            await settle(bus)
            await refused(window.client.call(path, REQUEST, "Allow"),
                          "org.freedesktop.DBus.Error.UnknownObject")
            assert "caller-gone" in bus.log()
            window.client.close()
        check_with(place, check, **{"unknown-callers": "ask"})


# ---- what others see ----------------------------------------------------------------------------

def test_what_changes_is_told_to_nobody_else():
    async def check(bus, client):
        other = await connect(bus)
        path = await client.create()
        await client.state(path, "waiting-for-scan")
        await refused(other.get_property(path, REQUEST, "RpId"), DENIED)
        for member, body in (("Get", [REQUEST, "Phone"]), ("Get", [REQUEST, "ExpiresUsec"]),
                             ("GetAll", [REQUEST])):
            await refused(other.call(path, hybridd.PROPERTIES, member, "s" * len(body), body),
                          DENIED)
        changed = [s for s in client.signals if s.member == "PropertiesChanged"]
        assert changed[0].body[1]["RpId"].value == "example.com", changed
        await client.cancel(path)
        await client.response(path)
        # Nothing of it, although this one listens to all that is said there.
        assert not [s for s in other.signals if s.path == path], other.signals
        other.close()
    checks.with_daemon(BUILD, check)


def test_what_changes_is_told_to_the_window():
    async def check(bus, client):
        window = await open_window(bus)
        path = await client.create(prompt="auto")
        await window.path()
        await window.client.state(path, "waiting-for-scan")
        assert (await window.client.get_property(path, REQUEST, "RpId")) == "example.com"
        window.client.close()
    checks.with_daemon(BUILD, check)


# ---- callers that come, go and flood ------------------------------------------------------------

async def call_and_leave(bus):
    """A caller that does not wait for anything."""
    other = await connect(bus)
    await other.bus.send(Message(
        destination=NAME, path=PATH, interface=MANAGER, member="GetCredential",
        signature="ssa{sv}", body=["", hybridd.ORIGIN, {
            "public_key": Variant("s", json.dumps(hybridd.GET_OPTIONS)),
            "prompt": Variant("s", "none")}]))
    other.close()


def test_callers_that_leave_at_once():
    with Place() as place:
        place.listed(exe=PYTHON)

        async def check(bus, client):
            path = await client.create()
            await client.state(path, "waiting-for-scan")
            await client.cancel(path)
            await client.response(path)
            await settle(bus)
            n_before = n_fds(bus)
            for _ in range(20):
                await call_and_leave(bus)
            await settle(bus)
            await until_n_fds(bus, n_before)
            path = await client.create()
            await client.state(path, "waiting-for-scan")
        check_with(place, check)


def test_bus_that_does_not_answer():
    """Whoever keeps the bus busy does not keep hybridd waiting: it takes a request, and a signal,
    while the bus stands still."""
    with Bus(BUILD) as bus:
        bus.start()

        async def main():
            client = await connect(bus)
            os.kill(bus.daemon.pid, signal.SIGSTOP)
            await client.bus.send(Message(
                destination=NAME, path=PATH, interface=MANAGER, member="GetCredential",
                signature="ssa{sv}", body=["", hybridd.ORIGIN, {
                    "public_key": Variant("s", json.dumps(hybridd.GET_OPTIONS)),
                    "prompt": Variant("s", "none")}]))
            await client.call("/org/freedesktop/DBus", "org.freedesktop.DBus.Peer", "Ping",
                              destination="org.freedesktop.DBus")
            os.kill(bus.bus.pid, signal.SIGSTOP)
            try:
                os.kill(bus.daemon.pid, signal.SIGCONT)
                await asyncio.sleep(1)
                bus.daemon.terminate()
                assert bus.daemon.wait(5) == 0
            finally:
                os.kill(bus.bus.pid, signal.SIGCONT)
            client.close()
        asyncio.run(main())


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
