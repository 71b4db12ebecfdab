/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The websocket connections at the ends of tunnels, and what passes between the two of a tunnel.
 *
 * Life of a connection: connection_new() when the upgrade request has been found good, then it
 * opens or joins a tunnel, then the events as the websocket library reports them. When one end
 * goes, the tunnel is gone at once; the other end is sent what is still queued for it, and the
 * close code.
 */

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "fault.h"
#include "message.h"
#include "relay.h"
#include "throttle.h"
#include "tunnel.h"

typedef enum BreakKind {
        BREAK_NOT,
        BREAK_CUT,   /* the TCP connection ends, with no word said */
        BREAK_RESET, /* it is reset */
} BreakKind;

struct Connection {
        Relay *relay;
        struct lws *wsi; /* borrowed: it owns us */
        TunnelSide side;
        Tunnel *tunnel;   /* borrowed; NULL when it is over */
        Contact *contact; /* borrowed: of a linked phone that waits; else NULL */
        TAILQ_ENTRY(Connection) list;
        TAILQ_ENTRY(Connection) changed_list; /* if changed */
        bool changed; /* whether it is to be read may have to be decided anew */

        Message *incoming;  /* as much as has come of a message */
        MessageQueue queue; /* what is to be sent */
        size_t n_stuck;     /* bytes that the library has taken and could not send, counted too */
        bool stopped;       /* nothing is to be read from it, because the other end is slow */
        bool unread;        /* nothing is read from it */
        bool closing;       /* once the queue is empty */
        bool gone;          /* nothing more can be sent */
        uint16_t close_code;

        FaultState fault; /* the rest is for clients and faults */
        Throttle *throttle;
        uint64_t n_sent; /* messages */
        BreakKind break_kind;
};

/** 0 or -ENOMEM. */
int connection_new(Connection **ret, Relay *relay, struct lws *wsi, TunnelSide side);

/** NULL in, NULL out. */
Connection *connection_free(Connection *connection);
DEFINE_CLEANUP(Connection *, connection_free);

/** Says goodbye with this code as soon as all that is queued has been sent. */
void connection_close(Connection *connection, unsigned code);

/** Whether it is to be read may have changed: decide so in connection_update_flow(). */
void connection_mark_changed(Connection *connection);

/** For relay_update_flow(), which see. */
void connection_update_flow(Connection *connection);

/** Sends a message, which it takes over, or what faults make of it. 0 or -ENOMEM. */
int connection_deliver(Connection *connection, Message *message);

/** What was stuck has gone out, or never will. */
void connection_forget_stuck(Connection *connection);

/** Slows down all that is sent from now on; 0 stops it for good. 0 or -ENOMEM. */
int connection_throttle(Connection *connection, uint64_t bytes_per_second);

/* Events. */
void connection_on_established(Connection *connection);
void connection_on_receive(Connection *connection, const void *data, size_t n);
void connection_on_peer_close(Connection *connection, unsigned code);
void connection_on_gone(Connection *connection);

/** Returns 0, or -1 if the library is to close the connection. */
int connection_on_writable(Connection *connection);
