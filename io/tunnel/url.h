/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The URL of a websocket over TLS, and where a redirect leads from there.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        /* The websocket codec writes each line of its request into a bounded space; these fit. */
        URL_HOST_SIZE = 100,
        URL_PATH_SIZE = 2000,
        URL_AUTHORITY_SIZE = URL_HOST_SIZE + sizeof(":65535"),

        URL_PORT_DEFAULT = 443,
};

typedef struct Url {
        char host[URL_HOST_SIZE]; /* a name in lower case, never an address */
        uint16_t port;
        char path[URL_PATH_SIZE]; /* with a leading slash, and with the query */
} Url;

/**
 * Strict: "wss://HOST[:PORT][/PATH]", no user, no fragment, visible ASCII only. -EINVAL if it is
 * anything else, or too long.
 */
int url_parse(const char *text, Url *ret);

/**
 * Whether a stranger may name this host: not one that only means something here, such as localhost,
 * printer.local or intranet, which a proxy would find for them (RFC 6761, RFC 6762, RFC 8375).
 */
bool url_host_is_public(const char *host);

/**
 * The target of a redirect: an absolute wss or https URL, or a path on the same host ("/…"). A
 * fragment is dropped. -EINVAL for all else, above all for what leaves TLS, for a host that is not
 * public, and for another port than the usual one or the one so far.
 */
int url_redirect(const Url *from, const char *location, Url *ret);

/** HOST, or HOST:PORT if the port is not the usual one. */
void url_authority(const Url *url, char ret[static URL_AUTHORITY_SIZE]);
