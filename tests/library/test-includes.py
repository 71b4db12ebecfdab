#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Who includes whom. Includes go downwards only, what is outside is known by few, and the
protocol's core knows nothing of the world. Prints the graph of the layers."""

import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "common"))
# pylint: disable=wrong-import-position
import tap  # noqa: E402
from tree import FOLDERS, code_only  # noqa: E402

CORE = "libhybrid"
# Where an include in quotes may be found, besides beside the file.
INCLUDE_FOLDERS = (CORE, ".")

# ---- the rules ----------------------------------------------------------------------------------

# A layer (the longest that a path begins with) and what it may include besides itself.
HEADER = "libhybrid/hybrid.h"
BASE = (HEADER, "libhybrid/base/")
WIRE = (*BASE, "libhybrid/crypto/", "libhybrid/wire/")
LAYERS = {
    HEADER: (),
    "libhybrid/base/": (),
    "libhybrid/crypto/": BASE,
    "libhybrid/wire/": (*BASE, "libhybrid/crypto/"),
    "libhybrid/session/": WIRE,
    "libhybrid/webauthn/": WIRE,
    "io/": BASE,
    "io/fetch/": (*BASE, "io/channel.h", "io/fetch.h", "io/tunnel/address.h", "io/tunnel/proxy.h",
                  "io/tunnel/url.h"),
    "io/qr/": BASE,
    "io/radio/": (*BASE, "io/bus-sender.h", "io/random.h"),
    "io/tunnel/": (*BASE, "io/channel.h"),
    "diagnosis/": (*BASE, "io/radio/", "words/template.h"),
    "ceremony/": (*BASE, "libhybrid/crypto/sha256.h", "io/"),
    "daemon/caller/": (*BASE, "io/root-path.h", "ceremony/"),
    "daemon/phones/": (*BASE, "ceremony/", "io/bus-sender.h", "daemon/names.h", "daemon/caller/",
                       "daemon/private-memory.h", "daemon/services.h"),
    "daemon/policy/": (*BASE, "io/root-path.h", "io/tunnel/proxy.h", "diagnosis/"),
    "daemon/request/": (*BASE, "ceremony/", "io/", "daemon/names.h", "daemon/caller/",
                        "daemon/phones/", "daemon/policy/", "daemon/services.h", "daemon/audit.h",
                        "daemon/private-memory.h", "daemon/worker-spare.h"),
    "daemon/": (*BASE, "io/", "diagnosis/", "ceremony/", "daemon/caller/", "daemon/phones/",
                "daemon/policy/", "daemon/request/", "words/"),
    "browser/host/": (*BASE, "client/", "daemon/names.h"),
    "client/": (*BASE, "daemon/names.h", "io/bus-sender.h", "words/template.h"),
    "prompt/": (*BASE, "io/qr/", "daemon/names.h", "words/"),
    "words/": BASE,
    "tools/": (*WIRE, "words/", "client/", "libhybrid/webauthn/", "io/", "diagnosis/", "ceremony/",
               "daemon/names.h", "daemon/policy/policy.h", "daemon/policy/policy-file.h",
               "tools/common/"),
}
# A tool does not look into another one; each is a layer of its own.
TOOL = re.compile(r"tools/[^/]+/")

# All of the system that the core may know. stdio.h is there for snprintf().
CORE_HEADERS = set("""
    assert.h errno.h inttypes.h limits.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
    string.h strings.h
""".split())
# What these declare besides: other processes, files, output, randomness; and clocks, should they be
# declared by hand. test-exports.py finds the same and more in the library.
CORE_WITHOUT = re.compile(r"""
    (?<![\w.>]) (?:
        (?: time | clock | clock_gettime | gettimeofday | localtime\w* | gmtime\w* | nanosleep
          | u?sleep | rand | rand_r | srand | random | srandom | drand48 | arc4random\w*
          | getrandom | getentropy
          | socket | connect | accept4? | bind | listen | poll | ppoll | select | ioctl | syscall
          | f?printf | v?dprintf | vf?printf | f?puts | f?putc | putchar | perror | f?scanf
          | fopen | fdopen | freopen | fread | fwrite | fclose | openat? | remove | rename | tmpfile
          | getenv | secure_getenv | setenv | setlocale | system | popen | fork | execv\w* | syslog
          | exit | _exit | quick_exit | atexit | abort | signal | raise | pthread_\w+
        ) \s* \(
      | FILE\b | stdin\b | stdout\b | stderr\b | environ\b
    )
""", re.VERBOSE)

# What is not of our making, and who knows it: files and folders. The first pattern that fits a
# header counts. With a name that stands here without need the test fails too.
OUTSIDE = {
    # Libraries.
    r"cairo\.h": ["tools/hybrid-ble/plot.c"],
    r"cbor\.h": ["libhybrid/base/cbor-item.c", "libhybrid/base/cbor-writer.c"],
    r"(adwaita|gtk/gtk|gio/gio|gio/gunixfdlist|glib)\.h": ["prompt/"],
    r"(X11|gdk)/.*": ["prompt/parent.c"],
    r"libintl\.h|locale\.h": ["ceremony/failure-text.c", "words/words.c"],
    r"curl/curl\.h": ["io/fetch/curl-loop.h"],
    r"idn2\.h": ["libhybrid/webauthn/origin.c", "prompt/shown-text.c"],
    r"bluetooth/.*": ["io/radio/hci-system.c"],
    r"ini\.h": ["daemon/caller/caller-entry.c", "daemon/config.c", "daemon/policy/policy-parse.c"],
    r"jansson\.h": ["libhybrid/webauthn/json-member.h", "libhybrid/webauthn/options.h",
                    "libhybrid/webauthn/related-origins.c", "libhybrid/webauthn/webauthn.c",
                    "browser/host/browser-call.c", "browser/host/browser-reply.h",
                    "tools/hybrid-ble/adapters.c", "tools/hybrid-phone/report.c",
                    "tools/hybridctl/"],
    r"libpsl\.h": ["ceremony/public-suffix.c"],
    r"libwebsockets\.h": ["io/tunnel/websocket-codec.c", "io/tunnel/websocket-library.h",
                          "tools/hybrid-tunnel/"],
    r"openssl/(ssl|x509.*)\.h": ["io/fetch/fetch.c", "io/tunnel/tls-stream.c",
                                  "tools/hybrid-tunnel/"],
    r"openssl/.*": ["libhybrid/crypto/", "io/tunnel/tls-bio.h", "io/tunnel/tls-stream.c",
                     "tools/hybrid-tunnel/"],
    r"png\.h": ["io/qr/qr-png.c", "tools/hybrid-phone/code-picture.c"],
    r"qrencode\.h": ["io/qr/qr-matrix.c"],
    r"systemd/sd-bus\.h": ["io/bus-sender.h", "io/radio/ble-bluez-internal.h", "daemon/caller/caller-lookup.h",
                           "daemon/diagnose.h", "daemon/phones/phone-vault.h",
                           "daemon/phones/secret-service.h", "daemon/request/request-options.h",
                           "daemon/services.h", "browser/host/host.c", "client/",
                           "tools/hybridctl/"],
    r"systemd/sd-daemon\.h": ["daemon/main.c"],
    r"systemd/sd-event\.h": ["io/", "browser/host/", "ceremony/", "daemon/", "tools/"],
    r"zbar\.h": ["tools/hybrid-phone/code-picture.c"],
    # The system's, where they are one thing that one place should know.
    r"dlfcn\.h": ["io/module-load.c", "daemon/worker.c"],
    r"malloc\.h": ["daemon/main.c"],
    r"netdb\.h": ["io/tunnel/resolve.c", "tools/hybrid-phone/network.c", "tools/hybrid-tunnel/"],
    r"(arpa|netinet)/.*": ["io/tunnel/address.c", "io/tunnel/address.h", "io/tunnel/race.c",
                           "tools/hybrid-tunnel/"],
    r"pthread\.h": ["io/tunnel/resolve.c"],
    r"sys/mman\.h": ["ceremony/make-syscall-filter.c", "ceremony/sealed-memfd.c",
                    "daemon/private-memory.c"],
    r"sys/prctl\.h": ["ceremony/confine-syscalls.c", "ceremony/harden.c",
                      "ceremony/make-syscall-filter.c", "daemon/worker.c", "prompt/guard.c",
                      "tools/hybridctl/"],
    r"sys/random\.h": ["io/radio/ble-loopback.c", "io/tunnel/own-socket.c", "io/random.c",
                       "daemon/request/request.c", "client/bus-request.c"],
    r"sys/(socket|un)\.h": ["io/fetch/fetch.c", "io/radio/ble-loopback.c", "io/radio/hci-system.c",
                            "io/tunnel/address.h", "io/tunnel/own-socket.c",
                            "io/tunnel/proxy-connect.c", "io/tunnel/tls-bio.c",
                            "io/tunnel/websocket-codec.c", "ceremony/link.c",
                            "ceremony/make-syscall-filter.c", "daemon/audit.c",
                            "tools/hybrid-tunnel/"],
    r"sys/syscall\.h": ["ceremony/confine-files.c", "daemon/caller/process.c", "tools/hybridctl/"],
    r"linux/landlock\.h": ["ceremony/confine-files.c"],
    r"linux/filter\.h": ["ceremony/confine-syscalls.h", "ceremony/make-syscall-filter.c"],
    r"(linux/seccomp|valgrind/valgrind)\.h": ["ceremony/confine-syscalls.c"],
    r"(linux/sockios|sched|seccomp)\.h": ["ceremony/make-syscall-filter.c"],
    r"linux/openat2\.h": ["daemon/caller/process.c"],
}
# The system's that anybody above the core may know.
COMMON_HEADERS = CORE_HEADERS | set("""
    dirent.h fcntl.h ftw.h getopt.h glob.h poll.h pwd.h search.h signal.h termios.h time.h unistd.h
    sys/epoll.h sys/eventfd.h sys/file.h sys/ioctl.h sys/queue.h sys/resource.h sys/signalfd.h
    sys/stat.h sys/types.h sys/wait.h
""".split())


# ---- the graph ----------------------------------------------------------------------------------

class Graph:
    """All sources of a tree, and what each includes."""

    def __init__(self, root):
        self.root = root
        self.inside = {}    # path → paths
        self.outside = {}   # path → names in angle brackets
        self.unknown = []   # "path: name" of includes in quotes that lead nowhere
        for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.[ch]")):
            self.add(path)

    def add(self, path):
        """Reads the includes of one file."""
        name = path.relative_to(self.root).as_posix()
        found = re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]',
                           path.read_text(encoding="utf-8"), re.MULTILINE)
        self.outside[name] = {include for kind, include in found if kind == "<"}
        self.inside[name] = set()
        for include in (include for kind, include in found if kind == '"'):
            for folder in (path.parent, *(self.root / folder for folder in INCLUDE_FOLDERS)):
                if (folder / include).is_file():
                    target = (folder / include).resolve().relative_to(self.root.resolve())
                    self.inside[name].add(target.as_posix())
                    break
            else:
                self.unknown.append(f"{name}: {include}")

    def layers(self):
        """Layer → layers that it includes."""
        result = {}
        for path, targets in self.inside.items():
            above = result.setdefault(layer_of(path), set())
            above |= {layer_of(target) for target in targets} - {layer_of(path)}
        return result


def layer_of(path):
    """The layer that a file belongs to, or else itself."""
    if tool := TOOL.match(path):
        return tool[0]
    return max((layer for layer in LAYERS if path.startswith(layer)), key=len, default=path)


def begins_with_one_of(path, names):
    """Whether a path is one of these files or in one of these folders."""
    return any(path == name or (name.endswith("/") and path.startswith(name)) for name in names)


def upward_includes(graph):
    """Includes of what stands above or beside, or of no layer at all."""
    wrong = list(graph.unknown)
    for path, targets in graph.inside.items():
        layer = layer_of(path)
        allowed = LAYERS["tools/" if TOOL.match(path) else layer]
        wrong += [f"{path}: {target}" for target in sorted(targets)
                  if layer_of(target) != layer and not begins_with_one_of(target, allowed)]
    return wrong


def included_sources(graph):
    """Includes of what is compiled by itself."""
    return [f"{path}: {target}" for path, targets in graph.inside.items()
            for target in sorted(targets) if not target.endswith(".h")]


def cycles(graph):
    """Headers that include each other, each cycle once."""
    found, done = [], set()

    def visit(path, way):
        if path in way:
            found.append(" → ".join([*way[way.index(path):], path]))
        elif path not in done:
            for target in sorted(graph.inside.get(path, ())):
                visit(target, [*way, path])
            done.add(path)

    for path in graph.inside:
        visit(path, [])
    return found


def who_may_know(header):
    """The names beside the first pattern that fits, or None."""
    return next((names for pattern, names in OUTSIDE.items() if re.fullmatch(pattern, header)),
                None)


def strangers(graph):
    """Includes of something outside by who should not know it, or of what no rule speaks of."""
    wrong = []
    for path, headers in graph.outside.items():
        common = CORE_HEADERS if path.startswith(CORE) else COMMON_HEADERS
        for header in sorted(headers - common):
            if not begins_with_one_of(path, who_may_know(header) or ()):
                wrong.append(f"{path}: <{header}>")
    return wrong


def names_without_need(graph):
    """Names in OUTSIDE of whom nothing, or nothing any more, includes what they may include."""
    needed = [(who_may_know(header), path) for path, headers in graph.outside.items()
              for header in headers if who_may_know(header)]
    return [f"{pattern}: {name}" for pattern, names in OUTSIDE.items() for name in names
            if not any(known is names and begins_with_one_of(path, [name])
                       for known, path in needed)]


def world_in_core(graph):
    """Calls in the core of what reads, writes, waits or draws lots."""
    wrong = []
    for path in (path for path in graph.inside if path.startswith(CORE)):
        text = code_only((graph.root / path).read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            wrong += [f"{path}:{number}: {found}" for found in CORE_WITHOUT.findall(line)]
    return wrong


# ---- our tree -----------------------------------------------------------------------------------

OURS = Graph(ROOT)


def test_includes_go_downwards():
    assert len(OURS.inside) > 250, "the sources are somewhere else"
    for layer, below in sorted(OURS.layers().items()):
        print(f"# {layer.rstrip('/')} →", *sorted(name.rstrip("/") for name in below))
    wrong = upward_includes(OURS)
    assert not wrong, "\n".join(wrong)


def test_no_source_is_included():
    wrong = included_sources(OURS)
    assert not wrong, "\n".join(wrong)


def test_headers_do_not_go_in_circles():
    wrong = cycles(OURS)
    assert not wrong, "\n".join(wrong)


def test_what_is_outside_is_known_by_few():
    wrong = strangers(OURS)
    assert not wrong, "\n".join(wrong)


def test_who_may_know_does():
    wrong = names_without_need(OURS)
    assert not wrong, "\n".join(wrong)


def test_the_core_knows_nothing_of_the_world():
    wrong = world_in_core(OURS)
    assert not wrong, "\n".join(wrong)


# ---- these checks themselves --------------------------------------------------------------------

def graph_of(files):
    """The graph of a tree that is made up: path → text."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            path = pathlib.Path(folder, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        graph = Graph(pathlib.Path(folder))
        return graph, world_in_core(graph)


def include(*names):
    """Includes in quotes, or as they are."""
    return "".join(f"#include {name}\n" if name[0] == "<" else f'#include "{name}"\n'
                   for name in names)


def test_an_upward_include_is_found_out():
    headers = {"libhybrid/hybrid.h": "", "libhybrid/base/b.h": "", "libhybrid/crypto/c.h": "",
               "libhybrid/wire/w.h": "", "libhybrid/session/s.h": "", "libhybrid/webauthn/a.h": "",
               "io/i.h": "", "ceremony/r.h": "", "daemon/d.h": "", "daemon/names.h": "",
               "tools/common/t.h": "", "tools/one/o.h": "", "tools/two/o.h": "",
               "tools/two/p.h": ""}
    good = [("libhybrid/crypto/x.c", "base/b.h"), ("libhybrid/wire/x.c", "crypto/c.h"),
            ("libhybrid/session/x.c", "wire/w.h"), ("libhybrid/webauthn/x.c", "hybrid.h"),
            ("io/x.c", "io/i.h"), ("ceremony/x.c", "io/i.h"), ("daemon/x.c", "ceremony/r.h"),
            ("tools/two/x.c", "o.h"), ("tools/one/x.c", "tools/common/t.h"),
            ("tools/one/y.c", "daemon/names.h"), ("tools/one/z.c", "webauthn/a.h")]
    bad = [("libhybrid/base/x.c", "hybrid.h"), ("libhybrid/base/y.c", "crypto/c.h"),
           ("libhybrid/crypto/x.c", "wire/w.h"), ("libhybrid/wire/x.c", "session/s.h"),
           ("libhybrid/session/x.c", "webauthn/a.h"), ("libhybrid/webauthn/x.c", "session/s.h"),
           ("libhybrid/session/y.c", "io/i.h"), ("io/x.c", "wire/w.h"), ("io/y.c", "ceremony/r.h"),
           ("ceremony/x.c", "daemon/d.h"), ("daemon/x.c", "tools/common/t.h"),
           ("tools/one/x.c", "daemon/d.h"), ("tools/one/y.c", "tools/two/p.h"),
           ("tools/one/z.c", "../two/p.h"), ("tools/common/x.c", "tools/one/o.h"),
           ("io/z.c", "nowhere.h")]

    for path, name in good:
        graph, _ = graph_of({**headers, path: include(name)})
        assert not upward_includes(graph), (path, name)
    for path, name in bad:
        graph, _ = graph_of({**headers, path: include(name)})
        assert len(upward_includes(graph)) == 1, (path, name)


def test_a_source_as_header_is_found_out():
    graph, _ = graph_of({"io/a.c": include("b.c"), "io/b.c": ""})
    assert included_sources(graph) == ["io/a.c: io/b.c"]


def test_a_circle_is_found_out():
    files = {"io/a.h": include("b.h"), "io/b.h": include("io/c.h"), "io/c.h": include("d.h"),
             "io/d.h": ""}
    assert not cycles(graph_of(files)[0])
    assert cycles(graph_of({**files, "io/d.h": include("b.h")})[0]) == \
        ["io/b.h → io/c.h → io/d.h → io/b.h"]
    assert cycles(graph_of({"io/a.h": include("a.h")})[0]) == ["io/a.h → io/a.h"]


def test_a_stranger_is_found_out():
    good = [("daemon/config.c", "<ini.h>"), ("libhybrid/crypto/aes.c", "<openssl/evp.h>"),
            ("io/any.c", "<time.h>"), ("tools/hybrid-tunnel/any.c", "<openssl/ssl.h>")]
    bad = [("daemon/main.c", "<ini.h>"), ("libhybrid/wire/eid.c", "<openssl/evp.h>"),
           ("libhybrid/crypto/aes.c", "<openssl/ssl.h>"),
           ("libhybrid/session/client.c", "<time.h>"), ("libhybrid/base/a.c", "<sys/socket.h>"),
           ("libhybrid/base/a.c", "<systemd/sd-bus.h>"),
           ("io/tunnel/dial.c", "<systemd/sd-bus.h>"), ("io/tunnel/dial.c", "<libwebsockets.h>"),
           ("io/tunnel/dial.c", "<sys/random.h>"), ("daemon/main.c", "<new-library.h>")]
    for path, name in good:
        assert not strangers(graph_of({path: include(name)})[0]), (path, name)
    for path, name in bad:
        assert len(strangers(graph_of({path: include(name)})[0])) == 1, (path, name)

    graph, _ = graph_of({"daemon/config.c": include("<ini.h>")})
    without_need = names_without_need(graph)
    assert r"ini\.h: daemon/config.c" not in without_need
    assert r"idn2\.h: libhybrid/webauthn/origin.c" in without_need


def test_the_world_in_the_core_is_found_out():
    bad = ["return time(NULL);", "clock_gettime (CLOCK_MONOTONIC, &now);", "getrandom(p, n, 0);",
           "x = rand();", "fd = socket(AF_UNIX, 0, 0);", 'printf("%d", n);', "fputs(text, stderr);",
           'FILE *f = fopen("/etc/passwd", "r");', 'getenv("HOME");', "abort();"]
    good = ["/* time(NULL) */", 'const char *text = "printf(";', "env->random(p, n);",
            "int (*random)(void *p);", "snprintf(text, n, PRIu64, x);", "runtime(x);",
            "action.connect.url = url;", "// socket()", "state_time (x);", "assert(n);"]
    for line in bad:
        assert graph_of({"libhybrid/wire/x.c": f"int f(void) {{\n{line}\n}}\n"})[1], line
    for line in good:
        assert not graph_of({"libhybrid/wire/x.c": f"int f(void) {{\n{line}\n}}\n"})[1], line


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
