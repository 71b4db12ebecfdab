# SPDX-License-Identifier: MIT
"""hybridctl in a terminal, and what there is to be seen in it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

from desk import SECONDS, Lines, read_picture, wait_until


class Screen:
    """As much of a terminal as hybridctl needs."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""]
        self.x = self.y = 0
        self.cursor = True
        self.styles = set()

    def feed(self, text):
        """Carries out what is in the text."""
        for token in re.findall(r"\x1b\[\??[0-9;]*[a-zA-Z]|[^\x1b]", text):
            if token[0] == "\x1b":
                self._sequence(token[2:-1], token[-1])
            else:
                self._character(token)

    def _sequence(self, arguments, name):
        if name == "A":
            self.y = max(self.y - int(arguments or 1), max(0, len(self.lines) - self.rows))
        elif name == "K":
            self.lines[self.y] = self.lines[self.y][:self.x]
        elif name == "J":
            self.lines[self.y] = self.lines[self.y][:self.x]
            del self.lines[self.y + 1:]
        elif name == "m":
            self.styles.add(arguments)
        elif arguments == "?25":
            self.cursor = name == "h"
        else:
            raise AssertionError(f"unknown sequence {arguments}{name}")

    def _character(self, character):
        if character == "\r":
            self.x = 0
        elif character == "\n":
            self.y += 1
            if self.y == len(self.lines):
                self.lines.append("")
        else:
            assert self.x < self.columns, "a line that is too long"
            line = self.lines[self.y].ljust(self.x)
            self.lines[self.y] = line[:self.x] + character + line[self.x + 1:]
            self.x += 1

    def text(self):
        """All that is to be seen, and what has been scrolled away."""
        return "\n".join(self.lines)

    def code(self):
        """The rows of modules of the code on it, as strings of 0 and 1; [] if there is none, or not
        all of it yet: codes are as high as they are wide."""
        rows = []
        for line in self.lines:
            if any(glyph in line for glyph in "▀▄█"):
                rows += ["".join("01"[c in "▀█"] for c in line),
                         "".join("01"[c in "▄█"] for c in line)]
        dark = [row.index("1") for row in rows if "1" in row]
        end = [row.rindex("1") for row in rows if "1" in row]
        return rows if dark and len(rows) > max(end) - min(dark) else []


class Terminal:
    """hybridctl in a terminal of this size."""

    def __init__(self, desk, *arguments, columns=80, rows=24, **environment):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([desk.hybridctl, *arguments],
                                        env=desk.environment(**environment), stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave,
                                        start_new_session=True, preexec_fn=self._take)
        desk.processes.append(self.process)
        self.output = Lines(self.master)
        self.columns, self.rows = columns, rows

    @staticmethod
    def _take():
        # A shell lets what it starts in the background ignore these.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, rows):
        """Another size; who runs in it is told."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.columns, self.rows = columns, rows

    def screen(self):
        """What there is to see now."""
        while select.select([self.master], [], [], 0)[0] and self.output.read():
            pass
        screen = Screen(1000, self.rows)  # how it was wrapped before a resize is not known
        screen.feed(self.output.text)
        return screen

    def expect(self, what):
        """Waits until what(screen) is true; returns the screen."""
        def seen():
            screen = self.screen()
            return screen if what(screen) else None
        try:
            return wait_until(seen)
        except AssertionError:
            raise AssertionError(f"not seen: {self.screen().text()}") from None

    def type(self, text):
        """Keys; the terminal has taken them when this returns, but for those that are signals."""
        os.write(self.master, text.encode())

        def taken():
            count = fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4))
            return struct.unpack("i", count)[0] >= len(text.replace("\x03", ""))
        wait_until(taken)

    def end(self, status):
        """Waits for the end; returns the screen."""
        actual = self.process.wait(SECONDS)
        screen = self.screen()
        assert actual == status, f"exit status {actual}: {screen.text()}"
        assert screen.cursor, "the cursor is still hidden"
        assert termios.tcgetattr(self.slave) == self.before, "the terminal is not as it was"
        os.close(self.master)
        os.close(self.slave)
        return screen


def decode(rows, folder):
    """The text of a code that is given as rows of modules."""
    width = max(map(len, rows)) + 8
    border = ["0" * width] * 4
    rows = border + [("0000" + row).ljust(width, "0") for row in rows] + border
    scaled = [bytes(b"\xff\x00"[int(c)] for c in row for _ in range(5)) for row in rows
              for _ in range(5)]
    path = folder / "screen.pgm"
    path.write_bytes(b"P5 %d %d 255\n" % (len(scaled[0]), len(scaled)) + b"".join(scaled))
    return read_picture(path)
