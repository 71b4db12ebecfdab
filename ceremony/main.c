/* SPDX-License-Identifier: MIT */

/*
 * hybrid-ceremony: the process of one ceremony. hybridd starts it with a socket and ends it with
 * the ceremony: what phones and tunnel services send is read here, where there is no bus, no other
 * ceremony, and nothing that outlives this one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macro.h"
#include "ceremony/ceremony.h"
#include "ceremony/harden.h"
#include "ceremony/log.h"

#define LINK_FD 3

DEFINE_CLEANUP(Ceremony *, ceremony_free);

static int run(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(ceremony_freep) Ceremony *ceremony = NULL;
        int r;

        r = sd_event_default(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop");
        r = ceremony_new(&ceremony, event, LINK_FD);
        if (r < 0)
                return log_error_errno(r, "Failed to talk to the daemon");
        return sd_event_loop(event);
}

int main(int argc, char *argv[]) {
        LogLevel level;
        struct stat st;

        if (argc != 2 || !log_level_from_name(argv[1], &level) || fstat(LINK_FD, &st) < 0 ||
            !S_ISSOCK(st.st_mode)) {
                fprintf(stderr, "hybrid-ceremony: hybridd starts this program; there is nothing to "
                                "do with it by hand\n");
                return 2;
        }

        log_set_level(level);
        process_harden();
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
