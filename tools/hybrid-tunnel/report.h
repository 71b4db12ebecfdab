/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the server tells on stdout: one line for each thing that happens, as words or as JSON. There
 * is never a tunnel id, a routing id, an address of a peer or a byte of a message in it. Lines for
 * which there is no room, because nobody reads them, are left out: tunnels do not wait for them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tunnel.h"

typedef struct Report {
        bool json;
        bool quiet; /* only that it listens */
} Report;

/** Returns 0, or a negative errno if nobody can read it. */
int report_listening(const Report *report, const char *address, unsigned port);

void report_tunnel_new(const Report *report, const Tunnel *tunnel, size_t n_tunnels);
void report_tunnel_connect(const Report *report, const Tunnel *tunnel);
void report_tunnel_closed(const Report *report, const Tunnel *tunnel, unsigned code,
                          uint64_t now_usec);

/** A request got this HTTP status instead of a tunnel. */
void report_refused(const Report *report, unsigned status);
