/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One request to hybridd, as any program on the session bus would make it: called, followed by its
 * signals, and cancelled if need be. See docs/dbus.
 */

#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "hybrid.h"
#include "client/outcome.h"

/** What is asked for. Strings are copied where needed. */
typedef struct BusRequestParams {
        HybridOperation operation;
        const char *origin;
        const char *top_origin; /* or NULL */
        const char *json;
        const char *phone; /* path of a linked phone to ask first, or NULL */
        bool window;       /* hybridd's shows the code and asks what is to be asked */
        bool remember; /* without a window, the phone if it wants to be: the person has said so */
} BusRequestParams;

/* All come from the event loop, and none after ended(). */
typedef struct BusRequestEvents {
        /* It is in this state now, beginning with "preflight". */
        void (*state)(void *userdata, const char *state);
        /*
         * This code is to be shown instead of any earlier one: a secret, borrowed for the call. This
         * and the next never come with a window.
         */
        void (*code)(void *userdata, const char *text);
        /* The code is to be taken away. */
        void (*code_gone)(void *userdata);
        /* The phone is not remembered: why, or NULL because it never offered it. May be NULL. */
        void (*not_remembered)(void *userdata, const char *problem);
        /* The end. What is in the outcome may be taken out of it. */
        void (*ended)(void *userdata, Outcome *outcome);
} BusRequestEvents;

typedef struct BusRequest BusRequest;

/**
 * Calls the daemon. The bus must be attached to an event loop and have its unique name.
 * 0 or a negative errno; what the daemon says to it comes as an event.
 */
int bus_request_new(BusRequest **ret, sd_bus *bus, const BusRequestParams *params,
                    const BusRequestEvents *events, void *userdata);

/** Asks the daemon to stop. The end comes as an event, at the latest after some seconds. */
void bus_request_cancel(BusRequest *request);

/** Asks the daemon to switch Bluetooth on; the state tells when it is. */
void bus_request_turn_on_bluetooth(BusRequest *request);

/** Asks the daemon to show a code instead of asking a linked phone. */
void bus_request_use_code(BusRequest *request);

/** NULL in, NULL out. A request that has not ended goes on in the daemon. */
BusRequest *bus_request_free(BusRequest *request);

DEFINE_CLEANUP(BusRequest *, bus_request_free);
