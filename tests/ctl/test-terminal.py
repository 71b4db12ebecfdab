#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hybridctl in a terminal, with a stand-in for hybridd. Arguments: hybridctl, mock-hybridd."""

import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tap  # noqa: E402
from desk import ORIGIN, OTHER_TEXT, QR_TEXT, RESPONSE, Desk  # noqa: E402
from terminal import Terminal, decode  # noqa: E402


def desk():
    """A new one."""
    return Desk(sys.argv[1], sys.argv[2])


def test_code_on_the_terminal():
    with desk() as place:
        terminal = Terminal(place, "get", ORIGIN, place.request_file())
        place.called()
        place.show_code()
        screen = terminal.expect(lambda screen: screen.code() and "Scan" in screen.text())
        assert not screen.cursor
        assert screen.styles == {"0;30;47;107", "0"}, screen.styles
        assert max(map(len, screen.lines)) < 80, screen.text()
        assert "FIDO" not in terminal.output.text
        assert decode(screen.code(), place.folder) == QR_TEXT
        place.command("withdraw")
        terminal.expect(lambda screen: not screen.code())
        place.command("state continue-on-phone")
        screen = terminal.expect(lambda screen: "Continue on your phone" in screen.text())
        assert "Scan" not in screen.text(), screen.text()
        place.command(f"done {RESPONSE}")
        screen = terminal.end(0)
        assert json.dumps(json.loads(RESPONSE), indent=2) in screen.text(), screen.text()
        assert "Continue" not in screen.text(), screen.text()


def test_code_is_renewed_in_place():
    with desk() as place:
        terminal = Terminal(place, "get", ORIGIN, place.request_file())
        place.called()
        place.show_code()
        before = terminal.expect(lambda screen: screen.code())
        place.show_code(OTHER_TEXT)
        # Not at once: for a moment it may be half of the one and half of the other.
        after = terminal.expect(lambda screen: screen.code() not in ([], before.code()) and
                                decode(screen.code(), place.folder) == OTHER_TEXT)
        assert len(after.code()) == len(before.code()), after.text()
        assert len(after.lines) == len(before.lines), after.text()
        place.command("failed NotAllowedError timeout Too late.")
        screen = terminal.end(1)
        assert not screen.code() and "Too late." in screen.lines[-2], screen.text()


def test_no_color():
    with desk() as place:
        terminal = Terminal(place, "get", ORIGIN, place.request_file(), NO_COLOR="1")
        place.called()
        place.show_code()
        screen = terminal.expect(lambda screen: screen.code())
        assert screen.styles == set(), screen.styles
        place.command("exit")
        assert not terminal.end(1).code()


def test_terminal_that_is_too_small():
    for columns, rows in ((44, 30), (80, 23), (20, 5)):
        with desk() as place:
            terminal = Terminal(place, "get", ORIGIN, place.request_file(), columns=columns,
                                      rows=rows)
            place.called()
            place.show_code()
            screen = terminal.expect(lambda screen: "--qr-png" in screen.text())
            assert not screen.code(), screen.text()
            terminal.resize(80, 30)
            terminal.expect(lambda screen: screen.code())
            place.command(f"done {RESPONSE}")
            terminal.end(0)


def test_terminal_that_cannot_be_drawn_on():
    with desk() as place:
        terminal = Terminal(place, "get", ORIGIN, place.request_file(), TERM="dumb")
        place.called()
        place.show_code()
        screen = terminal.expect(lambda screen: "--qr-png" in screen.text())
        assert not screen.code() and "\x1b" not in terminal.output.text
        place.command(f"done {RESPONSE}")
        terminal.end(0)


def test_terminal_is_restored_at_each_end():
    def interrupt(place, terminal):
        terminal.type("\x03")
        place.told.expect("cancelled")
        return 1

    def kill(_, terminal):
        terminal.process.send_signal(signal.SIGTERM)
        return 1

    def crash(_, terminal):
        terminal.process.send_signal(signal.SIGQUIT)
        return -signal.SIGQUIT

    def vanish(place, _):
        place.command("exit")
        return 1

    for end in (interrupt, kill, crash, vanish):
        with desk() as place:
            terminal = Terminal(place, "get", ORIGIN, place.request_file())
            place.called()
            place.show_code()
            terminal.expect(lambda screen: screen.code())
            terminal.type("these keys are not echoed\n")
            status = end(place, terminal)
            screen = terminal.end(status)
            assert "not echoed" not in screen.text(), screen.text()
            assert status < 0 or not screen.code(), screen.text()


def test_stopping_and_going_on():
    with desk() as place:
        terminal = Terminal(place, "get", ORIGIN, place.request_file())
        place.called()
        place.show_code()
        terminal.expect(lambda screen: screen.code())
        terminal.process.send_signal(signal.SIGTSTP)
        screen = terminal.expect(lambda screen: screen.cursor)
        assert not screen.code(), screen.text()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.expect(lambda screen: screen.code() and not screen.cursor)
        place.command(f"done {RESPONSE}")
        terminal.end(0)


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(globals())))
