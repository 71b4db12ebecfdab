/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The process of one ceremony, seen from the daemon: started, spoken to over a link, and gone in
 * the end, by itself or by force.
 */

#include <systemd/sd-event.h>

#include "base/macro.h"
#include "ceremony/link.h"

typedef struct Worker Worker;

/** Starts a process that waits for its ceremony. 0 or a negative errno. */
int worker_new(Worker **ret, sd_event *event);

/**
 * From now on its packets and its end are heard. @gone comes at most once, and not after
 * worker_retire().
 */
int worker_use(Worker *worker, const LinkEvents *events, void *userdata);

Link *worker_link(Worker *worker);

/**
 * Lets go: what it still has to do (close its channel in order) it does alone, and it is killed if
 * that takes longer than a few seconds. Nothing is heard of it any more. NULL in, NULL out.
 */
Worker *worker_retire(Worker *worker);

/** Kills it at once. NULL in, NULL out. */
Worker *worker_kill(Worker *worker);

DEFINE_CLEANUP(Worker *, worker_kill);
