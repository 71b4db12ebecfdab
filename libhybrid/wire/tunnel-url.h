/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where a tunnel service is: its host name from the 16-bit number in the advert, and the URLs that
 * either side opens there (CTAP 2.2 sections 11.5.1.5 and 11.5.1.6).
 */

#include <stdint.h>

#include "hybrid.h"
#include "wire/eid.h"

enum {
        TUNNEL_ID_SIZE = 16,
        TUNNEL_URL_SIZE_MAX = 128,
        TUNNEL_CONTACT_URL_SIZE_MAX = 128 + (HYBRID_CONTACT_ID_SIZE_MAX + 2) / 3 * 4,
        TUNNEL_N_ASSIGNED = 2, /* ids below 256 with a meaning: Google's and Apple's service */
};

/** Writes the host name with NUL. Returns 0, or -ENOENT for an unassigned id below 256. */
int tunnel_host(uint16_t tunnel_server_id, char ret[static HYBRID_TUNNEL_HOST_SIZE_MAX]);

/** What the desktop opens after an advert. 0, or -ENOENT as above. */
int tunnel_connect_url(uint16_t tunnel_server_id,
                       const uint8_t routing_id[static EID_ROUTING_ID_SIZE],
                       const uint8_t tunnel_id[static TUNNEL_ID_SIZE],
                       char ret[static TUNNEL_URL_SIZE_MAX]);

/** What the phone opens before it advertises. 0, or -ENOENT as above. */
int tunnel_new_url(uint16_t tunnel_server_id, const uint8_t tunnel_id[static TUNNEL_ID_SIZE],
                   char ret[static TUNNEL_URL_SIZE_MAX]);

/** What the desktop opens to have a linked phone woken; @n is at most HYBRID_CONTACT_ID_SIZE_MAX.
 *  0, or -ENOENT as above. */
int tunnel_contact_url(uint16_t tunnel_server_id, const uint8_t *contact_id, size_t n,
                       char ret[static TUNNEL_CONTACT_URL_SIZE_MAX]);
