/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which proxy a connection goes through: the URL of a proxy, and the list of names that are reached
 * without one, both written as curl has them in https_proxy and no_proxy. Looks at text only.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        PROXY_HOST_SIZE = 253 + 1,
        PROXY_CREDENTIALS_SIZE = 256,
        PROXY_NAME_SIZE = PROXY_HOST_SIZE + sizeof("[]:65535"),

        PROXY_PORT_DEFAULT = 1080, /* curl's */
};

/** An HTTP proxy. Erase it after use: see proxy_done(). */
typedef struct Proxy {
        char host[PROXY_HOST_SIZE]; /* a name or an address; an IPv6 address without brackets */
        uint16_t port;
        char credentials[PROXY_CREDENTIALS_SIZE]; /* "USER:PASSWORD", a secret; "" for none */
} Proxy;

/**
 * "[http://][USER[:PASSWORD]@]HOST[:PORT][/]", where user and password may hold percent escapes.
 * Returns NULL, or what is wrong: static words that do not repeat anything of the URL.
 */
const char *proxy_parse(const char *url, Proxy *ret);

/** Erases it. */
void proxy_done(Proxy *proxy);

/** HOST:PORT, for people and logs. */
void proxy_name(const Proxy *proxy, char ret[static PROXY_NAME_SIZE]);

/**
 * Whether a host is to be reached directly. The list has entries between commas or blanks: a name,
 * with or without a dot before it, stands for itself and all names below it; NAME:PORT for that port
 * only; "*" for every host. Case and a dot at the end do not matter. NULL is an empty list.
 */
bool proxy_is_bypassed(const char *no_proxy, const char *host, uint16_t port);
