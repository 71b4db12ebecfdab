/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The ways that a ceremony has to reach a phone. What they need is loaded and connected while the
 * person looks for the phone: after the code is on screen, before an advert comes.
 */

#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/channel.h"

typedef struct Network Network;

/**
 * The lists are separated by blanks and may be empty: hosts to connect to ahead of time, and what
 * tests give for NetworkOptions. The loop does the preparations when it has nothing else to do.
 */
int network_new(Network **ret, sd_event *event, const char *connect_ahead, const char *resolve,
                const char *ca_file);
Network *network_free(Network *network);
DEFINE_CLEANUP(Network *, network_free);

/** Opens a channel, over a connection made ahead if there is one to this host. */
int network_open_channel(Network *network, Channel **ret, const char *url, const char *host,
                         const ChannelEvents *events, void *userdata);

/** The kind of channel, as D-Bus names it. */
const char *network_channel_name(const Network *network);
