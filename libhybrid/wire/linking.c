/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "wire/linking.h"

enum {
        KEY_CONTACT_ID = 1,
        KEY_LINK_ID = 2,
        KEY_SECRET = 3,
        KEY_PUBLIC_KEY = 4,
        KEY_NAME = 5,
        KEY_MAC = 6,
        N_KEYS = 6,
};

static_assert((int)HYBRID_LINK_PUBLIC_KEY_SIZE == (int)P256_UNCOMPRESSED_SIZE, "the same points");

void linking_done(Linking *linking) {
        secret_erase(linking, sizeof(*linking));
}

/* ---- the name ------------------------------------------------------------------------------- */

/* Control and format characters (Unicode's Cc, Cf, Zl and Zp): line breaks, and what turns the
 * direction of a text around, so that a name could pretend to be part of a sentence of ours. */
static bool is_invisible(uint32_t character) {
        static const struct {
                uint32_t first, last;
        } ranges[] = {
                { 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
                { 0x0600, 0x0605 },   { 0x061c, 0x061c },   { 0x06dd, 0x06dd },
                { 0x070f, 0x070f },   { 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },
                { 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
                { 0x2060, 0x206f },   { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },
                { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1345f },
                { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
        };

        for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
                if (character >= ranges[i].first && character <= ranges[i].last)
                        return true;
        return false;
}

void linking_clean_name(const char *name, size_t n, char ret[static HYBRID_LINK_NAME_SIZE]) {
        size_t n_ret = 0;

        while (n > 0) {
                uint32_t character;
                size_t size = utf8_decode(name, &character);
                bool is_wanted = !is_invisible(character) && (n_ret > 0 || character != ' ');

                if (is_wanted && n_ret + size >= HYBRID_LINK_NAME_SIZE)
                        break;
                if (is_wanted) {
                        memcpy(ret + n_ret, name, size);
                        n_ret += size;
                }
                name += size;
                n -= size;
        }

        while (n_ret > 0 && ret[n_ret - 1] == ' ')
                n_ret--;
        /* All of it, so that nothing stale is stored or compared. */
        memset(ret + n_ret, 0, HYBRID_LINK_NAME_SIZE - n_ret);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int read_contact_id(CborItem map, HybridLink *link) {
        const uint8_t *data;
        CborItem item;
        size_t n;

        if (cbor_item_map_get(map, KEY_CONTACT_ID, &item) < 0 ||
            cbor_item_get_bytes(item, &data, &n) < 0)
                return -EBADMSG;
        if (n == 0 || n > sizeof(link->contact_id))
                return -EBADMSG;

        memcpy(link->contact_id, data, n);
        link->n_contact_id = n;
        return 0;
}

static int read_name(CborItem map, HybridLink *link) {
        const char *name;
        CborItem item;
        size_t n;

        if (cbor_item_map_get(map, KEY_NAME, &item) < 0 || cbor_item_get_text(item, &name, &n) < 0)
                return -EBADMSG;

        linking_clean_name(name, n, link->name);
        return 0;
}

int linking_decode(CborItem map, Linking *ret) {
        Linking linking = {};
        CLEANUP_ERASE(linking);
        HybridLink *link = &linking.link;

        if (read_contact_id(map, link) < 0 ||
            cbor_item_map_get_exact(map, KEY_LINK_ID, link->link_id, sizeof(link->link_id)) < 0 ||
            cbor_item_map_get_exact(map, KEY_SECRET, link->secret, sizeof(link->secret)) < 0 ||
            cbor_item_map_get_exact(map, KEY_PUBLIC_KEY, link->public_key,
                                    sizeof(link->public_key)) < 0 ||
            read_name(map, link) < 0 ||
            cbor_item_map_get_exact(map, KEY_MAC, linking.mac, sizeof(linking.mac)) < 0)
                return -EBADMSG;

        *ret = linking;
        return 0;
}

/* ---- the MAC -------------------------------------------------------------------------------- */

int linking_mac(const P256Key *key, const uint8_t peer[static P256_UNCOMPRESSED_SIZE],
                const uint8_t handshake_hash[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE]) {
        uint8_t shared[P256_SHARED_SIZE];
        CLEANUP_ERASE(shared);
        _cleanup_(hmac_key_done) HmacKey hmac = {};
        int r;

        r = p256_key_agree(key, peer, shared);
        if (r < 0)
                return r;

        hmac_key_init(&hmac, shared, sizeof(shared));
        hmac_sha256(&hmac, handshake_hash, SHA256_SIZE, ret);
        return 0;
}

int linking_verify(const Linking *linking, const P256Key *identity,
                   const uint8_t handshake_hash[static SHA256_SIZE]) {
        uint8_t mac[SHA256_SIZE];
        CLEANUP_ERASE(mac);
        int r;

        r = linking_mac(identity, linking->link.public_key, handshake_hash, mac);
        if (r < 0)
                return r;
        return secret_equal(mac, linking->mac, sizeof(mac)) ? 0 : -EBADMSG;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void write_bytes(ByteWriter *w, uint64_t key, const uint8_t *data, size_t n) {
        cbor_write_uint(w, key);
        cbor_write_bytes(w, data, n);
}

void linking_encode(ByteWriter *w, const Linking *linking) {
        const HybridLink *link = &linking->link;

        cbor_write_map(w, N_KEYS);
        write_bytes(w, KEY_CONTACT_ID, link->contact_id, link->n_contact_id);
        write_bytes(w, KEY_LINK_ID, link->link_id, sizeof(link->link_id));
        write_bytes(w, KEY_SECRET, link->secret, sizeof(link->secret));
        write_bytes(w, KEY_PUBLIC_KEY, link->public_key, sizeof(link->public_key));
        cbor_write_uint(w, KEY_NAME);
        cbor_write_string(w, link->name);
        write_bytes(w, KEY_MAC, linking->mac, sizeof(linking->mac));
}
