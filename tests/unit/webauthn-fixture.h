/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * For the tests of the WebAuthn layer: a relying party's request that differs from a good one in one
 * or two members, and a phone that answers it, well or badly.
 */

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/cbor-writer.h"
#include "crypto/ecdsa.h"
#include "unit.h"
#include "wire/auth-data.h"
#include "wire/cose.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"

DEFINE_CLEANUP(HybridWebauthn *, hybrid_webauthn_free);
DEFINE_CLEANUP(P256Key *, p256_key_free);

/* ---- getInfo responses, without and with what the commands depend on ---- */

#define INFO_VERSIONS   "0182684649444f5f325f30684649444f5f325f31"
#define INFO_PRF        "028163707266"
#define INFO_RK_UV      "04a262726bf5627576f5"
#define INFO_RK         "04a162726bf5"
#define INFO_UV         "04a1627576f5"
#define INFO_TRANSPORTS "098268696e7465726e616c66687962726964" /* internal, hybrid */

#define INFO_FULL  "a4" INFO_VERSIONS INFO_PRF INFO_RK_UV INFO_TRANSPORTS
#define INFO_PLAIN "a2" INFO_VERSIONS INFO_RK_UV

/* ---- requests ---- */

/* Sets a member, whose path is "name" or "name.name", to JSON text, or takes it away if NULL. */
typedef struct Change {
        const char *path;
        const char *value;
} Change;

enum {
        N_CHANGES_MAX = 3,
};

static inline void apply_change(json_t *root, const Change *change) {
        const char *dot = strchr(change->path, '.');
        const char *name = dot ? dot + 1 : change->path;
        json_t *object = root;

        if (dot) {
                char parent[64] = {};

                memcpy(parent, change->path, (size_t)(dot - change->path));
                object = json_object_get(root, parent);
                if (!object) {
                        object = json_object();
                        json_object_set_new(root, parent, object);
                }
        }
        if (change->value) {
                json_t *value = json_loads(change->value, JSON_DECODE_ANY, NULL);

                ck_assert_msg(value, "no JSON: %s", change->value);
                json_object_set_new(object, name, value);
        } else
                json_object_del(object, name);
}

static inline bool fixture_is_public_suffix(void *userdata, const char *domain) {
        return strcmp(domain, "com") == 0;
}

/* What is not to be as usual; all zero: nothing. */
typedef struct RequestSetup {
        Change changes[N_CHANGES_MAX];
        const char *origin;
        const char *top_origin;
        bool cross_origin;
        bool allow_enterprise;
} RequestSetup;

static inline bool fixture_allows_enterprise(void *userdata, const char *rp_id) {
        ck_assert_ptr_nonnull(strstr("https://login.example.com", rp_id));
        return true;
}

static inline int request_new(HybridOperation operation, const char *base_json,
                              const RequestSetup *setup, HybridWebauthn **ret,
                              HybridFailure *ret_failure) {
        json_t *options = json_loads(base_json, 0, NULL);
        char *text;
        int r;

        ck_assert_ptr_nonnull(options);
        for (size_t i = 0; i < N_CHANGES_MAX && setup->changes[i].path; i++)
                apply_change(options, &setup->changes[i]);
        text = json_dumps(options, JSON_COMPACT);
        json_decref(options);

        const HybridWebauthnParams params = {
                .operation = operation,
                .json = text,
                .n_json = strlen(text),
                .origin = setup->origin ? setup->origin : "https://login.example.com",
                .top_origin = setup->top_origin,
                .allow_localhost = true,
                .is_public_suffix = fixture_is_public_suffix,
                .cross_origin = setup->cross_origin,
                .allows_enterprise_attestation =
                        setup->allow_enterprise ? fixture_allows_enterprise : NULL,
        };
        r = hybrid_webauthn_new(ret, &params, ret_failure);
        free(text);
        return r;
}

/* ---- the phone ---- */

#define PHONE_SCALAR "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define PHONE_AAGUID "de1e552ddb1d4423a619566b625cdc84"
#define PHONE_ID     "a1a2a3a4a5a6a7a8"

/*
 * How the phone's answer differs from a good one; all zero: not at all. Byte strings are in
 * hexadecimal, where that is easiest to spoil.
 */
typedef struct Phone {
        uint8_t status;
        const char *rp_id;
        uint8_t flags_off; /* of UP, UV, BE, BS, and AT for a registration */
        uint8_t flags_on;
        const char *aaguid;
        const char *credential_id;
        const char *public_key;        /* COSE_Key */
        const char *signed_extensions; /* sets AUTH_DATA_ED */
        const char *auth_data_suffix;
        const char *fmt;
        const char *att_stmt;
        const char *unsigned_extensions;
        bool names_no_credential;
        const char *user_id;
        bool names_no_user;
        size_t n_signature; /* so many bytes instead of a true one */
        const char *reply_suffix;
        size_t n_cut; /* bytes taken off the reply's end */
} Phone;

static inline const char *or_default(const char *value, const char *usual) {
        return value ? value : usual;
}

static inline void append_hex(ByteWriter *w, const char *hex) {
        _bytes_ bytes = bytes_from_hex(hex);

        byte_writer_append(w, bytes.data, bytes.n);
}

static inline P256Key *phone_key(void) {
        _bytes_ scalar = bytes_from_hex(PHONE_SCALAR);
        P256Key *key;

        ck_assert_int_eq(p256_key_new(&key, scalar.data), 0);
        return key;
}

static inline void write_public_key(const Phone *phone, ByteWriter *w) {
        _cleanup_(p256_key_freep) P256Key *key = phone_key();
        CoseKey cose = cose_key_from_p256(p256_key_public(key));

        if (phone->public_key)
                append_hex(w, phone->public_key);
        else
                cose_key_encode(&cose, w);
}

static inline Bytes phone_auth_data(const Phone *phone, uint8_t flags) {
        const char *rp_id = or_default(phone->rp_id, "example.com");
        _bytes_ id = bytes_from_hex(or_default(phone->credential_id, PHONE_ID));
        _bytes_ aaguid = bytes_from_hex(or_default(phone->aaguid, PHONE_AAGUID));
        _bytes_ extensions = bytes_from_hex(or_default(phone->signed_extensions, ""));
        uint8_t cose[2048];
        ByteWriter w_cose = BYTE_WRITER(cose);
        Bytes bytes = { .data = malloc(4096) };
        ByteWriter w = { .data = bytes.data, .size = 4096 };
        AuthData auth_data = {
                .credential_id = { .data = id.data, .n = id.n },
                .extensions = { .data = extensions.data, .n = extensions.n },
        };

        if (phone->signed_extensions)
                flags |= AUTH_DATA_ED;
        flags |= AUTH_DATA_UP | AUTH_DATA_UV | AUTH_DATA_BE | AUTH_DATA_BS;
        auth_data.flags = (uint8_t)((flags & ~phone->flags_off) | phone->flags_on);

        write_public_key(phone, &w_cose);
        auth_data.public_key = (CborItem){ .data = cose, .n = w_cose.n };
        sha256_of_two(rp_id, strlen(rp_id), "", 0, auth_data.rp_id_hash);
        memcpy(auth_data.aaguid, aaguid.data, sizeof(auth_data.aaguid));

        auth_data_encode(&auth_data, &w);
        append_hex(&w, or_default(phone->auth_data_suffix, ""));
        bytes.n = w.n;
        return bytes;
}

/* The optional CBOR map of a phone as a view; `bytes` is freed by the caller. */
static inline CborItem optional_map(const char *hex, Bytes *bytes) {
        *bytes = bytes_from_hex(hex ? hex : "");
        return (CborItem){ .data = hex ? bytes->data : NULL, .n = bytes->n };
}

static inline void finish_reply(const Phone *phone, ByteWriter *w) {
        append_hex(w, or_default(phone->reply_suffix, ""));
        ck_assert(byte_writer_fits(w));
        w->n -= phone->n_cut;
        w->data[0] = phone->status;
}

static inline Bytes phone_register(const Phone *phone) {
        _bytes_ auth_data = phone_auth_data(phone, AUTH_DATA_AT);
        _bytes_ att_stmt = {}, unsigned_extensions = {};
        Bytes reply = { .data = malloc(8192) };
        ByteWriter w = { .data = reply.data, .size = 8192 };
        const Ctap2MakeCredentialReply message = {
                .fmt = ctap2_text(or_default(phone->fmt, "none")),
                .auth_data = { .data = auth_data.data, .n = auth_data.n },
                .att_stmt = optional_map(or_default(phone->att_stmt, "a0"), &att_stmt),
                .unsigned_extensions =
                        optional_map(phone->unsigned_extensions, &unsigned_extensions),
        };

        ctap2_make_credential_reply_encode(&message, &w);
        finish_reply(phone, &w);
        reply.n = w.n;
        return reply;
}

static inline size_t phone_sign(const Phone *phone, const Bytes *auth_data,
                                const uint8_t client_data_hash[static SHA256_SIZE],
                                uint8_t ret[static 9000]) {
        _cleanup_(p256_key_freep) P256Key *key = phone_key();
        uint8_t message[4096 + SHA256_SIZE];
        size_t n;

        memset(ret, 0x30, 9000);
        if (phone->n_signature > 0)
                return phone->n_signature;

        memcpy(message, auth_data->data, auth_data->n);
        memcpy(message + auth_data->n, client_data_hash, SHA256_SIZE);
        ck_assert_int_eq(ecdsa_p256_sign(key, message, auth_data->n + SHA256_SIZE, ret, &n), 0);
        return n;
}

static inline Bytes phone_assert(const Phone *phone,
                                 const uint8_t client_data_hash[static SHA256_SIZE]) {
        _bytes_ auth_data = phone_auth_data(phone, 0);
        _bytes_ id = bytes_from_hex(or_default(phone->credential_id, PHONE_ID));
        _bytes_ user_id = bytes_from_hex(or_default(phone->user_id, "0102"));
        _bytes_ unsigned_extensions = {};
        uint8_t signature[9000];
        size_t n_signature = phone_sign(phone, &auth_data, client_data_hash, signature);
        Bytes reply = { .data = malloc(16384) };
        ByteWriter w = { .data = reply.data, .size = 16384 };
        Ctap2GetAssertionReply message = {
                .auth_data = { .data = auth_data.data, .n = auth_data.n },
                .signature = { .data = signature, .n = n_signature },
                .user_selected = true,
                .unsigned_extensions =
                        optional_map(phone->unsigned_extensions, &unsigned_extensions),
        };

        if (!phone->names_no_credential)
                message.credential = (Ctap2Descriptor){
                        .id = { .data = id.data, .n = id.n },
                        .type = ctap2_text("public-key"),
                };
        if (!phone->names_no_user)
                message.user_id = (Ctap2Bytes){ .data = user_id.data, .n = user_id.n };
        ctap2_get_assertion_reply_encode(&message, &w);
        finish_reply(phone, &w);
        reply.n = w.n;
        return reply;
}

/* ---- looking at answers ---- */

static inline Bytes json_base64url(const json_t *object, const char *key) {
        const char *text = json_text(object, key);
        Bytes bytes = { .data = malloc(strlen(text) + 1) };

        ck_assert_int_eq(base64url_decode(text, strlen(text), bytes.data, &bytes.n), 0);
        return bytes;
}

/* A member of a member. */
static inline const json_t *json_get2(const json_t *object, const char *a, const char *b) {
        return json_object_get(json_object_get(object, a), b);
}
