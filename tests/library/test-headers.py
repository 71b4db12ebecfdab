#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each header is complete: it compiles as the first include of a file, twice, and with nothing
else; the public one also as what other people's programs are written in."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from tree import BUILD, FOLDERS, PUBLIC_HEADER, compile_commands, compiler  # noqa: E402

# What programs that have nothing to do with ours may be built with.
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef"]
C_STANDARDS = ("c11", "c17", "c2x")
CXX_STANDARDS = ("c++11", "c++17", "c++20")


def flags_for(header, commands):
    """How the source beside a header is compiled, or the first one of its folder. Relative paths
    are the build folder's; what makes files is left out."""
    beside = header.with_suffix(".c").as_posix()
    near = sorted(path for path in commands if path.startswith(f"{header.parent.as_posix()}/"))
    assert near, f"no source is compiled in {header.parent}"
    words = commands[beside if beside in commands else near[0]]

    flags = []
    for word, following in zip(words, words[1:] + [""]):
        if word.startswith(("-I", "-D", "-U", "-W", "-f", "-m", "-O", "-std=")):
            flags.append(word)
        elif word in ("-isystem", "-include"):
            flags += [word, following]
    return flags


def cxx_compiler():
    """The build's C++ compiler, as words."""
    words = compile_commands().get("tests/library/two-roles.cc")
    if not words:
        raise tap.Skip("there is no C++ compiler")
    return words[:next(i for i, word in enumerate(words) if word.startswith("-"))]


def compile_text(text, compiler_words, flags, suffix=".c"):
    """What a compiler has to say of a text; nothing if it is content."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "first" + suffix)
        source.write_text(text, encoding="utf-8")
        done = subprocess.run([*compiler_words, *flags, "-Werror", "-fsyntax-only", str(source)],
                              capture_output=True, text=True, check=False, cwd=BUILD)
    assert done.returncode == 0 or done.stderr
    return done.stderr


def compile_header(path, flags):
    """The same for a header alone. A file must have something in it, hence the declaration."""
    return compile_text(f'#include "{path}"\n#include "{path}"\nextern int nothing_else;\n',
                        compiler(), flags)


def test_each_header_compiles_alone():
    commands = compile_commands()
    headers = sorted(path.relative_to(ROOT) for folder in FOLDERS
                     for path in (ROOT / folder).rglob("*.h"))
    assert len(headers) > 100, "the headers are somewhere else"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = pool.map(lambda header: compile_header(ROOT / header, flags_for(header, commands)),
                        headers)
        wrong = [f"{header}:\n{text}" for header, text in zip(headers, said) if text]
    print(f"# {len(headers)} headers")
    assert not wrong, "\n".join(wrong)


INCLUDE_PUBLIC = ["-I", str(PUBLIC_HEADER.parent)]
USE_PUBLIC = "#include <hybrid.h>\nint main(void) { return HYBRID_E_REFUSED == 2 ? 0 : 1; }\n"


def test_the_public_header_is_c():
    for standard in C_STANDARDS:
        flags = [*INCLUDE_PUBLIC, *STRICT, "-Wstrict-prototypes", f"-std={standard}"]
        said = compile_text(USE_PUBLIC, compiler(), flags)
        assert not said, said


def test_the_public_header_is_cxx():
    for standard in CXX_STANDARDS:
        flags = [*INCLUDE_PUBLIC, *STRICT, "-Wold-style-cast", f"-std={standard}"]
        said = compile_text(USE_PUBLIC, cxx_compiler(), flags, ".cc")
        assert not said, said


def test_an_incomplete_header_is_found_out():
    with tempfile.TemporaryDirectory() as folder:
        header = pathlib.Path(folder, "bad.h")
        for text, complaint in (("#pragma once\nint f(uint8_t x);\n", "uint8_t"),
                                ("struct twice { int x; };\n", "redefinition"),
                                ("#pragma once\nint f(int);\nstatic inline int g(long x) "
                                 "{ return f(x); }\n", "conversion"),
                                ("#pragma once\n#include <stdint.h>\nint f(uint8_t x);\n", "")):
            header.write_text(text, encoding="utf-8")
            said = compile_header(header, ["-Wall", "-Wextra", "-Wconversion"])
            assert complaint in said and bool(said) == bool(complaint), (text, said)


def test_a_header_that_is_no_cxx_is_found_out():
    text = "struct s { int x; };\nint f(struct s class);\n"
    assert not compile_text(text, compiler(), ["-Wall"])
    assert compile_text(text, cxx_compiler(), ["-Wall"], ".cc")


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
