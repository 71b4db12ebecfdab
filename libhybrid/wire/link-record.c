/* SPDX-License-Identifier: MIT */

/*
 * Links as they are kept: a CBOR map with what the phone said, but for the MAC, and the number of
 * the tunnel service. Not part of any specification. Keys that a later version adds are skipped.
 */

#include <errno.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "crypto/p256.h"
#include "wire/link-record.h"
#include "wire/linking.h"
#include "wire/tunnel-url.h"

#define DEPTH_MAX 4

enum {
        KEY_TUNNEL_SERVER_ID = 1,
        KEY_CONTACT_ID = 2,
        KEY_LINK_ID = 3,
        KEY_SECRET = 4,
        KEY_PUBLIC_KEY = 5,
        KEY_NAME = 6,
        N_KEYS = 6,
};

void hybrid_link_done(HybridLink *link) {
        secret_erase(link, sizeof(*link));
}

int hybrid_link_host(const HybridLink *link, char ret[HYBRID_TUNNEL_HOST_SIZE_MAX]) {
        return tunnel_host(link->tunnel_server_id, ret) < 0 ? -EINVAL : 0;
}

static bool is_clean_name(const char name[static HYBRID_LINK_NAME_SIZE]) {
        char clean[HYBRID_LINK_NAME_SIZE];

        if (!memchr(name, '\0', HYBRID_LINK_NAME_SIZE) || !utf8_is_valid(name, strlen(name)))
                return false;
        linking_clean_name(name, strlen(name), clean);
        return strcmp(clean, name) == 0;
}

int link_check(const HybridLink *link) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        int r;

        if (link->n_contact_id == 0 || link->n_contact_id > sizeof(link->contact_id) ||
            tunnel_host(link->tunnel_server_id, host) < 0 || !is_clean_name(link->name))
                return -EINVAL;

        r = p256_check(link->public_key);
        return r == -EBADMSG ? -EINVAL : r;
}

static void write_bytes(ByteWriter *w, uint64_t key, const uint8_t *data, size_t n) {
        cbor_write_uint(w, key);
        cbor_write_bytes(w, data, n);
}

int hybrid_link_encode(const HybridLink *link, uint8_t ret[HYBRID_LINK_RECORD_SIZE_MAX],
                       size_t *ret_n) {
        ByteWriter w = { .data = ret, .size = HYBRID_LINK_RECORD_SIZE_MAX };
        int r;

        r = link_check(link);
        if (r < 0)
                return r;

        cbor_write_map(&w, N_KEYS);
        cbor_write_uint(&w, KEY_TUNNEL_SERVER_ID);
        cbor_write_uint(&w, link->tunnel_server_id);
        write_bytes(&w, KEY_CONTACT_ID, link->contact_id, link->n_contact_id);
        write_bytes(&w, KEY_LINK_ID, link->link_id, sizeof(link->link_id));
        write_bytes(&w, KEY_SECRET, link->secret, sizeof(link->secret));
        write_bytes(&w, KEY_PUBLIC_KEY, link->public_key, sizeof(link->public_key));
        cbor_write_uint(&w, KEY_NAME);
        cbor_write_string(&w, link->name);

        assert(byte_writer_fits(&w));
        *ret_n = w.n;
        return 0;
}

static int read_tunnel_server_id(CborItem map, HybridLink *link) {
        CborItem item;
        uint64_t id;

        if (cbor_item_map_get(map, KEY_TUNNEL_SERVER_ID, &item) < 0 ||
            cbor_item_get_uint(item, &id) < 0 || id > UINT16_MAX)
                return -EBADMSG;

        link->tunnel_server_id = (uint16_t)id;
        return 0;
}

static int read_contact_id(CborItem map, HybridLink *link) {
        const uint8_t *data;
        CborItem item;
        size_t n;

        if (cbor_item_map_get(map, KEY_CONTACT_ID, &item) < 0 ||
            cbor_item_get_bytes(item, &data, &n) < 0 || n > sizeof(link->contact_id))
                return -EBADMSG;

        memcpy(link->contact_id, data, n);
        link->n_contact_id = n;
        return 0;
}

/* NUL is text in CBOR, and the end of a name here. */
static int read_name(CborItem map, HybridLink *link) {
        const char *name;
        CborItem item;
        size_t n;

        if (cbor_item_map_get(map, KEY_NAME, &item) < 0 ||
            cbor_item_get_text(item, &name, &n) < 0 || n >= sizeof(link->name) ||
            memchr(name, '\0', n))
                return -EBADMSG;

        memcpy(link->name, name, n);
        return 0;
}

int hybrid_link_decode(const uint8_t *record, size_t n, HybridLink *ret) {
        HybridLink link = {};
        CLEANUP_ERASE(link);
        CborItem map;
        int r;

        r = cbor_item_parse(record, n, DEPTH_MAX, 0, &map);
        if (r < 0)
                return r;
        if (read_tunnel_server_id(map, &link) < 0 || read_contact_id(map, &link) < 0 ||
            cbor_item_map_get_exact(map, KEY_LINK_ID, link.link_id, sizeof(link.link_id)) < 0 ||
            cbor_item_map_get_exact(map, KEY_SECRET, link.secret, sizeof(link.secret)) < 0 ||
            cbor_item_map_get_exact(map, KEY_PUBLIC_KEY, link.public_key, sizeof(link.public_key)) <
                    0 ||
            read_name(map, &link) < 0)
                return -EBADMSG;

        r = link_check(&link);
        if (r < 0)
                return r == -EINVAL ? -EBADMSG : r;

        *ret = link;
        return 0;
}
