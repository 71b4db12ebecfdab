#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hybridctl create and get against a stand-in for hybridd. Arguments: hybridctl, mock-hybridd."""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tap  # noqa: E402
from desk import (ORIGIN, OTHER_TEXT, QR_TEXT, REQUEST, RESPONSE, Desk,  # noqa: E402
                  read_picture, wait_until)


def desk(**options):
    """A new one."""
    return Desk(sys.argv[1], sys.argv[2], **options)


def one_line(text):
    """The complaint is one line that names the program."""
    line = text.splitlines()[-1]
    assert line.startswith("hybridctl: "), text
    return line


def events(text):
    """The JSON lines of an output, each with its event in front."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert next(iter(line)) == "event", line
    return lines


def no_code(*texts):
    """Nothing of the code, neither its text nor its picture."""
    for text in texts:
        assert "FIDO:/" not in text and QR_TEXT[6:16] not in text, text
        assert not any(glyph in text for glyph in "▀▄█"), text


def through(place):
    """The states of a ceremony that goes well, up to its answer."""
    place.called()
    place.show_code()
    for line in ("withdraw", "state connecting", "state continue-on-phone", "state done"):
        place.command(line)


# ---- command line ---------------------------------------------------------------------------


def test_wrong_usage_exits_with_2():
    for arguments in ([], ["nonsense"], ["create"], ["get", ORIGIN, "more"], ["get", "--nonsense"],
                      ["create", ORIGIN, "--request=-", "--rp=x"], ["demo", "--profile=x"]):
        run = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 2, arguments
        assert run.stdout == "" and len(run.stderr.splitlines()) == 1, run
        assert run.stderr.count(": ") >= 2 and "; " in run.stderr, run.stderr


def test_wrong_usage_says_what_is_wrong():
    for arguments, wrong in ((["create", ORIGIN, "more", "--nonsense"], "--nonsense"),
                             (["get", "more", "--origin"], "--origin"),
                             (["get", ORIGIN, "--user=alice"], "--user"),
                             (["demo", "--log-level", "debug", "-x"], "-x")):
        run = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 2, arguments
        assert run.stderr.startswith(f"hybridctl: {wrong}: "), run.stderr
        assert run.stderr.endswith(f"see hybridctl {arguments[0]} --help\n"), run.stderr


def test_a_complaint_is_one_line_that_no_terminal_obeys():
    for arguments in (["a\x1b[2J\r\nb"], ["demo", "--profile=\x1b]0;x\x07\n"],
                      ["create", ORIGIN, "\n"], ["get", "--origin=a\nb\x9b"]):
        run = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, check=False)
        assert run.returncode != 0, arguments
        assert run.stderr.endswith("\n") and run.stderr[:-1].isprintable(), repr(run.stderr)


def test_questions_are_answered():
    for arguments in (["--help"], ["--version"], ["create", "--help"], ["get", "--help"],
                      ["demo", "--help"]):
        run = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 0 and run.stdout and not run.stderr, run
        assert max(map(len, run.stdout.splitlines())) < 80, run.stdout


# ---- pipes ----------------------------------------------------------------------------------


def test_states_are_lines_and_the_answer_is_on_stdout():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file())
        through(place)
        place.command(f"done {RESPONSE}")
        out, err = run.end(0)
        assert out == RESPONSE + "\n", out
        no_code(out, err)
        lines = err.splitlines()
        assert lines[0] == "Sign in to example.com (asked for by https://login.example.com)", err
        for words in ("Scan this code", "Connecting", "Continue on your phone", "confirm that it is"):
            assert sum(words in line for line in lines) == 1, err
        assert "--qr-png" in err


def test_request_is_handed_on_as_it_is():
    with desk() as place:
        run = place.run("create", ORIGIN, "--request=-", "--top-origin=https://shop.example")
        run.feed(REQUEST)
        place.called()
        told = place.told.text
        assert f"public_key {REQUEST}\n" in told, told
        assert "prompt none\n" in told and "top_origin https://shop.example\n" in told, told
        assert "create https://login.example.com\n" in told, told
        place.command("failed NotAllowedError timeout No phone answered.")
        run.end(1)


def test_json_lines():
    with desk() as place:
        run = place.run("create", ORIGIN, place.request_file(), "--json")
        through(place)
        place.command(f"done {RESPONSE}")
        out, err = run.end(0)
        no_code(out, err)
        assert err == "", err
        lines = events(out)
        assert [line.get("state", line["event"]) for line in lines] == [
            "preflight", "waiting-for-scan", "qr-changed", "qr-withdrawn", "connecting",
            "continue-on-phone", "done", "done"], out
        assert lines[-1] == {
            "event": "done", "response": json.loads(RESPONSE),
            "authenticator": {"name": "A phone", "aaguid": "", "linked": True, "channel": "tunnel",
                              "tunnel_domain": "cable.example"},
            "verified": False}, lines[-1]


def test_failure_is_told():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file())
        through(place)
        place.command("failed NotAllowedError no-passkey There is none for example.com there.")
        out, err = run.end(1)
        assert out == "", out
        assert one_line(err) == "hybridctl: sign-in: There is none for example.com there.", err


def test_failure_is_told_as_json():
    with desk() as place:
        run = place.run("create", ORIGIN, place.request_file(), "--json")
        place.called()
        place.command("failed InvalidStateError already-registered It is there already.")
        out, err = run.end(1)
        assert err == "", err
        assert events(out)[-1] == {
            "event": "failed", "error": "InvalidStateError", "cause": "already-registered",
            "message": "It is there already."}, out


def test_refused_call():
    with desk() as place:
        place.command("refuse org.hybridd.Hybrid1.Error.TypeError this is nothing")
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        out, _ = run.end(1)
        assert events(out) == [{"event": "failed", "error": "TypeError", "cause": "bad-request",
                                "message": "this is nothing"}], out


def test_files_that_are_no_request():
    with desk() as place:
        for text in ("", "{", "[]", "1", '{"a":"\\ud800"}', '{"a":"\0"}', "{}\0x",
                     '{"a":1,"a":2}', "{" + " " * 65536 + "}"):
            path = place.folder / "bad.json"
            path.write_text(text, encoding="utf-8")
            out, err = place.run("get", ORIGIN, f"--request={path}").end(1)
            assert out == "" and str(path) in one_line(err), err
        _, err = place.run("get", ORIGIN, "--request=/nonexistent").end(1)
        assert "/nonexistent: No such file" in one_line(err), err


# ---- the daemon's life ----------------------------------------------------------------------


def test_no_daemon():
    with desk(with_daemon=False) as place:
        out, err = place.run("get", ORIGIN, "--rp=example.com").end(1)
        assert out == "" and "hybridd cannot be reached" in one_line(err), err


def test_no_bus():
    with desk(with_daemon=False) as place:
        for address in ("unix:path=/nonexistent", "nonsense"):
            run = place.run("get", ORIGIN, "--rp=example.com",
                            DBUS_SESSION_BUS_ADDRESS=address)
            _, err = run.end(1)
            assert one_line(err).startswith("hybridctl: session bus: "), err


def test_daemon_that_vanishes():
    for with_code in (False, True):
        with desk() as place:
            run = place.run("get", ORIGIN, place.request_file(), "--json")
            place.called()
            if with_code:
                place.show_code()
                run.out.expect("qr-changed")
            place.command("exit")
            out, _ = run.end(1)
            assert events(out)[-1]["cause"] == "daemon-gone", out
            assert ("qr-withdrawn" in out) == with_code, out


def test_bus_that_vanishes():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        run.out.expect("preflight")
        place.bus.kill()
        out, _ = run.end(1)
        assert events(out)[-1]["cause"] == "daemon-gone", out


def test_signals_of_strangers_are_ignored():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        run.out.expect("preflight")
        place.command("stranger continue-on-phone")
        place.command("state connecting")
        place.command(f"done {RESPONSE}")
        out, _ = run.end(0)
        assert "continue-on-phone" not in out and "connecting" in out, out


def test_nonsense_of_the_daemon():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        place.command("nonsense")
        out, _ = run.end(1)
        assert events(out)[-1]["cause"] == "protocol", out
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        place.command("done {")
        out, _ = run.end(1)
        assert events(out)[-1]["cause"] == "protocol", out


def test_states_of_a_later_version():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file())
        place.called()
        place.command("state thinking-about-it")
        place.command(f"done {RESPONSE}")
        out, err = run.end(0)
        assert out == RESPONSE + "\n" and "thinking" not in err, err


def test_code_is_only_there_while_it_can_be_scanned():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        place.show_code()
        run.out.expect("qr-changed")
        place.command("state bluetooth-off")
        run.out.expect("qr-withdrawn")
        place.command("state waiting-for-scan")  # the code is still good: no QrChanged
        run.out.expect("(?s)qr-changed.*qr-withdrawn.*bluetooth-off.*waiting.*qr-changed")
        place.command("withdraw")
        place.command("state connecting")
        place.command(f"done {RESPONSE}")
        out, _ = run.end(0)
        assert out.count("qr-withdrawn") == 2, out


# ---- cancelling -----------------------------------------------------------------------------


def test_signals_cancel():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with desk() as place:
            run = place.run("get", ORIGIN, place.request_file())
            place.called()
            place.show_code()
            run.signal(number)
            place.told.expect("cancelled")
            out, err = run.end(1)
            assert out == "" and one_line(err) == "hybridctl: sign-in: It was cancelled.", err


def test_answer_that_is_on_its_way_counts():
    with desk() as place:
        place.command("deaf")
        run = place.run("get", ORIGIN, place.request_file())
        place.called()
        place.show_code()
        run.signal(signal.SIGINT)
        place.told.expect("cancelled")
        place.command(f"done {RESPONSE}")
        out, _ = run.end(0)
        assert out == RESPONSE + "\n", out


def test_second_signal_does_not_wait():
    with desk() as place:
        place.command("deaf")
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        place.show_code()
        run.signal(signal.SIGINT)
        place.told.expect("cancelled")
        run.signal(signal.SIGINT)
        out, _ = run.end(1)
        assert events(out)[-1]["cause"] == "cancelled", out


def test_daemon_that_does_not_stop():
    with desk() as place:
        place.command("deaf")
        run = place.run("get", ORIGIN, place.request_file(), "--json")
        place.called()
        run.out.expect("preflight")
        run.signal(signal.SIGINT)
        out, _ = run.end(1)
        assert events(out)[-1]["cause"] == "no-answer", out


# ---- the picture ----------------------------------------------------------------------------


def test_picture_that_cannot_be():
    with desk() as place:
        run = place.run("get", ORIGIN, place.request_file(), "--qr-png=/nonexistent/code.png")
        out, err = run.end(1)
        assert out == "" and "--qr-png /nonexistent/code.png: No such file" in err, err


def test_keys_that_cannot_be_kept():
    with desk() as place:
        run = place.run("create", ORIGIN, XDG_STATE_HOME="/dev/null/state")
        out, err = run.end(1)
        assert out == "" and "the public key could not be kept" in err, err


def test_picture():
    with desk() as place:
        picture = place.folder / "code.png"
        os.umask(0)
        run = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}")
        place.called()
        assert not picture.exists()
        place.show_code()
        run.err.expect("code.png")
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        place.command("withdraw")
        wait_until(lambda: not picture.exists())
        place.command(f"done {RESPONSE}")
        run.end(0)
        assert [path.name for path in place.folder.glob("code*")] == []


def test_picture_can_be_read_and_is_renewed():
    with desk() as place:
        picture = place.folder / "code.png"
        run = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}")
        place.called()
        place.show_code()
        wait_until(picture.exists)
        assert read_picture(picture) == QR_TEXT
        before = picture.stat().st_ino
        place.show_code(OTHER_TEXT)
        wait_until(lambda: picture.stat().st_ino != before)
        assert read_picture(picture) == OTHER_TEXT
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        run.signal(signal.SIGINT)
        run.end(1)
        assert not picture.exists()


def test_picture_goes_at_each_end():
    for end in ("failed NotAllowedError timeout Too late.", "exit", f"done {RESPONSE}"):
        with desk() as place:
            picture = place.folder / "code.png"
            run = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}")
            place.called()
            place.show_code()
            wait_until(picture.exists)
            place.command(end)
            run.end(0 if end.startswith("done") else 1)
            assert not picture.exists()


def test_picture_takes_nobodys_place():
    with desk() as place:
        picture = place.folder / "code.png"
        picture.write_text("mine", encoding="utf-8")
        _, err = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}").end(1)
        assert "File exists" in one_line(err), err
        picture.unlink()
        picture.symlink_to(place.folder / "elsewhere")
        _, err = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}").end(1)
        assert "File exists" in one_line(err), err
        picture.unlink()

        run = place.run("get", ORIGIN, place.request_file(), f"--qr-png={picture}")
        place.called()
        picture.write_text("mine", encoding="utf-8")  # too late for it to be seen beforehand
        place.show_code()
        place.told.expect("cancelled")
        run.end(1)
        assert picture.read_text(encoding="utf-8") == "mine"


def test_picture_that_can_no_longer_be_written():
    with desk() as place:
        folder = place.folder / "pictures"
        folder.mkdir()
        run = place.run("get", ORIGIN, place.request_file(), f"--qr-png={folder}/code.png")
        place.called()
        folder.rmdir()
        place.show_code()
        place.told.expect("cancelled")
        _, err = run.end(1)
        assert "--qr-png" in one_line(err) and "No such file" in err, err


# ---- requests of its own --------------------------------------------------------------------


def test_wrong_answer_is_refused():
    with desk() as place:
        run = place.run("create", ORIGIN, "--rp=example.com", "--user=alice", "--json")
        place.called()
        place.command(f"done {RESPONSE}")
        out, _ = run.end(1)
        last = events(out)[-1]
        assert last["cause"] == "not-verified" and "The answer is not right" in last["message"], out
        assert not list(place.state.rglob("*.json"))


def test_request_of_its_own():
    with desk() as place:
        run = place.run("create", ORIGIN, "--user=alice", "--prf=salt")
        place.called()
        request = json.loads(place.told.text.split("public_key ")[1].split("\n")[0])
        assert request["rp"]["id"] == "login.example.com", request
        assert request["user"]["name"] == "alice", request
        assert request["pubKeyCredParams"] == [{"type": "public-key", "alg": -7}], request
        assert len(request["challenge"]) == 43, request
        assert request["extensions"]["prf"] == {"eval": {"first": "c2FsdA"}}, request
        place.command("failed NotAllowedError timeout Too late.")
        run.end(1)


def test_damaged_key_is_told():
    with desk() as place:
        keys = place.state / "hybridctl"
        keys.mkdir(parents=True)
        (keys / "example.com,AAAA.json").write_text("{", encoding="utf-8")
        run = place.run("get", ORIGIN, "--rp=example.com")
        place.called()
        place.command("failed NotAllowedError timeout Too late.")
        _, err = run.end(1)
        assert "example.com,AAAA.json: the file is damaged" in err.splitlines()[0], err


def test_origin_that_is_none():
    with desk() as place:
        _, err = place.run("get", "--origin=example.com").end(1)
        assert "--origin example.com: this is no origin" in one_line(err), err


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(globals())))
