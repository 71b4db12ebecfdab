/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where the tunnel service really is, when a test has one of its own.
 */

#include "base/macro.h"
#include "io/channel.h"

enum {
        NETWORK_ADDRESSES_MAX = 8,
};

typedef struct Network {
        NetworkOptions options; /* what the channel wants to know */
        char *entries[NETWORK_ADDRESSES_MAX + 1];
} Network;

/**
 * @host is really at @connect, "HOST:PORT", or where DNS says if that is NULL. @ca_file is borrowed
 * and may be NULL. Must stay where it is. Says what is wrong on stderr if it fails.
 * 0 or a negative errno.
 */
int network_init(Network *network, const char *host, const char *connect, const char *ca_file);
void network_done(Network *network);

#define _network_ _cleanup_(network_done) Network
