#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boots the guest and runs test programs in it, or a shell; prints one TAP report.

    run-guest.py [--only=NAME]... [--shell] BUILD [PROGRAM]...

BUILD is the build folder; what is made for the guest and the guest's logs are kept in its
tests/vm/guest. A PROGRAM writes TAP; one that ends in .py is run by Debian's Python. It gets BUILD as
its argument. Its NAME is that of its file without "test-". By default all that meson.build names are
run."""

import argparse
import importlib.util
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time

from report import Report

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

ATTEMPTS = 2
READY_SECONDS = 100
GUEST_SECONDS = 600
MEMORY_MB = 768
N_CPUS = 2
SKIPPED = 77  # of make-guest.py

# What the tests on the host are told about sanitizers counts in the guest as well.
ENVIRONMENT = ("ASAN_OPTIONS", "LSAN_OPTIONS", "MALLOC_PERTURB_", "TSAN_OPTIONS", "UBSAN_OPTIONS")

# The host runs what the guest has in common with it.
NEEDED = {
    "qemu-system-x86_64": "qemu-system-x86",
    "/usr/libexec/bluetooth/bluetoothd": "bluez",
    "btmon": "bluez",
    "hciconfig": "bluez",
    "btvirt": "bluez-test-tools",
    "dbus-daemon": "dbus-daemon",
    "dbus-uuidgen": "dbus-bin",
    "ip": "iproute2",
}


def why_not():
    """Why there can be no guest on this machine, or None."""
    if platform.machine() != "x86_64":
        return f"the guest is an x86-64 machine, and this is {platform.machine()}"
    for program, package in NEEDED.items():
        if not shutil.which(program):
            return f"no {program} (package {package})"
    if not importlib.util.find_spec("dbus_fast"):
        return "no dbus_fast for Python (package python3-dbus-fast)"
    return None


def has_kvm():
    """Whether the processor can run the guest by itself. Where there is a /dev/kvm but no such
    processor the kernel emulates it, and fails to."""
    words = set(pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    return bool(words & {"vmx", "svm"}) and os.access("/dev/kvm", os.R_OK | os.W_OK)


def shared_folders(build):
    """What the guest sees of the host, each at the same path."""
    folders = [pathlib.Path("/usr"), pathlib.Path("/etc")]
    for folder in (SOURCE, build):
        if not any(folder.is_relative_to(other) for other in folders):
            folders.append(folder)
    return folders


class Guest:
    """One virtual machine. Its folder keeps what it was told and all its logs."""

    def __init__(self, work, number, build, with_kvm):
        self.work = work
        self.folder = work / f"log-{number}"
        self.build = build
        self.with_kvm = with_kvm
        self.why_killed = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def command(self, port):
        """How qemu is started; port: where the guest's second serial port goes."""
        if self.with_kvm:
            machine = ["-accel", "kvm", "-cpu", "host"]
        else:
            machine = ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem"]
        command = [
            "qemu-system-x86_64", "-machine", "q35", *machine, "-smp", str(N_CPUS),
            "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none", "-device", "virtio-rng-pci",
            "-serial", f"file:{escaped(self.folder / 'console.log')}", "-serial", port,
            "-kernel", str(self.work / "kernel"), "-initrd", str(self.work / "initrd"),
            "-append", "console=ttyS0 quiet loglevel=4 rdinit=/init panic=-1 mitigations=off "
                       "cryptomgr.notests=1",
        ]
        shares = [("vm", self.folder, "off")]
        shares += [(f"share{i}", folder, "on")
                   for i, folder in enumerate(shared_folders(self.build))]
        for tag, folder, read_only in shares:
            command += ["-fsdev", f"local,id={tag},path={escaped(folder)},security_model=none,"
                        f"multidevs=remap,readonly={read_only}",
                        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        lines = [f"{tag} {folder}\n" for tag, folder, read_only in shares if read_only == "on"]
        (self.folder / "shares").write_text("".join(lines), encoding="utf-8")
        (self.folder / "start").write_text(f"{HERE / 'guest-start.sh'}\n", encoding="utf-8")
        return command

    def tell(self, programs, shell=None):
        """Says what is to be run; shell: of the terminal, where a shell is."""
        job = {
            "programs": [{"name": name, "command": command} for name, command in programs.items()],
            "shell": shell,
            "environment": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        }
        (self.folder / "job.json").write_text(json.dumps(job), encoding="utf-8")

    def lines(self):
        """Runs the guest to its end; gives what it writes to its second serial port, by lines."""
        with (open(self.folder / "qemu.log", "wb") as log,
              subprocess.Popen(self.command("stdio"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=log) as qemu):
            limits = [threading.Timer(seconds, self._kill, (qemu, why)) for seconds, why in (
                (READY_SECONDS, f"was not ready within {READY_SECONDS} s"),
                (GUEST_SECONDS, f"had not finished within {GUEST_SECONDS} s"))]
            for limit in limits:
                limit.start()
            try:
                with open(self.folder / "report.log", "wb") as copy:
                    for line in qemu.stdout:
                        copy.write(line)
                        copy.flush()
                        text = line.decode(errors="replace").rstrip("\n")
                        if text == "@ready":
                            limits[0].cancel()
                        yield text
                qemu.wait()
            finally:
                for limit in limits:
                    limit.cancel()
                qemu.kill()

    def _kill(self, qemu, why):
        self.why_killed = why
        qemu.kill()

    def last_words(self, n_lines=40):
        """The ends of the logs that tell why a guest has died."""
        for name in ("console.log", "qemu.log"):
            path = self.folder / name
            text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
            for line in text.splitlines()[-n_lines:]:
                yield f"{name}: {line}"


def escaped(path):
    """A path within a list of options of qemu's."""
    return str(path).replace(",", ",,")


def run_once(guest, left, report):
    """Runs the programs that are left, and takes out those that ended. Returns None, or what is
    wrong with the guest, and the program that ran when it went wrong."""
    guest.tell(left)
    running = broken = None
    done = False
    for line in guest.lines():
        word, _, rest = line.partition(" ")
        if word == "@begin":
            running = rest
            report.begin()
        elif word == "@end":
            name, status, seconds = rest.split()
            report.comment(f"{name} took {seconds} s")
            if not report.end(name, status):
                for text in tail(guest.folder / f"{name}.stderr"):
                    report.comment(f"{name}: {text}")
            running = None
            del left[name]
        elif running:
            report.line(line)
        elif word == "@note":
            report.comment(rest)
        elif word == "@broken":
            broken = rest
        elif word == "@done":
            done = True
    if broken or done:
        return broken, None
    return f"the guest {guest.why_killed or 'died'}", running


def tail(path, n_lines=30):
    """The last lines of a file, or none."""
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-n_lines:]


def run_tests(work, build, programs):
    """Runs all programs, if need be in a second guest; returns the exit status. The second one does
    without KVM: it may be what ails the first."""
    report = Report(sys.stdout)
    left = dict(programs)
    for old in work.glob("log-[0-9]"):
        shutil.rmtree(old)
    for attempt in range(1, ATTEMPTS + 1):
        guest = Guest(work, attempt, build, has_kvm() and attempt == 1)
        report.comment(f"guest {attempt}, {'with' if guest.with_kvm else 'without'} KVM; "
                       f"logs: {guest.folder}")
        began = time.monotonic()
        wrong, running = run_once(guest, left, report)
        report.comment(f"guest {attempt} ran for {time.monotonic() - began:.1f} s")
        if not left:
            break
        report.comment(f"{wrong}{f', in {running}' if running else ''}")
        for text in guest.last_words():
            report.comment(text)
    for name in left:
        report.fail(name, wrong if name == running else f"did not run: {wrong}")
    return report.finish()


def run_shell(work, build):
    """A shell in the guest, on this terminal; returns its exit status."""
    guest = Guest(work, "shell", build, has_kvm())
    size = shutil.get_terminal_size()
    guest.tell({}, {"rows": size.lines, "columns": size.columns,
                    "term": os.environ.get("TERM", "vt100")})
    print(f"The guest boots. Logs, and /vm of the guest: {guest.folder}\n"
          "exit or Ctrl-A X ends it.", flush=True)
    subprocess.run(guest.command("mon:stdio"), check=False)
    status = guest.folder / "status"
    return int(status.read_text(encoding="ascii")) if status.exists() else 1


def command_of(program, build):
    """How a test program is run."""
    python = ["/usr/bin/python3"] if program.endswith(".py") else []
    return [*python, os.path.realpath(program), str(build)]


def programs_of(build):
    """The programs that the build's own test of this script is given."""
    tests = json.loads((build / "meson-info/intro-tests.json").read_text(encoding="utf-8"))
    command = next(test["cmd"] for test in tests
                   if test["name"] == "guest" and "hybridd:vm" in test["suite"])
    return command[command.index(str(build)) + 1:]


def main():
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", action="append", help="run only this program")
    parser.add_argument("--shell", action="store_true", help="a shell in place of tests")
    parser.add_argument("build", metavar="BUILD")
    parser.add_argument("program", metavar="PROGRAM", nargs="*")
    options = parser.parse_args()
    # So that qemu does not outlive this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    build = pathlib.Path(options.build).resolve()
    programs = {pathlib.Path(program).stem.removeprefix("test-"): command_of(program, build)
                for program in options.program or programs_of(build)}
    if options.only:
        if unknown := set(options.only) - set(programs):
            parser.error(f"no such program: {', '.join(sorted(unknown))}; "
                         f"there are: {', '.join(programs)}")
        programs = {name: programs[name] for name in options.only}

    work = build / "tests" / "vm" / "guest"
    reason = why_not()
    if reason is None:
        made = subprocess.run([sys.executable, str(HERE / "make-guest.py"), str(work)],
                              stderr=subprocess.PIPE, text=True, check=False)
        if made.returncode == SKIPPED:
            reason = made.stderr.strip()
        elif made.returncode != 0:
            print(f"Bail out! make-guest.py: {made.stderr}")
            return 1
    if reason is not None:
        print(f"1..0 # SKIP {reason}")
        return 0
    return run_shell(work, build) if options.shell else run_tests(work, build, programs)


if __name__ == "__main__":
    sys.exit(main())
