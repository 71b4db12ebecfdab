/* SPDX-License-Identifier: MIT */

/*
 * The process of one ceremony. hybridd forks it, and it loads this module then: so the daemon itself
 * never holds OpenSSL or what phones send, and a ceremony starts faster than a program could.
 */

#include <string.h>

#include "base/macro.h"
#include "ceremony/ceremony.h"
#include "ceremony/confine-files.h"
#include "ceremony/confine-syscalls.h"
#include "ceremony/harden.h"
#include "ceremony/run.h"

DEFINE_CLEANUP(Ceremony *, ceremony_free);

/* Not everywhere possible, and not what everything depends on: the process has little to lose. */
static void confine(void) {
        int r;

        r = confine_reach();
        if (r < 0)
                log_debug("Other processes are not out of reach: %s", strerror(-r));
        r = confine_writing();
        if (r < 0)
                log_debug("Files are not out of reach: %s", strerror(-r));
        r = confine_syscalls();
        if (r < 0)
                log_debug("System calls are not filtered: %s", strerror(-r));
}

_public_ int ceremony_run(int link_fd, LogLevel level) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(ceremony_freep) Ceremony *ceremony = NULL;
        int r;

        log_set_level(level);
        process_harden();
        confine();

        r = sd_event_new(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop");
        r = ceremony_new(&ceremony, event, link_fd);
        if (r < 0)
                return log_error_errno(r, "Failed to talk to the daemon");
        return sd_event_loop(event);
}
