# SPDX-License-Identifier: MIT
"""What runs in the guest beside the tests: the system bus, btvirt with its two virtual controllers,
and the real bluetoothd. Tests may stop and start them too; whatever they leave behind is put right
before the next test program."""

import asyncio
import os
import pathlib
import signal
import subprocess
import time

import bluez_client

LOGS = pathlib.Path("/vm")
PIDS = pathlib.Path("/run/vm")
# btvirt numbers its controllers 00:AA:01:00:00:00, 00:AA:01:01:00:01. The kernel shows zeros until a
# controller has answered its first questions.
ADDRESS_BEGIN = "BD Address: 00:AA:01:"
CONTROLLER_SECONDS = 14  # the kernel waits 10 s for a controller's answer
CONTROLLER_ATTEMPTS = 3
BLUETOOTHD_SECONDS = 30


class NotReady(Exception):
    """The guest's Bluetooth did not start; the text says what failed."""


class Service:
    """A program in the background. Its id is kept in a file, so that the tests, which are processes
    of their own, can stop it as well; its words go to /vm/NAME.log."""

    def __init__(self, name, *command):
        self.name = name
        self.command = command
        self.pid_path = PIDS / name

    def pid(self):
        """Its process id, or None if it does not run."""
        try:
            pid = int(self.pid_path.read_text(encoding="ascii"))
            state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        return None if state.rpartition(")")[2].split()[0] == "Z" else pid

    def runs_as_wanted(self):
        """Whether it runs, and was started with the command that it has now."""
        pid = self.pid()
        if pid is None:
            return False
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        return tuple(words[:-1]) == self.command

    def start(self):
        """Starts it."""
        PIDS.mkdir(exist_ok=True)
        with open(LOGS / f"{self.name}.log", "ab") as log:
            # A child of the first process, so that whoever has started it need not wait for it.
            subprocess.run(["/bin/sh", "-c", 'setsid "$@" & echo $! >"$0"', str(self.pid_path),
                            *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                           check=True)

    def stop(self, number=signal.SIGTERM):
        """Ends it, and waits until it is gone."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, number)
        end = time.monotonic() + 10
        while self.pid() is not None:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


# Controllers of Bluetooth 5.2, which report adverts as extended ones, and such as have Low Energy of
# Bluetooth 4 and nothing else.
MODERN = ("btvirt", "-l2")
LEGACY = ("btvirt", "-L", "-l2")
# And a third one.
CROWDED = ("btvirt", "-l3")

# --experimental: AdvertisementMonitorManager1 is one of BlueZ 5.66's experimental interfaces.
PLAIN = ("/usr/libexec/bluetooth/bluetoothd", "--nodetach")
EXPERIMENTAL = (*PLAIN, "--experimental")

system_bus = Service("dbus-daemon", "dbus-daemon", "--system", "--nofork", "--nopidfile")
btvirt = Service("btvirt", *MODERN)
bluetoothd = Service("bluetoothd", *EXPERIMENTAL)
# Writes down all that goes over the virtual HCI, and bluetoothd's talk with the kernel.
btmon = Service("btmon", "btmon", "--time")


def wait_until(condition, seconds):
    """Whether the condition came true in this time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def start_system_bus():
    """The bus that bluetoothd is on."""
    os.makedirs("/run/dbus", exist_ok=True)
    subprocess.run(["dbus-uuidgen", "--ensure"], check=True)
    system_bus.start()
    if not wait_until(pathlib.Path("/run/dbus/system_bus_socket").exists, 20):
        raise NotReady("the system bus did not start; see dbus-daemon.log")


def n_controllers():
    """How many btvirt has, or is to have."""
    return int(btvirt.command[-1].removeprefix("-l"))


def controllers_are_up():
    """Whether the kernel has begun to work with all of them."""
    shown = subprocess.run(["hciconfig"], capture_output=True, text=True, check=False).stdout
    return shown.count(ADDRESS_BEGIN) == n_controllers()


def start_controllers():
    """Both virtual controllers. One that misses its first command, which happens on a slow machine,
    never recovers: btvirt is then started again. Returns how many attempts it took."""
    for attempt in range(1, CONTROLLER_ATTEMPTS + 1):
        btvirt.start()
        if wait_until(controllers_are_up, CONTROLLER_SECONDS):
            return attempt
        btvirt.stop()
    raise NotReady(f"the virtual controllers did not start, {CONTROLLER_ATTEMPTS} times; "
                   "see btvirt.log and dmesg.log")


async def power_all():
    """Waits until bluetoothd has all controllers, and has powered them."""
    try:
        async with bluez_client.connect() as bluez:
            await bluez.wait_for_adapters(n_controllers(), BLUETOOTHD_SECONDS)
            for adapter in await bluez.adapters():
                await bluez.power(adapter, True)
    except (bluez_client.BusFailure, OSError, TimeoutError) as error:
        raise NotReady(f"bluetoothd has no powered controllers: {error!r}; "
                       "see bluetoothd.log") from error


def make_ready(controllers=MODERN):
    """Starts what does not run; returns what had to be done, in words."""
    done = []
    btvirt.command = controllers
    if system_bus.pid() is None:
        start_system_bus()
        done.append("system bus")
    if btmon.pid() is None:
        btmon.start()
    if not btvirt.runs_as_wanted() or not controllers_are_up():
        btvirt.stop()
        attempts = start_controllers()
        done.append(f"controllers, {attempts} attempts" if attempts > 1 else "controllers")
    if not bluetoothd.runs_as_wanted():
        bluetoothd.stop()
        bluetoothd.start()
        done.append("bluetoothd")
    asyncio.run(power_all())
    return done


def restart_bluetoothd(command):
    """Starts it anew with this command, and waits until all is there again."""
    bluetoothd.stop()
    bluetoothd.command = command
    make_ready()
