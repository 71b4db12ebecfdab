/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base64url.h"
#include "base/bytes.h"
#include "crypto/sha256.h"
#include "wire/tunnel-url.h"

#define N_RESERVED_IDS 256

static const char *const assigned_hosts[TUNNEL_N_ASSIGNED] = {
        "cable.ua5v.com",
        "cable.auth.com",
};

bool hybrid_tunnel_is_assigned(const char *host) {
        for (size_t i = 0; i < TUNNEL_N_ASSIGNED; i++)
                if (strcmp(assigned_hosts[i], host) == 0)
                        return true;
        return false;
}

/* The hash that a number above 255 is turned into a name with: its first 64 bits. */
static uint64_t host_hash(uint16_t id) {
        static const char prefix[] = "caBLEv2 tunnel server domain";
        uint8_t suffix[3] = {}, digest[SHA256_SIZE];

        put_le16(suffix, id);
        sha256_of_two(prefix, strlen(prefix), suffix, sizeof(suffix), digest);
        return get_le64(digest);
}

int tunnel_host(uint16_t tunnel_server_id, char ret[static HYBRID_TUNNEL_HOST_SIZE_MAX]) {
        static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
        static const char *const tlds[] = { ".com", ".org", ".net", ".info" };
        const char *tld;
        uint64_t hash;
        char *p;

        if (tunnel_server_id < TUNNEL_N_ASSIGNED) {
                strcpy(ret, assigned_hosts[tunnel_server_id]);
                return 0;
        }
        if (tunnel_server_id < N_RESERVED_IDS)
                return -ENOENT;

        hash = host_hash(tunnel_server_id);
        tld = tlds[hash & 3];

        /* At most 62 bits are left: 13 characters, so the whole name has 24 at most. */
        p = stpcpy(ret, "cable.");
        for (hash >>= 2; hash != 0; hash >>= 5)
                *p++ = alphabet[hash & 31];
        strcpy(p, tld);
        return 0;
}

int tunnel_connect_url(uint16_t tunnel_server_id,
                       const uint8_t routing_id[static EID_ROUTING_ID_SIZE],
                       const uint8_t tunnel_id[static TUNNEL_ID_SIZE],
                       char ret[static TUNNEL_URL_SIZE_MAX]) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        char routing[2 * EID_ROUTING_ID_SIZE + 1], tunnel[2 * TUNNEL_ID_SIZE + 1];
        int r;

        r = tunnel_host(tunnel_server_id, host);
        if (r < 0)
                return r;

        hex_encode_upper(routing_id, EID_ROUTING_ID_SIZE, routing);
        hex_encode_upper(tunnel_id, TUNNEL_ID_SIZE, tunnel);
        snprintf(ret, TUNNEL_URL_SIZE_MAX, "wss://%s/cable/connect/%s/%s", host, routing, tunnel);
        return 0;
}

int tunnel_new_url(uint16_t tunnel_server_id, const uint8_t tunnel_id[static TUNNEL_ID_SIZE],
                   char ret[static TUNNEL_URL_SIZE_MAX]) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX], tunnel[2 * TUNNEL_ID_SIZE + 1];
        int r;

        r = tunnel_host(tunnel_server_id, host);
        if (r < 0)
                return r;

        hex_encode_upper(tunnel_id, TUNNEL_ID_SIZE, tunnel);
        snprintf(ret, TUNNEL_URL_SIZE_MAX, "wss://%s/cable/new/%s", host, tunnel);
        return 0;
}

int tunnel_contact_url(uint16_t tunnel_server_id, const uint8_t *contact_id, size_t n,
                       char ret[static TUNNEL_CONTACT_URL_SIZE_MAX]) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        int r, n_prefix;

        assert(n <= HYBRID_CONTACT_ID_SIZE_MAX);

        r = tunnel_host(tunnel_server_id, host);
        if (r < 0)
                return r;

        n_prefix = snprintf(ret, TUNNEL_URL_SIZE_MAX, "wss://%s/cable/contact/", host);
        base64url_encode(contact_id, n, ret + n_prefix);
        return 0;
}
