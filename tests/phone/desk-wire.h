/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is between the phone and the desk, as the phone sees it: a radio and a tunnel that only keep
 * what is to be carried over.
 */

#include "desk.h"

/** The phone's end of the tunnel. */
typedef struct DeskChannel {
        Channel channel; /* first */
        const ChannelEvents *events;
        void *userdata;
        char url[128];
        HybridChannelError error; /* for the last event, as real channels have it */
} DeskChannel;

extern const BleBackend desk_radio;
extern const ChannelBackend desk_tunnel;

/** From now on the backends work for this desk. */
void desk_wire_init(Desk *desk);

/** Puts a message on its way; copied. */
void desk_enqueue(Desk *desk, bool to_phone, const uint8_t *data, size_t n);
