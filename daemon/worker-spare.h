/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A process for a ceremony that is started with the daemon, since a call is what started it: so it gets
 * ready while settings are read and the bus is found. It is gone if no call comes.
 */

#include "daemon/worker.h"

typedef struct WorkerSpare {
        sd_event *event;
        Worker *worker; /* NULL: none is there any more */
        sd_event_source *timer;
} WorkerSpare;

/** Starts it. 0 or a negative errno, logged. */
int worker_spare_start(WorkerSpare *spare, sd_event *event);
void worker_spare_done(WorkerSpare *spare);

/** A process for one ceremony: the spare one, or a new one. 0 or a negative errno. */
int worker_spare_take(WorkerSpare *spare, Worker **ret);
