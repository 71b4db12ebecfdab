/* SPDX-License-Identifier: MIT */

/*
 * hybrid-ble: hears and sends the adverts by which phones say that they are near. To see what a
 * radio hears, to try dongles, and for tests.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/secret.h"
#include "command.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"

enum {
        EXIT_USAGE = 2,
};

static int run(const Options *options) {
        switch (options->command) {
        case COMMAND_ADAPTERS:
                return command_adapters(options);
        case COMMAND_PROXIMITY:
                return command_proximity(options);
        default:
                return command_air(options);
        }
}

int main(int argc, char *argv[]) {
        Options options;
        CLEANUP_ERASE(options);
        int r;

        complain_set_program("hybrid-ble");
        signal(SIGPIPE, SIG_IGN);
        r = options_parse(argc, argv, &options);
        if (r == -EINVAL)
                return EXIT_USAGE;
        if (r <= 0)
                return r < 0 || flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        return run(&options);
}
