/* SPDX-License-Identifier: MIT */

/*
 * hybridctl: registers and signs in with the passkey on a phone, from a terminal or a script. It is
 * a client of hybridd like any other: what it does goes over the session bus.
 *
 * How to read it: command-site.c is `create` and `get`, demo.c is `demo`; both follow() a
 * bus_request and show it on a view. doctor.c is `doctor`. relying-party.c checks answers.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "command.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"
#include "words/words.h"

enum {
        EXIT_USAGE = 2,
};

/*
 * Codes and answers pass through here. The process stays dumpable, though: hybridd reads in /proc
 * which program calls.
 */
static void leave_no_core(void) {
        const struct rlimit no_core = {};

        setrlimit(RLIMIT_CORE, &no_core);
}

static int run(const Options *options) {
        switch (options->command) {
        case COMMAND_DEMO:
                return command_demo(options);
        case COMMAND_DOCTOR:
                return command_doctor(options);
        default:
                return command_site(options);
        }
}

int main(int argc, char *argv[]) {
        const char *folder = getenv("HYBRIDD_LOCALE_FOLDER");
        Options options;
        int r;

        complain_set_program("hybridctl");
        words_init(folder ? folder : LOCALE_FOLDER);
        if (argc > 1 && strcmp(argv[1], "policy") == 0)
                return command_policy(argc - 1, argv + 1);
        if (argc > 1 && strcmp(argv[1], "phones") == 0)
                return command_phones(argc - 1, argv + 1);
        r = options_parse(argc, argv, &options);
        if (r < 0)
                return EXIT_USAGE;
        if (r == 0)
                return flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        leave_no_core();
        signal(SIGPIPE, SIG_IGN);
        return run(&options);
}
