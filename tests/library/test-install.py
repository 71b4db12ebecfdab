#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `meson install` leaves behind, in a build and a DESTDIR of its own: each file where it
belongs and none that knows where it was built; and a library that a stranger's program can use."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from tree import BUILD, compiler, project_version, run  # noqa: E402

EXAMPLE = ROOT / "docs" / "examples" / "two-roles.c"
PREFIX = "usr"

# Relative to the prefix. VERSION stands for the project's.
PROGRAMS = """
    bin/hybrid-ble
    bin/hybrid-phone
    bin/hybrid-tunnel
    bin/hybridctl
    libexec/hybridd/hybrid-native-host
    libexec/hybridd/hybridd
""".split()
LIBRARIES = """
    lib/libhybrid.so.VERSION
    libexec/hybridd/ceremony.so
    libexec/hybridd/channel-tunnel.so
    libexec/hybridd/fetch.so
""".split()
LINKS = """
    lib/libhybrid.so
    lib/libhybrid.so.0
""".split()
TEXTS = """
    include/hybrid.h
    lib/pkgconfig/libhybrid.pc
    lib/systemd/catalog/hybridd.catalog
    lib/systemd/user/hybridd.service
    share/bash-completion/completions/hybrid-ble
    share/bash-completion/completions/hybrid-phone
    share/bash-completion/completions/hybrid-tunnel
    share/bash-completion/completions/hybridctl
    share/dbus-1/services/org.hybridd.Hybrid1.service
    share/fish/vendor_completions.d/hybrid-ble.fish
    share/fish/vendor_completions.d/hybrid-phone.fish
    share/fish/vendor_completions.d/hybrid-tunnel.fish
    share/fish/vendor_completions.d/hybridctl.fish
    share/hybridd/callers.d/example.conf.example
    share/hybridd/callers.d/hybridctl.conf
    share/hybridd/callers.d/native-host.conf
    share/hybridd/policy-examples/entra-id.conf
    share/zsh/site-functions/_hybrid-ble
    share/zsh/site-functions/_hybrid-phone
    share/zsh/site-functions/_hybrid-tunnel
    share/zsh/site-functions/_hybridctl
""".split()
# Where there is GTK.
WINDOW_PROGRAMS = ["libexec/hybridd/hybrid-prompt"]
WINDOW_TEXTS = """
    share/applications/org.hybridd.Prompt1.desktop
    share/dbus-1/services/org.hybridd.Prompt1.service
    share/icons/hicolor/scalable/apps/org.hybridd.Prompt1.svg
    share/metainfo/org.hybridd.hybridd.metainfo.xml
""".split()
if subprocess.run(["pkg-config", "--exists", "gtk4 >= 4.8", "libadwaita-1 >= 1.2"],
                  check=False).returncode == 0:
    PROGRAMS += WINDOW_PROGRAMS
    TEXTS += WINDOW_TEXTS
# Where there is scdoc.
MANUALS = """
    share/man/man1/hybrid-ble.1
    share/man/man1/hybrid-phone.1
    share/man/man1/hybrid-tunnel.1
    share/man/man1/hybridctl.1
    share/man/man5/hybridd-callers.conf.5
    share/man/man5/hybridd-policy.conf.5
    share/man/man5/hybridd.conf.5
    share/man/man8/hybrid-native-host.8
    share/man/man8/hybridd.8
""".split()
if WINDOW_TEXTS[0] in TEXTS:
    MANUALS.append("share/man/man8/hybrid-prompt.8")
# Where there is gettext.
if shutil.which("msgfmt"):
    TEXTS += [f"share/locale/{language}/LC_MESSAGES/hybridd.mo"
              for language in ("de", "es", "fr", "ja", "zh_CN")]

# Where browsers look, whatever the prefix is; relative to the root.
EXTENSION = "usr/share/chromium/extensions/hybridd"
SYSTEM = """
    etc/chromium/native-messaging-hosts/org.hybridd.native_host.json
    etc/opt/chrome/native-messaging-hosts/org.hybridd.native_host.json
    etc/opt/edge/native-messaging-hosts/org.hybridd.native_host.json
    usr/lib/mozilla/native-messaging-hosts/org.hybridd.native_host.json
    usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/hybridd@hybridd.org.xpi
""".split()
SYSTEM += [f"{EXTENSION}/{path.relative_to(ROOT / 'browser' / folder).as_posix()}"
           for folder in ("chromium", ".")
           for path in (ROOT / "browser" / folder).rglob("*")
           if path.is_file() and (folder == "chromium" or
                                  path.relative_to(ROOT / "browser").parts[0] in ("common", "_locales"))]

FOLDER = tempfile.TemporaryDirectory(prefix="hybridd-install-")


@functools.cache
def installed():
    """The DESTDIR. Built as distributions do, without debug information and assertions, both of
    which tell where the sources were; not with the build's sanitizers."""
    build, destination = pathlib.Path(FOLDER.name, "build"), pathlib.Path(FOLDER.name, "root")
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("CFLAGS", "LDFLAGS", "CPPFLAGS", "DESTDIR", "LD_PRELOAD")}
    environment["CC"] = " ".join(compiler())
    run("meson", "setup", build, ROOT, "--buildtype=plain", f"--prefix=/{PREFIX}", "-Dlibdir=lib",
        "-Dtests=false", env=environment)
    run("meson", "compile", "-C", build, env=environment)
    environment["DESTDIR"] = str(destination)
    run("meson", "install", "-C", build, "--no-rebuild", env=environment)
    return destination


def path_of(name):
    """An installed file by its name in the lists above."""
    return installed() / PREFIX / name.replace("VERSION", project_version())


def files_below(folder):
    """All but folders, relative to it."""
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def naming(files, folders):
    """Files that name one of these folders."""
    return [path for path in files if not path.is_symlink()
            if any(os.fsencode(folder) in path.read_bytes() for folder in folders)]


def search_paths(path):
    """Where a program or library has libraries looked for besides the usual folders."""
    dynamic = run("readelf", "--dynamic", "--wide", path)
    return re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)


def pkg_config(*arguments):
    """What pkg-config answers to somebody who builds against the DESTDIR."""
    environment = {
        **os.environ,
        "PKG_CONFIG_SYSROOT_DIR": str(installed()),
        "PKG_CONFIG_PATH": str(installed() / PREFIX / "lib" / "pkgconfig"),
        # The prefix is the system's, but the DESTDIR is not the system.
        "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1",
        "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1",
    }
    return run("pkg-config", *arguments, "libhybrid", env=environment).split()


# ---- what is there ------------------------------------------------------------------------------

def test_each_file_is_where_it_belongs():
    expected = {*PROGRAMS, *LIBRARIES, *LINKS, *TEXTS, *(MANUALS if shutil.which("scdoc") else ())}
    expected = {f"{PREFIX}/{name}".replace("VERSION", project_version()) for name in expected}
    expected |= set(SYSTEM)
    there = {path.relative_to(installed()).as_posix() for path in files_below(installed())}
    assert there == expected, f"missing: {expected - there}; too many: {there - expected}"


def test_unit_leaves_callers_visible():
    """In a namespace of its own, hybridd could not tell who calls."""
    unit = path_of("lib/systemd/user/hybridd.service").read_text(encoding="utf-8")
    settings = {line.split("=")[0] for line in unit.splitlines() if "=" in line}
    assert "SystemCallFilter" in settings
    namespaces = {name for name in settings
                  if name.startswith(("Private", "Protect", "ReadOnly", "ReadWrite", "Inaccessible",
                                      "Bind", "Temporary", "Root", "DynamicUser", "ProcSubset",
                                      "Capability", "StateDirectory"))}
    assert not namespaces, namespaces


def test_links_lead_to_the_library():
    assert path_of(LINKS[0]).readlink() == pathlib.Path("libhybrid.so.0")
    assert path_of(LINKS[1]).readlink() == pathlib.Path(f"libhybrid.so.{project_version()}")


def test_modes_are_the_usual_ones():
    wrong = []
    for path in files_below(installed()):
        name = path.relative_to(installed()).as_posix().removeprefix(f"{PREFIX}/")
        name = name.replace(project_version(), "VERSION")
        expected = 0o755 if name in PROGRAMS + LIBRARIES else 0o644
        if not path.is_symlink() and path.stat().st_mode & 0o7777 != expected:
            wrong.append(f"{name}: {path.stat().st_mode & 0o7777:o}")
    assert not wrong, wrong


def test_nothing_tells_where_it_was_built():
    wrong = naming(files_below(installed()), [ROOT, BUILD, FOLDER.name])
    assert not wrong, wrong


def test_libraries_are_looked_for_in_the_usual_folders():
    wrong = {name: found for name in PROGRAMS + LIBRARIES if (found := search_paths(path_of(name)))}
    assert not wrong, wrong


def test_filter_of_system_calls_knows_nothing_of_valgrind():
    """That is for tests, which run ceremonies in it. And a build that has tests only later, when
    valgrind is there, has never asked before, so that meson does not remember an old answer."""
    assert installed()
    commands = pathlib.Path(FOLDER.name, "build", "compile_commands.json").read_text(encoding="utf-8")
    assert "HAVE_SYSCALL_FILTER" in commands
    assert "HAVE_VALGRIND" not in commands


def test_services_start_what_is_there():
    for name in TEXTS:
        if name.endswith(".mo"):
            continue
        text = path_of(name).read_text(encoding="utf-8")
        # A catalog's are the journal's to fill in.
        assert name.endswith(".catalog") or not re.search(r"@\w+@", text), name
        for command in re.findall(r"^Exec\w*=(\S+)", text, re.MULTILINE):
            program = installed() / command.lstrip("/")
            assert command == "/bin/false" or os.access(program, os.X_OK), (name, command)


def test_programs_start():
    for name in PROGRAMS:
        assert project_version() in run(path_of(name), "--version"), name


# ---- what it is good for ------------------------------------------------------------------------

def test_pkg_config_knows_the_library():
    assert pkg_config("--modversion") == [project_version()]
    assert pkg_config("--cflags") == [f"-I{installed()}/{PREFIX}/include"]
    assert pkg_config("--libs") == [f"-L{installed()}/{PREFIX}/lib", "-lhybrid"]
    assert pkg_config("--print-requires-private") == []


def test_a_program_can_be_built_and_run():
    program = pathlib.Path(FOLDER.name, "two-roles")
    run(*compiler(), "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", program,
        EXAMPLE, *pkg_config("--cflags", "--libs"))
    said = run(program, env={"LD_LIBRARY_PATH": str(path_of("lib"))})
    answer = json.loads(said.splitlines()[-1])
    assert answer["id"] == "oaKjpKWmp6g" and answer["response"]["signature"], answer

    missing = subprocess.run([program], capture_output=True, text=True, check=False, env={})
    assert "libhybrid.so.0" in missing.stderr, "it has the library from somewhere else"


# ---- these checks themselves --------------------------------------------------------------------

def test_a_trace_of_the_build_is_found_out():
    with tempfile.TemporaryDirectory() as folder:
        good, bad = pathlib.Path(folder, "good.pc"), pathlib.Path(folder, "bad.pc")
        good.write_text("prefix=/usr\n", encoding="utf-8")
        bad.write_text(f"prefix={FOLDER.name}/root/usr\n", encoding="utf-8")
        assert naming(files_below(pathlib.Path(folder)), [ROOT, FOLDER.name]) == [bad]


def test_another_search_path_is_found_out():
    assert search_paths(BUILD / "tests" / "library" / "two-roles")


if __name__ == "__main__":
    status = tap.run(tap.collect(dict(globals())))
    FOLDER.cleanup()
    sys.exit(status)
