/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The ways that a ceremony has to reach a phone. What they need is loaded and connected while the
 * person looks for the phone: after the code is on screen, before an advert comes.
 */

#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/channel.h"
#include "io/fetch.h"

typedef struct Network Network;

/** How to reach the world. Each text may be "". */
typedef struct NetworkSettings {
        const char *connect_ahead; /* hosts to connect to ahead of time, separated by blanks */
        const char *resolve;       /* these as NetworkOptions has them; entries between blanks */
        const char *ca_file;
        const char *extra_ca_file;
        const char *proxy;
        const char *no_proxy;
        /* As NetworkOptions has them. */
        bool (*is_tunnel_allowed)(void *userdata, const char *host);
        void *userdata;
} NetworkSettings;

/** Copies the settings. The loop does the preparations when it has nothing else to do. */
int network_new(Network **ret, sd_event *event, const NetworkSettings *settings);
Network *network_free(Network *network);
DEFINE_CLEANUP(Network *, network_free);

/** Opens a channel, over a connection made ahead if there is one to this host. */
int network_open_channel(Network *network, Channel **ret, const HybridConnect *connect,
                         const ChannelEvents *events, void *userdata);

/**
 * Fetches a document, one at a time; see io/fetch.h. `done` may call network_fetch_end(), which ends
 * it at any time and does nothing if there is none. 0, -EBUSY or another negative errno.
 */
int network_fetch(Network *network, const char *url, fetch_done_t done, void *userdata);
void network_fetch_end(Network *network);

/** The kind of channel, as D-Bus names it. */
const char *network_channel_name(const Network *network);
