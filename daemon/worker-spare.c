/* SPDX-License-Identifier: MIT */

#include "daemon/worker-spare.h"

#define USEC_PER_SEC        1000000ULL
#define SPARE_LIFETIME_USEC (5 * USEC_PER_SEC)

static int on_unused(sd_event_source *source, uint64_t usec, void *userdata) {
        worker_spare_done(userdata);
        return 0;
}

int worker_spare_start(WorkerSpare *spare, sd_event *event) {
        int r;

        spare->event = event;
        r = worker_new(&spare->worker, event);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(event, &spare->timer, CLOCK_MONOTONIC,
                                          SPARE_LIFETIME_USEC, 0, on_unused, spare);
}

void worker_spare_done(WorkerSpare *spare) {
        spare->timer = sd_event_source_disable_unref(spare->timer);
        spare->worker = worker_kill(spare->worker);
}

int worker_spare_take(WorkerSpare *spare, Worker **ret) {
        if (!spare->worker)
                return worker_new(ret, spare->event);

        *ret = TAKE_PTR(spare->worker);
        worker_spare_done(spare);
        return 0;
}
