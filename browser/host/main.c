/* SPDX-License-Identifier: MIT */

/*
 * hybrid-native-host: started by a browser for hybridd's extension, and a client of hybridd like any
 * other. It believes the extension what page asks; hybridd believes it only if a browser that is
 * listed has started it (callers.d).
 *
 * How to read it: frame.c and browser-call.c read what the browser says, browser-reply.c makes what it
 * is told, host.c goes between it and client/.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/macro.h"
#include "browser/host/host.h"

enum {
        EXIT_USAGE = 2,
};

static const char help[] = "Usage: hybrid-native-host MANIFEST EXTENSION\n"
                           "\n"
                           "Started by browsers, for the extension that lets people sign in with "
                           "the passkey on their\n"
                           "phone. It talks to the browser by standard input and output, and to "
                           "hybridd by the session "
                           "bus.\n"
                           "\n"
                           "      --help     This text\n"
                           "      --version  The version\n"
                           "\n"
                           "See hybrid-native-host(8).\n";

/* Answers pass through here. The process stays dumpable: hybridd looks in /proc who calls. */
static void leave_no_core(void) {
        const struct rlimit no_core = {};

        setrlimit(RLIMIT_CORE, &no_core);
}

static const char *reason(int r) {
        switch (r) {
        case -EBADMSG:
                return "the browser sent something that makes no sense";
        case -EMSGSIZE:
                return "a message is empty, or longer than 1 MiB";
        default:
                return strerror(-r);
        }
}

static int run(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        Host *host = NULL;
        int r;

        r = sd_event_default(&event);
        if (r >= 0)
                r = host_new(&host, event, STDIN_FILENO, STDOUT_FILENO);
        if (r >= 0)
                r = host_run(host);
        host_free(host);
        return r;
}

int main(int argc, char *argv[]) {
        int r;

        if (argc > 1 && strcmp(argv[1], "--help") == 0)
                return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc > 1 && strcmp(argv[1], "--version") == 0)
                return puts("hybrid-native-host " PROJECT_VERSION) < 0 ? EXIT_FAILURE
                                                                       : EXIT_SUCCESS;
        if (isatty(STDIN_FILENO)) {
                fputs("hybrid-native-host: this is started by browsers; see --help\n", stderr);
                return EXIT_USAGE;
        }

        leave_no_core();
        signal(SIGPIPE, SIG_IGN);
        r = run();
        if (r < 0) {
                fprintf(stderr,
                        "hybrid-native-host: %s; check that the extension is hybridd's, and of "
                        "the same version\n",
                        reason(r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
