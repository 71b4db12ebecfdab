#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""libhybrid.so as others see it: what it offers, what it needs, and what it leaves to its user."""

import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from tree import (BUILD, PUBLIC_HEADER, build_option, code_only, compiler,  # noqa: E402
                  declared_functions, project_version, run)

LIBRARY = BUILD / "libhybrid" / "libhybrid.so"
SONAME, VERSION = "libhybrid.so.0", "HYBRID_0"

NEEDED = {"libcrypto", "libcbor", "libjansson", "libidn2", "libc"}
# Of a build that checks itself.
NEEDED_BY_SANITIZERS = {"libasan", "libubsan", "libclang_rt", "libgcc_s", "libm"}

# All that the pure core takes from libc: memory, and texts in memory. No clock, no randomness, no
# file, no socket, no output; __assert_fail says where the library is wrong, and ends the process.
LIBC = """
    __assert_fail __stack_chk_fail
    calloc free malloc realloc
    bcmp explicit_bzero memchr memcmp memcpy memmove memset
    stpcpy strchr strcmp strcpy strcspn strdup strlen strncasecmp strncmp strrchr strspn
    bsearch qsort snprintf strerrordesc_np
""".split()
# And from the others: numbers, ciphers and digests; CBOR and JSON in memory; names.
OTHERS = re.compile(r"(BN|EC|EVP|OSSL_PARAM|SHA256)_\w+|cbor_(encode|stream)_\w+|"
                    r"json_(array|object|string|integer|number|delete|loadb$)\w*|"
                    r"idn2_(to_ascii_8z|free)")
SANITIZERS = re.compile(r"__((a|ub)san|sanitizer)_\w+|__odr_asan\.\w+")


class Library:
    """What binutils read from a shared object or a program."""

    def __init__(self, path):
        self.path = path
        self.dynamic = run("readelf", "--dynamic", "--wide", path)
        self.segments = run("readelf", "--program-headers", "--wide", path)

    def exports(self):
        """(name, version or "") of each symbol that is offered, but for the versions themselves."""
        lines = run("nm", "--dynamic", "--defined-only", self.path).splitlines()
        symbols = [line.split()[-1].partition("@") for line in lines if line.split()[-2] != "A"]
        return {(name, version.lstrip("@")) for name, _, version in symbols
                if not SANITIZERS.fullmatch(name)}

    def imports(self):
        """(name, version or "") of each symbol that must come from elsewhere. _FORTIFY_SOURCE calls
        printf() __printf_chk()."""
        lines = run("nm", "--dynamic", "--undefined-only", self.path).splitlines()
        symbols = [line.split()[-1].partition("@") for line in lines if line.split()[0] == "U"]
        return {(re.sub(r"^__(\w+)_chk$", r"\1", name), version.lstrip("@"))
                for name, _, version in symbols}

    def tagged(self, tag):
        """The values of a tag of the dynamic section."""
        return re.findall(rf"\({tag}\)[^\[\n]*\[([^\]]*)\]", self.dynamic)

    def needed(self):
        """The names of the libraries that it loads, without what follows ".so"."""
        return {name.split(".so")[0] for name in self.tagged("NEEDED")}


def wrong_exports(library, functions):
    """Functions that are missing, and symbols that nobody declared or that have no version."""
    expected = {(name, VERSION) for name in functions}
    return sorted(" ".join(symbol) for symbol in library.exports() ^ expected)


def wrong_imports(library):
    """What a library without input, output, clock and randomness has no use for."""
    return sorted(name for name, _ in library.imports() if not SANITIZERS.fullmatch(name) and
                  name not in LIBC and not OTHERS.fullmatch(name))


def wrong_needed(library):
    """Libraries that are loaded for nothing, or missing."""
    needed = library.needed()
    if build_option("b_sanitize") != "none":
        needed -= NEEDED_BY_SANITIZERS - NEEDED
    return sorted(needed ^ NEEDED)


def wrong_loading(library):
    """What keeps its pages from being shared or leaves them open, or what looks elsewhere."""
    wrong = [tag for tag in ("RPATH", "RUNPATH", "TEXTREL")
             if re.search(rf"\b{tag}\b", library.dynamic)]
    if "BIND_NOW" not in library.dynamic:
        wrong.append("binds lazily")
    if "GNU_RELRO" not in library.segments:
        wrong.append("no relro")
    if not re.search(r"GNU_STACK.* RW ", library.segments):
        wrong.append("executable stack")
    return wrong


def writable_sections(objects):
    """Sections in which code keeps something from one call to the next. What is written by the
    loader only (.data.rel.ro) does not count."""
    sections = re.findall(r"^(\.(?:t?data|t?bss)\S*)\s+([1-9]\d*)\s", run("size", "-A", objects),
                          re.MULTILINE)
    return [name for name, _ in sections if not name.startswith(".data.rel.ro")]


def skip_if_lines_are_counted():
    """A build for coverage has gcov in each of its libraries."""
    if build_option("b_coverage"):
        raise tap.Skip("gcov keeps its numbers, and writes them to files")


# ---- the library --------------------------------------------------------------------------------

def test_it_offers_what_its_header_declares():
    functions = declared_functions(PUBLIC_HEADER.read_text(encoding="utf-8"))
    assert len(functions) > 30, functions
    assert not (wrong := wrong_exports(Library(LIBRARY), functions)), wrong


def test_its_version_script_names_no_others():
    script = code_only((ROOT / "libhybrid" / "libhybrid.sym").read_text(encoding="utf-8"))
    functions = declared_functions(PUBLIC_HEADER.read_text(encoding="utf-8"))
    named = re.findall(r"([\w*?]+)\s*;", script)  # "*" is what is local
    assert sorted(named) == sorted([*functions, "*"]), set(named) ^ functions


def test_its_names_lead_to_it():
    assert (name := Library(LIBRARY).tagged("SONAME")) == [SONAME], name
    assert LIBRARY.readlink() == pathlib.Path(SONAME)
    assert LIBRARY.with_name(SONAME).readlink() == pathlib.Path(f"libhybrid.so.{project_version()}")


def test_it_needs_few_libraries():
    assert not (wrong := wrong_needed(Library(LIBRARY))), wrong


def test_it_takes_from_them_what_computes():
    skip_if_lines_are_counted()
    assert not (wrong := wrong_imports(Library(LIBRARY))), wrong


def test_it_keeps_nothing_between_calls():
    skip_if_lines_are_counted()
    if build_option("b_sanitize") != "none":
        raise tap.Skip("the sanitizers keep what they see; any other build shows it")
    assert not (wrong := writable_sections(BUILD / "libhybrid" / "libhybrid-internal.a")), wrong


def test_it_can_be_shared_and_hardened():
    assert not (wrong := wrong_loading(Library(LIBRARY))), wrong


# ---- who uses it --------------------------------------------------------------------------------

def test_a_program_needs_nothing_behind_it():
    program = Library(BUILD / "tests" / "library" / "two-roles")
    assert SONAME in program.tagged("NEEDED")
    assert not (needed := program.needed() & (NEEDED - {"libc"})), needed
    taken = {symbol for symbol in program.imports() if symbol[0].startswith("hybrid")}
    assert taken and all(version == VERSION for _, version in taken), taken


def test_our_modules_keep_it_to_themselves():
    skip_if_lines_are_counted()
    for module, entry in (("ceremony/ceremony.so", "ceremony_run"),
                          ("io/tunnel/channel-tunnel.so", "channel_tunnel")):
        offered = Library(BUILD / module).exports()
        assert offered == {(entry, "")}, (module, offered)


# ---- these checks themselves --------------------------------------------------------------------

HEADER = """
/* hybrid_old() is gone. */
typedef struct HybridThing { int (*random)(void *); /* "hybrid_no()" */ } HybridThing;
int hybrid_one(void); // hybrid_not(
const char *hybrid_two
        (const char *text);
"""

BAD_SOURCE = r"""
#include <math.h>
#include <stdio.h>
#include <time.h>
int hybrid_one(double x) { static int n; printf("%d", n++); return (int)cos(x) + (int)time(NULL); }
int hybrid_three(void) { return 3; }
int *hybrid_table[] = {(int *)hybrid_one};
__asm__(".text\n.quad hybrid_one");
"""


def test_functions_are_read_from_a_header():
    assert declared_functions(HEADER) == {"hybrid_one", "hybrid_two"}


def test_a_bad_library_is_found_out():
    with tempfile.TemporaryDirectory() as folder:
        source, path = pathlib.Path(folder, "bad.c"), pathlib.Path(folder, "libbad.so")
        source.write_text(BAD_SOURCE, encoding="utf-8")
        run(*compiler(), "-O0", "-fno-builtin", "-fPIC", "-c", source, "-o", f"{path}.o")
        run(*compiler(), "-shared", f"{path}.o", "-o", path, "-Wl,--no-as-needed", "-lm", "-lcbor",
            "-Wl,-rpath,/tmp,-z,lazy,-z,norelro,-z,execstack,-z,notext")
        bad = Library(path)
        assert wrong_exports(bad, {"hybrid_one", "hybrid_two"}) == [
            "hybrid_one ", f"hybrid_one {VERSION}", "hybrid_table ", "hybrid_three ",
            f"hybrid_two {VERSION}"]
        assert {"cos", "printf", "time"} <= set(wrong_imports(bad))
        assert "libm" in bad.needed() and "libjansson" in wrong_needed(bad)
        assert bad.tagged("SONAME") == []
        assert len(wrong_loading(bad)) == 5, wrong_loading(bad)
        assert writable_sections(f"{path}.o")


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
