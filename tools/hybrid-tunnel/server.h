/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The server: everything that has to do with the websocket library and the event loop, which is the
 * library's own.
 */

#include "fault.h"
#include "listener.h"
#include "report.h"
#include "tunnel.h"

typedef struct ServerOptions {
        ListenAddress address;
        const char *cert_file; /* PEM, known to be good and to belong to the key */
        const char *key_file;
        TunnelLimits limits;
        bool n_tunnels_by_default;  /* nobody asked for so many: fewer are fine */
        unsigned handshake_seconds; /* for TLS, and then for the request */
        FaultSet faults;
        Report report;
} ServerOptions;

/**
 * Serves until SIGTERM or SIGINT. Options are borrowed.
 * Returns 0, or a negative errno after having said on stderr what is wrong.
 */
int server_run(const ServerOptions *options);
