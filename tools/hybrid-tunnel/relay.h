/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What all connections share, and what happens to the two of a tunnel together.
 */

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "contact.h"
#include "fault.h"
#include "report.h"
#include "tunnel.h"

typedef struct Connection Connection;

TAILQ_HEAD(ConnectionList, Connection);

typedef struct Relay {
        struct lws_context *lws;
        const FaultSet *faults;
        const Report *report;
        TunnelTable tunnels;
        ContactTable contacts;
        MessageBudget budget;
        struct ConnectionList connections;
        struct ConnectionList changed; /* those for relay_update_flow() to look at */
        lws_sorted_usec_list_t expiry; /* goes off when a tunnel has lived long enough */
} Relay;

/** All pointers are borrowed for the life of the relay; `lws` is filled in by the caller later. */
void relay_init(Relay *relay, const TunnelLimits *limits, const FaultSet *faults,
                const Report *report);

/** After the websocket library has let go of all connections. */
void relay_done(Relay *relay);

/** Begins to close all connections, with 1001. There are no new tunnels from then on. */
void relay_shut_down(Relay *relay);

bool relay_is_empty(const Relay *relay);

/**
 * Lets connections be read or not; to be called between two turns of the event loop. Two things
 * make libwebsockets 4.1 go round for ever inside one turn: flow control that is switched on from
 * within the callback for what it reads, when TLS has read more; and more to read on a connection
 * that it has to close before all is written that it took for it. So flow control is switched
 * here, and a connection is not read while something is stuck on it.
 */
void relay_update_flow(Relay *relay);

/** 0, a TUNNEL_E_* or a negative errno. On success connection->tunnel is set. */
int relay_open_tunnel(Connection *connection, const uint8_t id[static TUNNEL_ID_SIZE]);
int relay_join_tunnel(Connection *connection,
                      const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE],
                      const uint8_t id[static TUNNEL_ID_SIZE]);

/**
 * A desktop opens a tunnel, and the phone with this contact id is told of it with the desktop's
 * payload, if it waits. TUNNEL_E_UNKNOWN if nobody has ever waited under the id; else as above.
 */
int relay_contact(Connection *connection, const char *contact, const char *payload, bool signals);

/** Who has opened this connection's tunnel is told that it was joined, if it wants to know. */
void relay_signal_joined(Connection *connection);

/** A linked phone waits; who waited under this id before is sent away. 0 or TUNNEL_E_FULL. */
int relay_wait(Connection *connection, const char *contact);

/**
 * The tunnel of this connection is over, if it has one. Both ends close with this code as soon as
 * they have sent what is queued; an end that is gone already is left alone.
 */
void relay_end_tunnel(Connection *connection, unsigned code);
