/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/cbor-writer.h"
#include "crypto/ecdsa.h"
#include "fixture.h"

void fixture_init(Fixture *fixture, const char *profile) {
        *fixture = (Fixture){};
        fixture->env = test_random_env(&fixture->random);
        ck_assert_int_eq(credential_store_new(&fixture->store, NULL), 0);
        fixture->authenticator = (Authenticator){
                .profile = profile_by_name(profile),
                .env = &fixture->env,
                .faults = &fixture->faults,
                .store = fixture->store,
        };
        ck_assert_ptr_nonnull(fixture->authenticator.profile);
}

void fixture_done(Fixture *fixture) {
        authenticator_done(&fixture->authenticator);
        credential_store_free(fixture->store);
}

/* [{"alg": -7, "type": "public-key"}] */
static CborItem es256(void) {
        static const uint8_t list[] = { 0x81, 0xa2, 0x63, 'a', 'l',  'g', 0x26, 0x64,
                                        't',  'y',  'p',  'e', 0x6a, 'p', 'u',  'b',
                                        'l',  'i',  'c',  '-', 'k',  'e', 'y' };

        return (CborItem){ .data = list, .n = sizeof(list) };
}

Ctap2MakeCredential create_request(void) {
        static const uint8_t user_id[] = { 1, 2 };

        return (Ctap2MakeCredential){
                .client_data_hash = { 0xcd },
                .rp_id = ctap2_text("example.com"),
                .rp_name = ctap2_text("Example"),
                .user_id = { .data = user_id, .n = sizeof(user_id) },
                .user_name = ctap2_text("alice"),
                .user_display_name = ctap2_text("Alice"),
                .parameters = es256(),
                .options = { .rk = CTAP2_OPTION_TRUE, .uv = CTAP2_OPTION_TRUE },
        };
}

Ctap2GetAssertion get_request(void) {
        return (Ctap2GetAssertion){
                .rp_id = ctap2_text("example.com"),
                .client_data_hash = { 0xab },
                .options = { .uv = CTAP2_OPTION_TRUE },
        };
}

AuthenticatorAnswer take(Fixture *fixture, const uint8_t *command, size_t n) {
        AuthenticatorAnswer answer = {};

        ck_assert_int_eq(authenticator_take(&fixture->authenticator, command, n, &answer), 0);
        return answer;
}

AuthenticatorAnswer take_hex(Fixture *fixture, const char *hex) {
        _bytes_ command = bytes_from_hex(hex);

        return take(fixture, command.data, command.n);
}

AuthenticatorAnswer take_create(Fixture *fixture, const Ctap2MakeCredential *request) {
        uint8_t command[2048];
        ByteWriter w = BYTE_WRITER(command);

        ctap2_make_credential_encode(request, &w);
        ck_assert(byte_writer_fits(&w));
        return take(fixture, command, w.n);
}

AuthenticatorAnswer take_get(Fixture *fixture, const Ctap2GetAssertion *request) {
        uint8_t command[2048];
        ByteWriter w = BYTE_WRITER(command);

        ctap2_get_assertion_encode(request, &w);
        ck_assert(byte_writer_fits(&w));
        return take(fixture, command, w.n);
}

static AuthenticatorAnswer approve(Fixture *fixture, AuthenticatorAnswer answer) {
        if (answer.verdict == AUTHENTICATOR_ASK)
                ck_assert_int_eq(authenticator_decide(&fixture->authenticator, true, &answer), 0);
        return answer;
}

AuthenticatorAnswer run_create(Fixture *fixture, const Ctap2MakeCredential *request) {
        return approve(fixture, take_create(fixture, request));
}

AuthenticatorAnswer run_get(Fixture *fixture, const Ctap2GetAssertion *request) {
        return approve(fixture, take_get(fixture, request));
}

void answer_done(AuthenticatorAnswer *answer) {
        blob_done(&answer->reply);
}

void assert_verdict(const AuthenticatorAnswer *answer, AuthenticatorVerdict verdict) {
        ck_assert_msg(answer->verdict == verdict, "verdict %d: %s", (int)answer->verdict,
                      answer->why);
        if (verdict != AUTHENTICATOR_REPLY)
                ck_assert_ptr_null(answer->reply.data);
}

void assert_status(const AuthenticatorAnswer *answer, Ctap2Status status) {
        assert_verdict(answer, AUTHENTICATOR_REPLY);
        ck_assert_msg(answer->reply.n == 1 && answer->reply.data[0] == status,
                      "status 0x%02x and %zu bytes: %s", answer->reply.data[0], answer->reply.n,
                      answer->why);
        ck_assert_str_ne(answer->why, "");
}

static void assert_rp_id_hash(const AuthData *auth_data) {
        uint8_t hash[SHA256_SIZE];

        sha256_of_two("example", 7, ".com", 4, hash);
        ck_assert_mem_eq(auth_data->rp_id_hash, hash, sizeof(hash));
}

Registered read_registration(const AuthenticatorAnswer *answer) {
        Registered registered = {};
        CborItem map;
        CoseKey key;

        assert_verdict(answer, AUTHENTICATOR_REPLY);
        ck_assert_int_eq(answer->reply.data[0], CTAP2_OK);
        ck_assert_int_eq(cbor_item_parse(answer->reply.data + 1, answer->reply.n - 1, 8,
                                         CBOR_CANONICAL_ORDER, &map),
                         0);
        ck_assert_int_eq(ctap2_make_credential_reply_decode(answer->reply.data, answer->reply.n,
                                                            &registered.reply),
                         0);
        ck_assert_int_eq(auth_data_decode(registered.reply.auth_data.data,
                                          registered.reply.auth_data.n, &registered.auth_data),
                         0);
        assert_rp_id_hash(&registered.auth_data);

        ck_assert_int_eq(cose_key_decode(registered.auth_data.public_key, &key), 0);
        ck_assert_int_eq(key.algorithm, COSE_ES256);
        registered.point[0] = 4;
        memcpy(registered.point + 1, key.x.data, 32);
        memcpy(registered.point + 33, key.y.data, 32);
        return registered;
}

Asserted read_assertion(const AuthenticatorAnswer *answer, const Registered *registered) {
        Ctap2GetAssertion request = get_request();
        Asserted asserted = {};
        uint8_t data[256];
        ByteWriter w = BYTE_WRITER(data);

        assert_verdict(answer, AUTHENTICATOR_REPLY);
        ck_assert_int_eq(ctap2_get_assertion_reply_decode(answer->reply.data, answer->reply.n,
                                                          &asserted.reply),
                         0);
        ck_assert_int_eq(auth_data_decode(asserted.reply.auth_data.data, asserted.reply.auth_data.n,
                                          &asserted.auth_data),
                         0);
        assert_rp_id_hash(&asserted.auth_data);

        byte_writer_append(&w, asserted.reply.auth_data.data, asserted.reply.auth_data.n);
        byte_writer_append(&w, request.client_data_hash, SHA256_SIZE);
        ck_assert_int_eq(ecdsa_p256_verify(registered->point, data, w.n,
                                           asserted.reply.signature.data,
                                           asserted.reply.signature.n),
                         0);
        return asserted;
}

CborItem descriptor_list(Ctap2Bytes id, CborItem transports, uint8_t *buffer, size_t size) {
        ByteWriter w = { .data = buffer, .size = size };

        cbor_write_array(&w, 1);
        ctap2_descriptor_encode(
                &(Ctap2Descriptor){
                        .id = id,
                        .type = ctap2_text("public-key"),
                        .transports = transports,
                },
                &w);
        ck_assert(byte_writer_fits(&w));
        return (CborItem){ .data = buffer, .n = w.n };
}
