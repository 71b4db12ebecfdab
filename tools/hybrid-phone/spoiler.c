/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cbor-writer.h"
#include "base/macro.h"
#include "base/secret.h"
#include "spoiler.h"
#include "wire/ctap2.h"
#include "wire/derive.h"
#include "wire/message.h"

enum {
        DEEP_LEVELS = 64,
        KEY_UNKNOWN = 100, /* that no reply has */
        UNASSIGNED_TUNNEL_ID = 255,
};

int spoiler_init(Spoiler *spoiler, const FaultSet *faults, const HybridEnv *source,
                 const QrCode *code) {
        uint8_t identity[P256_UNCOMPRESSED_SIZE], bytes[EID_KEY_SIZE];
        CLEANUP_ERASE(bytes);
        int r;

        r = p256_decompress(code->public_key, identity);
        if (r < 0)
                return r;

        *spoiler = (Spoiler){
                .faults = faults,
                .source = source,
                .forges = fault_is_set(faults, FAULT_BAD_PADDING) ||
                          fault_is_set(faults, FAULT_WRONG_COUNTER) ||
                          fault_is_set(faults, FAULT_SECOND_REPLY),
        };
        derive(DERIVE_EID_KEY, code->secret, sizeof(code->secret), NULL, 0, bytes, sizeof(bytes));
        eid_key_init(&spoiler->eid_key, bytes);
        forger_init(&spoiler->forger, source, identity);
        return 0;
}

int spoiler_init_without_code(Spoiler *spoiler, const FaultSet *faults, const HybridEnv *source) {
        static const FaultKind need_code[] = {
                FAULT_BAD_PADDING, FAULT_WRONG_COUNTER,     FAULT_SECOND_REPLY,
                FAULT_TWO_ADVERTS, FAULT_ADVERT_UNASSIGNED, FAULT_ADVERT_RESERVED,
        };

        for (size_t i = 0; i < ELEMENTSOF(need_code); i++)
                if (fault_is_set(faults, need_code[i]))
                        return -EINVAL;
        *spoiler = (Spoiler){ .faults = faults, .source = source };
        return 0;
}

void spoiler_done(Spoiler *spoiler) {
        eid_key_done(&spoiler->eid_key);
        forger_done(&spoiler->forger);
        blob_done(&spoiler->reply);
}

HybridEnv spoiler_env(Spoiler *spoiler) {
        return spoiler->forges ? forger_env(&spoiler->forger) : *spoiler->source;
}

bool spoiler_needs_update(const Spoiler *spoiler) {
        return fault_is_set(spoiler->faults, FAULT_SHUTDOWN_FIRST);
}

/* ---- the advert ----------------------------------------------------------------------------- */

/* Its plaintext changed, and sealed again. */
static void spoil_advert_plaintext(const Spoiler *spoiler, uint8_t *advert) {
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
        Eid eid;

        if (eid_open(&spoiler->eid_key, advert, HYBRID_ADVERT_SIZE, plaintext) != 0)
                return;
        eid_decode(plaintext, &eid);
        if (fault_is_set(spoiler->faults, FAULT_ADVERT_UNASSIGNED))
                eid.tunnel_server_id = UNASSIGNED_TUNNEL_ID;
        eid_encode(&eid, plaintext);
        if (fault_is_set(spoiler->faults, FAULT_ADVERT_RESERVED))
                plaintext[0] = 1;
        (void)eid_seal(&spoiler->eid_key, plaintext, advert);
}

static void spoil_advert(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        if (fault_is_set(spoiler->faults, FAULT_ADVERT_UNASSIGNED) ||
            fault_is_set(spoiler->faults, FAULT_ADVERT_RESERVED))
                spoil_advert_plaintext(spoiler, data);
        if (fault_is_set(spoiler->faults, FAULT_ADVERT_MAC))
                data[*n - 1] ^= 1;
}

int spoiler_second_advert(const Spoiler *spoiler, const uint8_t advert[static HYBRID_ADVERT_SIZE],
                          uint8_t ret[static HYBRID_ADVERT_SIZE]) {
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
        Eid eid;
        int r;

        r = eid_open(&spoiler->eid_key, advert, HYBRID_ADVERT_SIZE, plaintext);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        eid_decode(plaintext, &eid);

        r = spoiler->source->random(spoiler->source->userdata, eid.nonce, sizeof(eid.nonce));
        if (r < 0)
                return r;
        eid.routing_id[0] ^= 0xff;
        eid_encode(&eid, plaintext);
        return eid_seal(&spoiler->eid_key, plaintext, ret);
}

/* ---- the handshake -------------------------------------------------------------------------- */

static void spoil_psk(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        if (fault_is_set(spoiler->faults, FAULT_WRONG_PSK))
                data[0] ^= 1;
        if (spoiler->forges)
                forger_see_psk(&spoiler->forger, data);
}

static void spoil_message2(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        const FaultSet *faults = spoiler->faults;

        if (spoiler->forges)
                forger_see_message2(&spoiler->forger, data);

        /* For each x there are two y, and they are no neighbours. */
        if (fault_is_set(faults, FAULT_BAD_POINT))
                data[P256_UNCOMPRESSED_SIZE - 1] ^= 1;
        if (fault_is_set(faults, FAULT_WRONG_MAC))
                data[NOISE_MESSAGE_SIZE - 1] ^= 1;
        if (fault_is_set(faults, FAULT_SHORT_MESSAGE_2))
                *n -= 1;
        if (fault_is_set(faults, FAULT_LONG_MESSAGE_2) && *n < n_max)
                data[(*n)++] = 0;
        if (fault_is_set(faults, FAULT_SILENT_MESSAGE_2))
                *n = 0;
}

void spoiler_see_message(Spoiler *spoiler, const uint8_t *message, size_t n) {
        if (spoiler->forges && !spoiler->forger.has_key)
                forger_see_message1(&spoiler->forger, message, n);
}

/* ---- what the phone says about itself ------------------------------------------------------- */

/* {3: ["dc"]}: digital credentials only, and so no getInfo. */
static void drop_ctap(uint8_t *data, size_t *n, size_t n_max) {
        static const uint8_t map[] = { 0xa1, 0x03, 0x81, 0x62, 'd', 'c' };

        memcpy(data, map, sizeof(map));
        *n = sizeof(map);
}

static void spoil_post_handshake(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        const FaultSet *faults = spoiler->faults;

        /* 0xff is no CBOR by itself, and no count of padding that an old phone could mean. */
        if (fault_is_set(faults, FAULT_POST_HANDSHAKE_GARBAGE))
                memset(data, 0xff, *n);
        if (fault_is_set(faults, FAULT_POST_HANDSHAKE_TRAILING) && *n < n_max)
                data[(*n)++] = 0xff;
        if (fault_is_set(faults, FAULT_POST_HANDSHAKE_NO_CTAP))
                drop_ctap(data, n, n_max);
}

/* What stands behind a key and the head of its byte string, if it is there whole. */
static uint8_t *find_bytes(uint8_t *data, size_t n, const uint8_t head[static 3], size_t n_bytes) {
        uint8_t *found = memmem(data, n, head, 3);

        if (!found || n_bytes > n - (size_t)(found + 3 - data))
                return NULL;
        return found + 3;
}

/* The generator of P-256: a point for sure, of which nobody's key is the logarithm but 1. */
static const uint8_t nobodys_key[] = {
        0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
        0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
        0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
        0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
        0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

/* The key that is claimed in place of the phone's own. */
static const uint8_t *claimed_key(const FaultSet *faults) {
        return faults->key[0] != 0 ? faults->key : nobodys_key;
}

/* The linking map's key 4 is the phone's public key, its key 6 the proof that it has that key. */
static void spoil_link(const Spoiler *spoiler, uint8_t *data, size_t n) {
        static const uint8_t key_head[] = { 0x04, 0x58, HYBRID_LINK_PUBLIC_KEY_SIZE };
        static const uint8_t mac_head[] = { 0x06, 0x58, 0x20 };
        uint8_t *key = find_bytes(data, n, key_head, HYBRID_LINK_PUBLIC_KEY_SIZE);
        uint8_t *mac = find_bytes(data, n, mac_head, 1);

        if (mac && fault_is_set(spoiler->faults, FAULT_LINK_MAC))
                mac[0] ^= 1;
        if (key && fault_is_set(spoiler->faults, FAULT_LINK_POINT))
                key[HYBRID_LINK_PUBLIC_KEY_SIZE - 1] ^= 1;
        if (key && fault_is_set(spoiler->faults, FAULT_LINK_IDENTITY))
                memcpy(key, claimed_key(spoiler->faults), HYBRID_LINK_PUBLIC_KEY_SIZE);
}

static void spoil_update(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        spoil_link(spoiler, data, *n);
        if (fault_is_set(spoiler->faults, FAULT_SHUTDOWN_FIRST)) {
                data[0] = MESSAGE_SHUTDOWN;
                *n = 1;
        }
}

/* ---- the reply ------------------------------------------------------------------------------ */

/* {1: …, 2: …} becomes {1: …, 1: …, 2: …}. */
static void write_duplicate(CborItem map, ByteWriter *w) {
        CborItem item, value;
        CborIterator it;

        if (cbor_item_iterate(map, CBOR_MAP, &it) < 0)
                return;
        cbor_write_map(w, it.n_items / 2 + 1);
        for (unsigned i = 0; cbor_item_next(&it, &item) && cbor_item_next(&it, &value); i++)
                for (unsigned j = 0; j < (i == 0 ? 2 : 1); j++) {
                        ctap2_write_item(w, item);
                        ctap2_write_item(w, value);
                }
}

/* A member more, whose value is arrays in arrays. */
static void write_deep(CborItem map, ByteWriter *w) {
        CborItem item;
        CborIterator it;

        if (cbor_item_iterate(map, CBOR_MAP, &it) < 0)
                return;
        cbor_write_map(w, it.n_items / 2 + 1);
        while (cbor_item_next(&it, &item))
                ctap2_write_item(w, item);
        cbor_write_uint(w, KEY_UNKNOWN);
        for (unsigned i = 0; i < DEEP_LEVELS; i++)
                cbor_write_array(w, 1);
        cbor_write_array(w, 0);
}

/* Writes the map behind type and status anew. A refusal has no map, and stays. */
static void rewrite_map(uint8_t *data, size_t *n, size_t n_max,
                        void (*write)(CborItem map, ByteWriter *w)) {
        _blob_ copy = {};
        ByteWriter w = { .data = data + 2, .size = n_max - 2 };
        CborItem map;

        if (*n <= 2 || blob_init(&copy, *n - 2) < 0)
                return;
        memcpy(copy.data, data + 2, copy.n);
        if (cbor_item_parse(copy.data, copy.n, CTAP2_ATTESTATION_DEPTH_MAX, 0, &map) < 0)
                return;

        write(map, &w);
        *n = 2 + w.n;
}

static void spoil_reply_content(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        const FaultSet *faults = spoiler->faults;

        if (fault_is_set(faults, FAULT_REPLY_DUPLICATE_KEYS))
                rewrite_map(data, n, n_max, write_duplicate);
        if (fault_is_set(faults, FAULT_REPLY_DEEP_CBOR))
                rewrite_map(data, n, n_max, write_deep);
        if (fault_is_set(faults, FAULT_REPLY_TRAILING) && *n < n_max)
                data[(*n)++] = 0;
        if (fault_is_set(faults, FAULT_REPLY_STATUS)) {
                data[1] = faults->argument[FAULT_REPLY_STATUS];
                *n = 2;
        }
        if (fault_is_set(faults, FAULT_REPLY_EMPTY))
                *n = 1;
        if (fault_is_set(faults, FAULT_UNKNOWN_TYPE))
                data[0] = faults->argument[FAULT_UNKNOWN_TYPE];
}

static void spoil_reply(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        spoil_reply_content(spoiler, data, n, n_max);

        if (spoiler->forges && blob_init(&spoiler->reply, *n) >= 0)
                memcpy(spoiler->reply.data, data, *n);
}

/* ---- records -------------------------------------------------------------------------------- */

/* 255 bytes of padding in a record of 32. */
static void seal_bad_padding(const Spoiler *spoiler, uint32_t counter, uint8_t *data, size_t *n) {
        uint8_t bytes[RECORD_BLOCK_SIZE];

        memset(bytes, 0xff, sizeof(bytes));
        if (forger_seal_unpadded(&spoiler->forger, counter, bytes, sizeof(bytes), data) >= 0)
                *n = sizeof(bytes) + AES_GCM_TAG_SIZE;
}

static void spoil_reply_record(Spoiler *spoiler, uint32_t counter, uint8_t *data, size_t *n) {
        const FaultSet *faults = spoiler->faults;

        if (fault_is_set(faults, FAULT_RECORD_TAG))
                data[*n - 1] ^= 1;
        if (fault_is_set(faults, FAULT_BAD_PADDING))
                seal_bad_padding(spoiler, counter, data, n);
        if (fault_is_set(faults, FAULT_WRONG_COUNTER))
                (void)forger_seal(&spoiler->forger, counter + 1, spoiler->reply.data,
                                  spoiler->reply.n, data);
        if (fault_is_set(faults, FAULT_SILENT_REPLY))
                *n = 0;
}

static void spoil_record(Spoiler *spoiler, uint8_t *data, size_t *n, size_t n_max) {
        const FaultSet *faults = spoiler->faults;
        uint32_t counter = spoiler->n_records++;

        if (spoiler->plaintext == HYBRID_PHONE_STEP_REPLY)
                spoil_reply_record(spoiler, counter, data, n);
        if (spoiler->plaintext == HYBRID_PHONE_STEP_POST_HANDSHAKE &&
            fault_is_set(faults, FAULT_POST_HANDSHAKE_TAG))
                data[*n - 1] ^= 1;

        /* Who is silent says nothing later either, or it would be taken for what was missing. */
        if (fault_is_set(faults, FAULT_SILENT_MESSAGE_2) ||
            fault_is_set(faults, FAULT_SILENT_POST_HANDSHAKE))
                *n = 0;
}

int spoiler_second_reply(Spoiler *spoiler, Blob *ret) {
        Blob record;
        int r;

        if (!fault_is_set(spoiler->faults, FAULT_SECOND_REPLY) || !spoiler->reply.data)
                return -ENOENT;

        r = blob_init(&record, record_size(spoiler->reply.n));
        if (r < 0)
                return r;
        r = forger_seal(&spoiler->forger, spoiler->n_records++, spoiler->reply.data,
                        spoiler->reply.n, record.data);
        blob_done(&spoiler->reply);
        if (r < 0) {
                blob_done(&record);
                return r;
        }

        *ret = record;
        return 0;
}

/* ---- the table ------------------------------------------------------------------------------ */

void spoiler_spoil(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max) {
        static void (*const table[])(Spoiler * spoiler, uint8_t * data, size_t * n,
                                     size_t n_max) = {
                [HYBRID_PHONE_STEP_ADVERT] = spoil_advert,
                [HYBRID_PHONE_STEP_PSK] = spoil_psk,
                [HYBRID_PHONE_STEP_MESSAGE_2] = spoil_message2,
                [HYBRID_PHONE_STEP_POST_HANDSHAKE] = spoil_post_handshake,
                [HYBRID_PHONE_STEP_UPDATE] = spoil_update,
                [HYBRID_PHONE_STEP_REPLY] = spoil_reply,
                [HYBRID_PHONE_STEP_RECORD] = spoil_record,
        };
        Spoiler *spoiler = userdata;

        table[step](spoiler, data, n, n_max);
        if (step != HYBRID_PHONE_STEP_RECORD)
                spoiler->plaintext = step;
}
