/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One ceremony, from the call to its end: shown as it goes, and cancelled when a person wants that.
 */

#include <systemd/sd-bus.h>

#include "client/bus-request.h"
#include "interrupts.h"
#include "picture.h"
#include "view.h"

/** For who wants to know more. Each may be NULL. */
typedef struct FollowEvents {
        void (*state)(void *userdata, const char *state);
        /* A code was shown; text and modules are secrets, borrowed for the call. */
        void (*code)(void *userdata, const char *text, const QrMatrix *matrix);
        void (*code_gone)(void *userdata);
} FollowEvents;

typedef struct FollowParams {
        sd_event *event;
        sd_bus *bus; /* attached to the event loop, with its unique name */
        Interrupts *interrupts;
        BusRequestParams request;
        View *view;
        Picture *picture; /* or NULL */
        bool turn_on_bluetooth;
        bool keys; /* of the terminal on stdin: "c" shows a code instead of asking a linked phone */
        const FollowEvents *events;
        void *userdata;
} FollowParams;

/**
 * Runs the event loop until the request has ended. The first interrupt cancels it, the second one
 * does not wait for the answer.
 * Returns 0 with the outcome, good or bad; a negative errno if not even that could be had.
 */
int follow(const FollowParams *params, Outcome *ret);
