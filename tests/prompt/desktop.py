# SPDX-License-Identifier: MIT
"""A desktop without people: an X server in memory, a session bus with the accessibility bus and
hybrid-prompt on it; what is to be seen, what a screen reader is told, and keys."""

import asyncio
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from hybridd import Bus  # noqa: E402

PROMPT = "org.hybridd.Prompt1"
SECONDS = 60  # long, for machines that do much besides
NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool", "xprop": "x11-utils", "zbarimg": "zbar-tools"}
# By what a test puts into the window's environment.
GTK_SETTINGS = {"LARGE_TEXT": "gtk-font-name=Sans 17", "NO_MOTION": "gtk-enable-animations=false"}
LAUNCHER = pathlib.Path("/usr/libexec/at-spi-bus-launcher")


def check_programs():
    """Skips what cannot be tested here."""
    for program, package in NEEDED.items():
        if not shutil.which(program):
            raise tap.Skip(f"{program} (package {package}) is not installed")
    if not LAUNCHER.exists():
        raise tap.Skip("the accessibility bus (package at-spi2-core) is not installed")


class Picture:
    """Pixels as rows of (red, green, blue) bytes."""

    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows

    def crop(self, x, y, width, height):
        """A part of it."""
        return Picture(width, height, [row[3 * x:3 * (x + width)] for row in self.rows[y:y + height]])

    def write(self, path):
        """As a PNG."""
        def chunk(kind, data):
            return (struct.pack(">I", len(data)) + kind + data +
                    struct.pack(">I", zlib.crc32(kind + data)))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + row for row in self.rows), 6)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) +
                         chunk(b"IEND", b""))

    def has(self, color):
        """Whether any pixel has this color."""
        return any(row[i:i + 3] == color for row in self.rows for i in range(0, len(row), 3))


class Display:
    """An X server whose screen is a file."""

    def __init__(self, width=1000, height=1400):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-display-"))
        read, write = os.pipe()
        # Without -noreset it begins anew when its last client has gone, and refuses others meanwhile.
        self.process = subprocess.Popen(
            ["Xvfb", "-noreset", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-fbdir",
             str(self.folder), "-nolisten", "tcp", "-dpi", "96"],
            pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            self.name = f":{pipe.readline().strip()}"

    def picture(self):
        """The whole screen: XWD, with 4 bytes for each pixel."""
        data = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, width, height, stride, n_colors = (header[0], header[4], header[5], header[12],
                                                 header[19])
        start = size + 12 * n_colors
        rows = []
        for y in range(height):
            row = data[start + y * stride:start + y * stride + 4 * width]
            pixels = bytearray(3 * width)
            pixels[0::3], pixels[1::3], pixels[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(bytes(pixels))
        return Picture(width, height, rows)

    def xdotool(self, *words):
        """What xdotool says; "" if it fails."""
        return subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": self.name},
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=False).stdout.strip()

    def window(self):
        """The X id of the only window that is shown, or ""."""
        return self.xdotool("search", "--onlyvisible", "--class", PROMPT).split("\n")[0]

    def root(self):
        """The X id of the window that all others are in."""
        return int(self._ask("xwininfo", "-root").partition("Window id: ")[2].split()[0], 16)

    def hint(self, window, name):
        """What xprop says of a property of a window."""
        return self._ask("xprop", "-id", window, name)

    def _ask(self, *command):
        return subprocess.run(command, env={**os.environ, "DISPLAY": self.name},
                              stdout=subprocess.PIPE, text=True, check=True).stdout

    def geometry(self, window):
        """x, y, width, height."""
        words = dict(line.split("=") for line in
                     self.xdotool("getwindowgeometry", "--shell", window).splitlines())
        return [int(words[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]

    def close(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait(SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


class Desktop:
    """All of it. @environment is the window's, over a plain one: light, English, scale 1."""

    def __init__(self, build, settings=None, environment=None, daemon=True, screen=(1000, 1400)):
        check_programs()
        build = pathlib.Path(build)
        self.build = build
        self.program = build / "prompt" / "hybrid-prompt"
        self.display = Display(*screen)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="hybridd-home-"))
        self.log_path = self.home / "window.log"
        chosen = [line for name, line in GTK_SETTINGS.items() if (environment or {}).get(name)]
        (self.home / "gtk-4.0").mkdir()
        (self.home / "gtk-4.0" / "settings.ini").write_text(
            "\n".join(["[Settings]", *chosen, ""]), encoding="utf-8")
        self.environment = {
            "DISPLAY": self.display.name, "WAYLAND_DISPLAY": "", "GDK_BACKEND": "x11",
            "GSK_RENDERER": "cairo", "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home),
            "GSETTINGS_BACKEND": "memory", "ADW_DISABLE_PORTAL": "1", "LC_ALL": "C.UTF-8", "LANGUAGE": "en",
            "HYBRIDD_LOCALE_FOLDER": str(build / "po"), "GTK_A11Y": "atspi",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0",
            **(environment or {})}
        words = " ".join(f"'{name}={value}'" for name, value in self.environment.items())
        self.command = f"/usr/bin/env {words} {self.program}"
        self.bus = Bus(build, settings=settings, services={
            PROMPT: f"/bin/sh -c \"exec {self.command} 2>>{self.log_path}\"",
            "org.a11y.Bus": f"/usr/bin/env {words} {LAUNCHER}"})
        if daemon:
            self.bus.start()

    # ---- what is to be seen ----

    def picture(self):
        """The window."""
        window = self.display.window()
        if not window:
            return None
        x, y, width, height = self.display.geometry(window)
        return self.display.picture().crop(x, y, width, height)

    def code(self):
        """The text of the code on the screen; "" if there is none."""
        path = self.home / "screen.png"
        picture = self.picture()
        if picture is None:
            return ""
        picture.write(path)
        try:
            return subprocess.run(["zbarimg", "--quiet", "--raw", str(path)], check=False, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
        finally:
            path.unlink()

    # ---- what is to be heard ----

    def objects(self):
        """What a screen reader is told, as far as it is shown."""
        done = subprocess.run(
            ["/usr/bin/python3", str(pathlib.Path(__file__).with_name("a11y.py")), PROMPT],
            env={**os.environ, **self.environment, "DBUS_SESSION_BUS_ADDRESS": self.bus.address},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        return [o for o in json.loads(done.stdout or "[]") if o["showing"]]

    def says(self, text):
        """Whether a screen reader finds this text in some name."""
        return any(text in o["name"].translate({0x2066: None, 0x2069: None})
                   for o in self.objects())

    def focus(self):
        """The name of what has the focus, or None."""
        return next((o["name"] for o in self.objects()
                     if o["focused"] and o["role"] not in ("frame", "window")), None)

    def usable(self, button):
        """Whether it would do something."""
        return any(o["usable"] for o in self.objects() if o["name"] == button and o["focusable"])

    # ---- what people do ----

    def press(self, *keys):
        """Keys, into the window."""
        window = self.display.window()
        self.display.xdotool("windowfocus", "--sync", window)
        self.display.xdotool("key", "--delay", "60", *keys)

    def _reach(self, name):
        """Whether a button has the focus; if not, one step on."""
        if self.focus() == name:
            return True
        self.press("Tab")
        return False

    async def choose(self, name):
        """A button, on purpose: when it can be used, and wherever the focus is."""
        await self.until(lambda: self._reach(name), f"cannot be chosen: {name}")
        self.press("Return")

    async def until(self, what, why):
        """Waits until what() is true; returns that."""
        deadline = time.monotonic() + SECONDS
        while True:
            found = await asyncio.to_thread(what)
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{why}: {self.objects()}\n{self.log()}{self.bus.log()}")
            await asyncio.sleep(0.05)

    async def shows(self, text):
        """Waits for a text."""
        await self.until(lambda: self.says(text), f"not shown: {text}")

    async def shows_code(self, text):
        """Waits for a code."""
        await self.until(lambda: self.code() == text, "the code is not shown")

    async def shows_nothing(self):
        """Waits until there is no window."""
        await self.until(lambda: not self.display.window(), "there is still a window")

    def log(self):
        """What the window has said on stderr."""
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.bus.__exit__()
        finally:
            self.display.close()
            shutil.rmtree(self.home, ignore_errors=True)
