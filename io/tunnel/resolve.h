/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a name to addresses without stopping the event loop: getaddrinfo() has no other form that
 * knows all the ways in which a system resolves names, and it blocks, for up to tens of seconds.
 * So each query has a thread of its own, which knows nothing but its query and ends with it.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "io/tunnel/address.h"
#include "base/macro.h"

typedef struct Resolve Resolve;

/**
 * The outcome: addresses in the order of preference of the system, at least one; or NULL, with
 * `error` saying why, in words for a log. Both are borrowed for the call.
 */
typedef void (*resolve_done_t)(void *userdata, const AddressList *addresses, const char *error);

/**
 * Starts a query. `done` is called once from the loop; it may free the query.
 * 0 or a negative errno.
 */
int resolve_new(Resolve **ret, sd_event *event, const char *host, uint16_t port,
                resolve_done_t done, void *userdata);

/**
 * `done` is not called any more, and the loop has no trace of the query. A thread that still waits
 * for an answer goes on waiting, holds no file descriptor of ours, and ends with the answer.
 */
Resolve *resolve_free(Resolve *resolve);

DEFINE_CLEANUP(Resolve *, resolve_free);
