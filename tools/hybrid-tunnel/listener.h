/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The listening socket. It is ours and not the websocket library's, so that we can say why it could
 * not be opened, and look at connections before TLS begins.
 */

#include <netdb.h>
#include <netinet/in.h>

enum {
        LISTENER_HOST_SIZE = 256,
};

typedef struct ListenAddress {
        char host[LISTENER_HOST_SIZE];
        char port[8];
} ListenAddress;

/** "HOST:PORT" or "[IPV6]:PORT". Returns 0, or -EINVAL if it is not of that form. */
int listen_address_parse(const char *text, ListenAddress *ret);

typedef struct Listener {
        int fd;                         /* owned, non-blocking */
        char address[INET6_ADDRSTRLEN]; /* numeric */
        unsigned port;                  /* as the kernel chose it, when 0 was asked for */
} Listener;

/** Returns 0, or a negative errno with the reason in *ret_why (static). */
int listener_open(Listener *ret, const ListenAddress *address, const char **ret_why);

/** The next connection as a non-blocking socket, owned by the caller; -EAGAIN if there is none. */
int listener_accept(const Listener *listener);
