/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who asks, and for whom it may ask: origins (RFC 6454 in the form browsers serialise) and RP IDs
 * (WebAuthn Level 3 section 5.1.3 and HTML's "is a registrable domain suffix of or is equal to").
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        DOMAIN_SIZE_MAX = 253 + 1,                               /* with NUL */
        ORIGIN_SIZE_MAX = 8 + (DOMAIN_SIZE_MAX - 1) + 1 + 5 + 1, /* "https://", host, ":", port */
};

typedef struct Origin {
        char text[ORIGIN_SIZE_MAX]; /* without its default port */
        char host[DOMAIN_SIZE_MAX];
} Origin;

/**
 * Reads an origin strictly: "https://" host [":" port] and nothing else, or with @allow_localhost
 * also "http://" for localhost and the names below it. The host is a domain as domain_check() has
 * it; ports are 1-65535 without leading zeros.
 * Returns 0, HYBRID_E_REFUSED with `ret` untouched, or -ENOMEM.
 */
int origin_parse(const char *text, bool allow_localhost, Origin *ret);

/**
 * Returns 0 if @domain is one in the form browsers use: lower-case labels of letters, digits and
 * hyphens, IDNA 2008 A-labels that libidn2 returns unchanged, no dot at the end, and no IP address
 * in any notation. HYBRID_E_REFUSED if it is not; -ENOMEM.
 */
int domain_check(const char *domain);

/**
 * Returns 0 if @rp_id is the host itself, or a parent domain of it that is neither a public suffix
 * nor above one. HYBRID_E_REFUSED if it is not; -ENOMEM. Without a callback only the host itself is
 * accepted.
 */
int origin_check_rp_id(const Origin *origin, const char *rp_id,
                       bool (*is_public_suffix)(void *userdata, const char *domain),
                       void *userdata);
