/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/macro.h"
#include "loop.h"
#include "tools/common/complain.h"

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int make_loop(sd_event **ret, uint64_t duration_usec) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        sigset_t signals;
        int r;

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        r = sd_event_new(&event);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0 && duration_usec > 0)
                r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, duration_usec, 0,
                                               on_time, NULL);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(event);
        return 0;
}

int loop_new(sd_event **ret, uint64_t duration_usec) {
        int r;

        r = make_loop(ret, duration_usec);
        if (r < 0)
                complain("event loop: %s; try again", strerrordesc_np(-r));
        return r;
}
