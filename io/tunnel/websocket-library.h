/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libwebsockets, set up to do nothing but the websocket protocol of one client over a socket whose
 * other end is ours.
 *
 * The library (4.1.6 and later) has no interface for bytes: it wants a socket that it has opened
 * itself. So it connects in plain to a socket of ours while lws_client_connect_via_info() runs,
 * and from then on both ends are in our hands. Nothing happens on that socket but during
 * lws_service(), which is called after each thing we do, with a negative timeout: that is how it is
 * told not to wait. So there is nothing to watch, and its own timers never matter.
 *
 * What it is kept from: threads, names, TLS, the environment's proxies, extensions, redirects,
 * keep-alives of its own, and an ignored SIGPIPE for the whole process.
 */

#include <libwebsockets.h>

typedef struct WebsocketLibrary {
        struct lws_protocols protocols[2]; /* and a terminator */
        struct lws_context *context;
        int fd; /* our end, non-blocking; -1: not connected */
        void *userdata;
} WebsocketLibrary;

/** Makes a context whose only protocol is this one, with its events. 0 or -ENOMEM. */
int websocket_library_open(WebsocketLibrary *library, const char *protocol,
                           lws_callback_function *on_event, void *userdata);

/**
 * Connects, and makes the library write its request. `ret_wsi` is its end, and must stay where it
 * is for the life of the connection. 0 or a negative errno.
 */
int websocket_library_connect(WebsocketLibrary *library, const char *host, const char *origin,
                              const char *path, struct lws **ret_wsi);

/** Closes both ends. May still cause events. Fine for one that is all zero but for fd = -1. */
void websocket_library_close(WebsocketLibrary *library);
