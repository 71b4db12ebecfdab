/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the two halves of the server share: server.c starts and stops it, server-events.c is called
 * by the websocket library.
 */

#include <libwebsockets.h>
#include <stdbool.h>

#include "relay.h"
#include "server.h"

/* What is in the event loop besides connections. */
typedef enum SourceKind {
        SOURCE_LISTENER,
        SOURCE_SIGNAL,
        SOURCE_HELD, /* a connection that is kept, and never answered */
} SourceKind;

typedef struct Source {
        SourceKind kind;
} Source;

typedef struct Server {
        const ServerOptions *options;
        Relay relay;
        Listener listener;
        int signal_fd;
        int reserve_fd; /* given up for a moment when there are no more, to be able to say so */
        struct lws_vhost *vhost;
        Source listener_source, signal_source, held_source;
        lws_sorted_usec_list_t shut_down_timer;
        uint64_t n_accepted;                     /* since the start */
        size_t n_connections, n_connections_max; /* now, and at most */
        bool stopping;                           /* connections are being closed */
        bool stopped;                            /* the loop is to end */
} Server;

/** Gives a descriptor to the library's loop; NULL if it was closed because memory is short. */
struct lws *server_adopt_source(Server *server, int fd, Source *source);

/** The library's one callback. */
int server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t n);
