/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where a linked phone hears of desktops that contact it. A real phone is woken by a push message;
 * this one keeps a websocket open to a hybrid-tunnel.
 */

#include <systemd/sd-event.h>

#include "io/channel.h"

typedef struct Waiter Waiter;

typedef struct WaiterEvents {
        /* It waits. */
        void (*waiting)(void *userdata);
        /* A desktop contacts it; borrowed for the call, which may free the waiter. */
        void (*contacted)(void *userdata, const HybridContact *contact);
        /* It cannot wait (any more). */
        void (*failed)(void *userdata, const HybridChannelError *why);
} WaiterEvents;

/** 0 or a negative errno. */
int waiter_new(Waiter **ret, sd_event *event, const ChannelBackend *backend,
               const NetworkOptions *network, const HybridLink *link, const WaiterEvents *events,
               void *userdata);
Waiter *waiter_free(Waiter *waiter);
