/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/cbor-writer.h"
#include "crypto/ecdsa.h"
#include "forge.h"
#include "wire/auth-data.h"
#include "wire/cose.h"

#define ID       "a1a2a3a4a5a6a7a8a9aaabacadaeafb0"
#define OTHER_ID "b1b2b3b4b5b6b7b8b9babbbcbdbebfc0"

DEFINE_CLEANUP(P256Key *, p256_key_free);

enum {
        DATA_SIZE = 2048,
};

static P256Key *key_from_hex(const char *hex) {
        _bytes_ scalar = bytes_from_hex(hex);
        P256Key *key;

        ck_assert_int_eq(p256_key_new(&key, scalar.data), 0);
        return key;
}

static json_t *json_base64url(const void *data, size_t n) {
        char text[4 * DATA_SIZE];

        ck_assert_uint_lt(base64url_encoded_size(n), sizeof(text));
        base64url_encode(data, n, text);
        return json_string(text);
}

Credential forge_credential(void) {
        _cleanup_(p256_key_freep) P256Key *key = key_from_hex(FORGE_SCALAR);
        _bytes_ id = bytes_from_hex(ID);
        Credential credential = {
                .rp_id = "example.com",
                .user_name = "alice",
                .user_handle = "handle",
                .n_user_handle = 6,
                .n_id = id.n,
                .sign_count = 7,
                .backup_eligible = true,
        };

        memcpy(credential.id, id.data, id.n);
        memcpy(credential.public_key, p256_key_public(key), sizeof(credential.public_key));
        return credential;
}

RelyingParty forge_party(HybridOperation operation) {
        const Credential credential = forge_credential();
        RelyingParty party = {
                .operation = operation,
                .origin = "https://login.example.com",
                .rp_id = "example.com",
                .user_name = "alice",
                .user_handle = "handle",
                .n_user_handle = 6,
                .attestation = "direct",
        };

        memset(party.challenge, 0x5a, sizeof(party.challenge));
        if (operation == HYBRID_GET)
                ck_assert_int_eq(credential_list_add(&party.credentials, &credential), 0);
        return party;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static const char * or (const char *text, const char *otherwise) {
        return text ? text : otherwise;
}

static char *client_data(const RelyingParty *party, const Forgery *forgery) {
        const char *type = party->operation == HYBRID_CREATE ? "webauthn.create" : "webauthn.get";
        const char *top_origin = or (forgery->top_origin, party->top_origin);
        char challenge[64], *text;

        if (forgery->client_data)
                return strdup(forgery->client_data);
        base64url_encode(party->challenge, sizeof(party->challenge), challenge);
        ck_assert_int_gt(asprintf(&text,
                                  "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
                                  "\"crossOrigin\":%s%s%s%s}",
                                  or (forgery->client_type, type),
                                  or (forgery->challenge, challenge),
                                  or (forgery->origin, party->origin),
                                  or (forgery->cross_origin, party->top_origin ? "true" : "false"),
                                  top_origin ? ",\"topOrigin\":\"" : "", or (top_origin, ""),
                                  top_origin ? "\"" : ""),
                         0);
        return text;
}

static size_t cose_key(const P256Key *key, const Forgery *forgery, uint8_t *ret, size_t size) {
        CoseKey cose = cose_key_from_p256(p256_key_public(key));
        ByteWriter w = { .data = ret, .size = size };

        if (forgery->cose_key) {
                _bytes_ bytes = bytes_from_hex(forgery->cose_key);

                byte_writer_append(&w, bytes.data, bytes.n);
        } else
                cose_key_encode(&cose, &w);
        return w.n;
}

static size_t auth_data(const RelyingParty *party, const Forgery *forgery, const P256Key *key,
                        uint8_t ret[static DATA_SIZE]) {
        const char *rp_id = or (forgery->rp_id, party->rp_id);
        _bytes_ id = bytes_from_hex(or (forgery->signed_id, forgery->other_id ? OTHER_ID : ID));
        ByteWriter w = { .data = ret, .size = DATA_SIZE };
        uint8_t cose[512];
        size_t n_cose = cose_key(key, forgery, cose, sizeof(cose));
        AuthData data = {
                .flags = AUTH_DATA_UP | AUTH_DATA_UV | AUTH_DATA_BE | AUTH_DATA_BS,
                .counter = forgery->counter ? forgery->counter : 8,
                .aaguid = { 1, 2, 3 },
                .credential_id = { .data = id.data, .n = id.n },
                .public_key = { .data = cose, .n = n_cose },
        };

        if (party->operation == HYBRID_CREATE)
                data.flags |= AUTH_DATA_AT;
        data.flags ^= forgery->flip_flags;
        sha256_of_two(rp_id, strlen(rp_id), "", 0, data.rp_id_hash);
        auth_data_encode(&data, &w);
        ck_assert(byte_writer_fits(&w));
        return forgery->cut_auth_data ? 36 : w.n;
}

static size_t sign(const Forgery *forgery, const uint8_t *data, size_t n_data,
                   const char *client_data_text, uint8_t *ret) {
        _cleanup_(p256_key_freep) P256Key *key =
                key_from_hex(forgery->other_key ? FORGE_OTHER_SCALAR : FORGE_SCALAR);
        uint8_t message[DATA_SIZE + SHA256_SIZE];
        size_t n;

        memcpy(message, data, n_data);
        sha256_of_two(client_data_text, strlen(client_data_text), "", 0, message + n_data);
        ck_assert_int_eq(ecdsa_p256_sign(key, message, n_data + SHA256_SIZE, ret, &n), 0);
        return n;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void write_statement(const Forgery *forgery, ByteWriter *w, const uint8_t *signature,
                            size_t n) {
        if (forgery->att_stmt) {
                _bytes_ bytes = bytes_from_hex(forgery->att_stmt);

                byte_writer_append(w, bytes.data, bytes.n);
                return;
        }
        if (strcmp(or (forgery->fmt, "none"), "packed") != 0) {
                cbor_write_map(w, 0);
                return;
        }
        cbor_write_map(w, 2);
        cbor_write_string(w, "alg");
        cbor_write_int(w, forgery->attest_other_algorithm ? COSE_ES384 : COSE_ES256);
        cbor_write_string(w, "sig");
        cbor_write_bytes(w, signature, n);
}

static json_t *attestation_object(const Forgery *forgery, const uint8_t *data, size_t n_data,
                                  const char *client_data_text) {
        uint8_t signature[ECDSA_P256_SIGNATURE_SIZE_MAX], object[DATA_SIZE];
        size_t n_signature = sign(forgery, data, n_data, client_data_text, signature);
        ByteWriter w = BYTE_WRITER(object);

        cbor_write_map(&w, 3);
        cbor_write_string(&w, "fmt");
        cbor_write_string(&w, or (forgery->fmt, "none"));
        cbor_write_string(&w, "attStmt");
        write_statement(forgery, &w, signature, n_signature);
        cbor_write_string(&w, "authData");
        cbor_write_bytes(&w, data, n_data - (forgery->other_data_attested ? 1 : 0));
        ck_assert(byte_writer_fits(&w));
        return json_base64url(object, w.n);
}

static void add_public_key(json_t *response, const P256Key *key) {
        CoseKey cose = cose_key_from_p256(p256_key_public(key));
        uint8_t spki[COSE_SPKI_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(spki);

        ck_assert(cose_key_encode_spki(&cose, &w));
        json_object_set_new(response, "publicKey", json_base64url(spki, w.n));
        json_object_set_new(response, "publicKeyAlgorithm", json_integer(COSE_ES256));
}

static json_t *response(const RelyingParty *party, const Forgery *forgery) {
        _cleanup_(p256_key_freep) P256Key *key = key_from_hex(FORGE_SCALAR);
        uint8_t data[DATA_SIZE], signature[ECDSA_P256_SIGNATURE_SIZE_MAX];
        size_t n_data = auth_data(party, forgery, key, data), n;
        char *text = client_data(party, forgery);
        json_t *json = json_object();

        json_object_set_new(json, "clientDataJSON", json_base64url(text, strlen(text)));
        json_object_set_new(json, "authenticatorData", json_base64url(data, n_data));
        if (party->operation == HYBRID_CREATE) {
                json_object_set_new(json, "attestationObject",
                                    attestation_object(forgery, data, n_data, text));
                add_public_key(json, key);
        } else {
                n = sign(forgery, data, n_data, text, signature);
                json_object_set_new(json, "signature", json_base64url(signature, n));
                json_object_set_new(json, "userHandle",
                                    json_string(or (forgery->user_handle, "aGFuZGxl")));
        }
        free(text);
        return json;
}

static void change_member(json_t *json, const Forgery *forgery) {
        const char *dot = strchr(forgery->member, '.');
        char parent[64] = {};

        if (dot) {
                memcpy(parent, forgery->member, (size_t)(dot - forgery->member));
                json = json_object_get(json, parent);
        }
        if (forgery->member_json)
                json_object_set_new(json, dot ? dot + 1 : forgery->member,
                                    json_loads(forgery->member_json, JSON_DECODE_ANY, NULL));
        else
                json_object_del(json, dot ? dot + 1 : forgery->member);
}

json_t *forge_answer(const RelyingParty *party, const Forgery *forgery) {
        _bytes_ id = bytes_from_hex(forgery->other_id ? OTHER_ID : ID);
        json_t *json = json_pack("{s:o, s:o, s:s, s:{}, s:o}", "id", json_base64url(id.data, id.n),
                                 "rawId", json_base64url(id.data, id.n), "type", "public-key",
                                 "clientExtensionResults", "response", response(party, forgery));

        ck_assert_ptr_nonnull(json);
        if (forgery->id) {
                json_object_set_new(json, "id", json_string(forgery->id));
                json_object_set_new(json, "rawId", json_string(forgery->id));
        }
        if (forgery->member)
                change_member(json, forgery);
        return json;
}
