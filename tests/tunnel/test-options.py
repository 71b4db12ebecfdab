#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command line, and what is wrong with it.

    test-options.py PATH-OF-HYBRID-TUNNEL PATH-OF-ITS-MAN-PAGE [part of a test's name]
"""

import re
import socket
import sys

from tunnel_rig import certs, check_failure, equal, main, MAN_PAGE, run


async def test_help_shows_all_options():
    done = run("--help")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    for option in ("listen", "cert", "key", "self-signed", "host", "max-message", "max-messages",
                   "max-memory", "max-lifetime", "max-tunnels", "handshake-timeout",
                   "idle-timeout", "fault", "json", "quiet", "help", "version"):
        assert f"--{option}" in done.stdout, option


async def test_version():
    done = run("--version")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    assert re.fullmatch(r"hybrid-tunnel \d+\.\d+\.\d+\n", done.stdout), done.stdout


async def test_fault_list_and_man_page_agree():
    done = run("--fault", "list")
    equal((done.returncode, done.stderr), (0, ""), "outcome")
    names = [re.match("[a-z-]+", line)[0] for line in done.stdout.splitlines()]
    equal(len(names), 21, "faults")
    with open(MAN_PAGE) as f:
        page = f.read()
    equal(re.findall(r"^\*([a-z-]+)\*(?:\[?:.*)?$", page[page.index("# FAULTS"):], re.M), names,
          "faults of the manual")
    for option in re.findall(r"--[a-z-]+", run("--help").stdout):
        assert f"*{option}*" in page, f"{option} is not in the manual"


async def test_wrong_options():
    listen, signed = ["--listen", "127.0.0.1:0"], ["--self-signed", certs]
    good = listen + signed
    for options in ([], listen, signed, good + ["extra"], good + ["--nonsense"], good + ["-x"],
                    good + ["--quiet=1"], listen + ["--self-signed"],
                    listen + ["--cert", "x"], listen + ["--key", "x"],
                    good + ["--cert", "x", "--key", "y"],
                    ["--listen", "8443", *signed], ["--listen", "127.0.0.1", *signed],
                    ["--listen", "127.0.0.1:", *signed], ["--listen", ":8443", *signed],
                    ["--listen", "127.0.0.1:65536", *signed], ["--listen", "::1:8443", *signed],
                    ["--listen", "127.0.0.1:x", *signed], ["--listen", "[]:1", *signed],
                    ["--listen", "[::1:1", *signed], ["--listen", "", *signed],
                    listen + ["--cert", "x", "--key", "y", "--host", "a.example"],
                    good + ["--host", ""], good + ["--host", "*.a"], good + ["--host", ".a"],
                    good + ["--host", "-a"], good + ["--host", "a,DNS:b"],
                    good + ["--host", "x" * 300], good + ["--host", "a"] * 33,
                    good + ["--max-message", "0"], good + ["--max-message", "-1"],
                    good + ["--max-message", "1k"], good + ["--max-message", ""],
                    good + ["--max-message", " 5"], good + ["--max-message", "+5"],
                    good + ["--max-message", "99999999999999999999999"],
                    good + ["--max-messages", "0"], good + ["--max-lifetime", "0"],
                    good + ["--max-memory", "0"], good + ["--max-memory", "1M"],
                    good + ["--max-memory", "4194303"],
                    good + ["--max-memory", "400000", "--max-message", "100001"],
                    good + ["--max-lifetime", "1.5"], good + ["--max-tunnels", "0"],
                    good + ["--handshake-timeout", "0"], good + ["--idle-timeout", "x"],
                    good + ["--fault", "nonsense"], good + ["--fault", ""],
                    good + ["--fault", "status"], good + ["--fault", "status:"],
                    good + ["--fault", "status:99"], good + ["--fault", "status:600"],
                    good + ["--fault", "status:abc"], good + ["--fault", "silent:1"],
                    good + ["--fault", "drop:0"], good + ["--fault", "drop"],
                    good + ["--fault", "silen"], good + ["--fault", "slow:0"],
                    good + ["--fault", "redirect"], good + ["--fault", "redirect:"],
                    good + ["--fault", "redirect:a b"], good + ["--fault", "redirect:a\r\nX: y"],
                    good + ["--fault", "close-after:1:1005"], good + ["--fault", "close-after:1:"],
                    good + ["--fault", "close-after:x"], good + ["--fault", "drop:1"] * 33):
        done = run(*options)
        equal((done.returncode, done.stdout), (2, ""), f"{options}: {done.stderr}")
        assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+\n", done.stderr), done.stderr


async def test_wrong_option_is_named():
    for options, wrong in ((["extra", "--nonsense"], "--nonsense"),
                           (["--quiet", "extra", "--quiet=1"], "--quiet=1"),
                           (["extra", "--listen"], "--listen"), (["extra", "-xy"], "-x")):
        done = run(*options)
        equal((done.returncode, done.stdout), (2, ""), f"{options}: {done.stderr}")
        assert done.stderr.startswith(f"hybrid-tunnel: {wrong}: "), done.stderr


async def test_complaint_is_one_line_that_no_terminal_obeys():
    for text in ("a\x1b[2J\r\nb", "a\x9b2Jb"):
        for options in ([text], [f"--{text}"], ["--listen", text], ["--fault", text]):
            done = run(*options)
            equal(done.returncode, 2, "exit status")
            assert done.stderr.endswith("\n") and done.stderr[:-1].isprintable(), repr(done.stderr)


async def test_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        check_failure(run("--listen", f"127.0.0.1:{port}", "--self-signed", certs),
                      "Address already in use")


async def test_address_that_is_not_ours():
    check_failure(run("--listen", "192.0.2.1:0", "--self-signed", certs),
                  "Cannot assign requested address")
    check_failure(run("--listen", "name.invalid:0", "--self-signed", certs), "name.invalid")


if __name__ == "__main__":
    sys.exit(main(globals(), has_tunnels=False))
