/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Connects to the first of several addresses that answers (RFC 8305 section 5): one attempt after
 * the other is started, 250 ms apart or as soon as an earlier one has failed, and all go on until
 * one is through.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "io/tunnel/address.h"
#include "base/macro.h"

enum {
        RACE_STAGGER_USEC = 250 * 1000,
};

typedef struct Race Race;

/**
 * The outcome: a connected, non-blocking socket with TCP_NODELAY, owned by the callee; or -1, with
 * `error` in words for a log, borrowed for the call.
 */
typedef void (*race_done_t)(void *userdata, int fd, const char *error);

/**
 * Starts a race over addresses in this order; they are copied. `done` is called once from the loop
 * and may free the race. There is no time limit. 0 or a negative errno.
 */
int race_new(Race **ret, sd_event *event, const AddressList *addresses, race_done_t done,
             void *userdata);

/** Ends all attempts; `done` is not called any more. */
Race *race_free(Race *race);

DEFINE_CLEANUP(Race *, race_free);
