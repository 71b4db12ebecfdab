/* SPDX-License-Identifier: MIT */

/*
 * Sign-ins after the command: what is made of a phone's reply, and what of a wrong one.
 */

#include <errno.h>

#include "webauthn-fixture.h"
#include "webauthn/request.h"

static const char base_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\"}";

/* The phone's credential is a1a2a3a4a5a6a7a8. */
#define ALLOW_PHONE "{\"type\":\"public-key\",\"id\":\"oaKjpKWmp6g\"}"
#define ALLOW_AABB  "{\"type\":\"public-key\",\"id\":\"qrs\"}"
#define ALLOW(list)                                                                                \
        { "allowCredentials", "[" list "]" }
#define ASK_UV                                                                                     \
        { "userVerification", "\"required\"" }

#define BYTES_32  "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER_32  "2222222222222222222222222222222222222222222222222222222222222222"
#define BASE64_11 "ERERERERERERERERERERERERERERERERERERERERERE"
#define BASE64_22 "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"
#define RESULTS   "67726573756c7473"
#define FIRST     "656669727374"
#define SECOND    "667365636f6e64"
#define PRF       "a163707266"
#define ONE       PRF "a1" RESULTS "a1" FIRST "5820" BYTES_32
#define TWO       PRF "a1" RESULTS "a2" FIRST "5820" BYTES_32 SECOND "5820" OTHER_32

#define ASK_PRF                                                                                    \
        { "extensions.prf", "{}" }
#define ASK_EVAL                                                                                   \
        { "extensions.prf", "{\"eval\":{\"first\":\"AQ\"}}" }
#define ASK_EVAL_TWO                                                                               \
        { "extensions.prf", "{\"eval\":{\"first\":\"AQ\",\"second\":\"Ag\"}}" }

#define ID_1023 /* hexadecimal, of 1023 bytes */ ID_341 ID_341 ID_341
#define ID_341  ID_31 ID_31 ID_31 ID_31 ID_31 ID_31 ID_31 ID_31 ID_31 ID_31 ID_31
#define ID_31   "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
#define USER_64                                                                                    \
        "0000000000000000000000000000000000000000000000000000000000000000"                         \
        "0000000000000000000000000000000000000000000000000000000000000000"

typedef struct Answer {
        HybridFailure failure;
        HybridAuthenticator authenticator;
        char *text;
        json_t *json;
        uint8_t client_data_hash[SHA256_SIZE];
} Answer;

static void answer_done(Answer *answer) {
        json_decref(answer->json);
        free(answer->text);
}

static int respond(const RequestSetup *setup, const char *get_info_hex, const Phone *phone,
                   Answer *ret) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(or_default(get_info_hex, INFO_FULL));
        _bytes_ reply = {};
        int r;

        ck_assert_int_eq(request_new(HYBRID_GET, base_json, setup, &webauthn, &ret->failure), 0);
        memcpy(ret->client_data_hash, webauthn->client_data_hash, SHA256_SIZE);
        reply = phone_assert(phone, webauthn->client_data_hash);

        ret->authenticator.has_aaguid = true;
        r = hybrid_webauthn_response(webauthn, get_info.data, get_info.n, reply.data, reply.n,
                                     &ret->text, &ret->authenticator, &ret->failure);
        ck_assert_int_eq(ret->authenticator.has_aaguid, r != 0); /* an assertion tells none */
        if (r == 0) {
                ret->json = json_loads(ret->text, JSON_REJECT_DUPLICATES, NULL);
                ck_assert_ptr_nonnull(ret->json);
        } else
                ck_assert_ptr_null(ret->text);
        return r;
}

/* Every byte of the answer but for the signature, in the order of its members. */
START_TEST(test_whole_answer) {
        static const char head[] =
                "{\"id\":\"oaKjpKWmp6g\",\"rawId\":\"oaKjpKWmp6g\",\"type\":\"public-key\","
                "\"authenticatorAttachment\":\"cross-platform\",\"clientExtensionResults\":{},"
                "\"response\":{\"clientDataJSON\":\"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjo"
                "iQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyIsIm9yaWdpbiI6Imh0dHBzOi8vbG9naW4uZXhhbXBsZS5jb20iL"
                "CJjcm9zc09yaWdpbiI6ZmFsc2V9\",\"authenticatorData\":\"o3mm9u6vuaVeN4wRgDTidR5oL6uf"
                "LTCrE9ISVYbOGUcdAAAAAA\",\"signature\":\"";
        static const char tail[] = "\",\"userHandle\":\"AQI\"}}";
        _cleanup_(answer_done) Answer answer = {};

        ck_assert_int_eq(respond(&(RequestSetup){}, NULL, &(Phone){}, &answer), 0);
        ck_assert_uint_gt(strlen(answer.text), strlen(head) + strlen(tail));
        ck_assert_mem_eq(answer.text, head, strlen(head));
        ck_assert_str_eq(answer.text + strlen(answer.text) - strlen(tail), tail);
}
END_TEST

/* What comes out is what a relying party verifies. */
START_TEST(test_signature) {
        _cleanup_(p256_key_freep) P256Key *key = phone_key();
        _cleanup_(answer_done) Answer answer = {};
        _bytes_ auth_data = {}, signature = {}, client_data = {};
        uint8_t message[128], hash[SHA256_SIZE];
        const json_t *response;

        ck_assert_int_eq(respond(&(RequestSetup){}, NULL, &(Phone){}, &answer), 0);
        response = json_object_get(answer.json, "response");
        auth_data = json_base64url(response, "authenticatorData");
        signature = json_base64url(response, "signature");
        client_data = json_base64url(response, "clientDataJSON");

        sha256_of_two(client_data.data, client_data.n, "", 0, hash);
        assert_bytes_eq(hash, sizeof(hash), answer.client_data_hash, SHA256_SIZE);
        memcpy(message, auth_data.data, auth_data.n);
        memcpy(message + auth_data.n, hash, sizeof(hash));
        ck_assert_int_eq(ecdsa_p256_verify(p256_key_public(key), message,
                                           auth_data.n + sizeof(hash), signature.data, signature.n),
                         0);
}
END_TEST

START_TEST(test_valid) {
        static const struct {
                const char *why;
                Phone phone;
                RequestSetup setup;
                const char *id; /* of the answer, if not the phone's */
        } rows[] = {
                { "no verified user, and none required", { .flags_off = AUTH_DATA_UV } },
                { "verified user, as required", {}, { { ASK_UV } } },
                { "the only credential", {}, { { ALLOW(ALLOW_PHONE) } } },
                { "one of two credentials", {}, { { ALLOW(ALLOW_AABB "," ALLOW_PHONE) } } },
                { "the only credential, not named",
                  { .names_no_credential = true },
                  { { ALLOW(ALLOW_AABB) } },
                  "qrs" },
                { "no user, but a list", { .names_no_user = true }, { { ALLOW(ALLOW_PHONE) } } },
                { "empty user, but a list", { .user_id = "" }, { { ALLOW(ALLOW_PHONE) } } },
                { "the longest user", { .user_id = USER_64 } },
                { "the shortest signature", { .n_signature = 32 } },
                { "the longest signature", { .n_signature = 8192 } },
                { "no extension outputs in an empty map", { .signed_extensions = "a0" } },
                { "signed output without results",
                  { .signed_extensions = PRF "a0" },
                  { { ASK_PRF } } },
                { "an unsigned output nobody asked for", { .unsigned_extensions = TWO } },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                int r = respond(&rows[i].setup, NULL, &rows[i].phone, &answer);

                ck_assert_msg(r == 0, "%s: %s", rows[i].why, answer.failure.detail);
                ck_assert_str_eq(json_text(answer.json, "id"),
                                 or_default(rows[i].id, "oaKjpKWmp6g"));
        }
}
END_TEST

/* Each row fails one check. */
START_TEST(test_wrong_replies) {
        static const struct {
                const char *why;
                const char *detail; /* which check it is that fails */
                Phone phone;
                RequestSetup setup;
                const char *get_info;
        } rows[] = {
                { "cut", "the reply is malformed", { .n_cut = 1 } },
                { "a byte more", "the reply is malformed", { .reply_suffix = "00" } },
                { "another RP ID", "the reply is for another RP ID", { .rp_id = "example.org" } },
                { "the host instead of the RP ID",
                  "the reply is for another RP ID",
                  { .rp_id = "login.example.com" } },
                { "no user", "no user was present", { .flags_off = AUTH_DATA_UP } },
                { "no verified user",
                  "the user was not verified",
                  { .flags_off = AUTH_DATA_UV },
                  { { ASK_UV } } },
                { "a registration's data",
                  "attested credential data in an assertion",
                  { .flags_on = AUTH_DATA_AT } },
                { "flag of extensions without any",
                  "the authenticator data are malformed",
                  { .flags_on = AUTH_DATA_ED } },
                { "authenticator data with a byte more",
                  "the authenticator data are malformed",
                  { .auth_data_suffix = "00" } },
                { "credential that was not allowed",
                  "a credential that was not allowed",
                  {},
                  { { ALLOW(ALLOW_AABB) } } },
                { "credential with a byte more",
                  "a credential that was not allowed",
                  { .credential_id = PHONE_ID "00" },
                  { { ALLOW(ALLOW_PHONE) } } },
                { "credential with a byte less",
                  "a credential that was not allowed",
                  { .credential_id = "a1a2a3a4a5a6a7" },
                  { { ALLOW(ALLOW_PHONE) } } },
                { "credential id of no bytes",
                  "a credential id of impossible length",
                  { .credential_id = "" } },
                { "credential id too long",
                  "a credential id of impossible length",
                  { .credential_id = ID_1023 "00" } },
                { "no credential, and no list",
                  "the reply names no credential",
                  { .names_no_credential = true } },
                { "no credential, and a list of two",
                  "the reply names no credential",
                  { .names_no_credential = true },
                  { { ALLOW(ALLOW_AABB "," ALLOW_PHONE) } } },
                { "no user, and no list", "the reply names no user", { .names_no_user = true } },
                { "empty user, and no list", "the reply names no user", { .user_id = "" } },
                { "user too long",
                  "a user handle of impossible length",
                  { .user_id = USER_64 "00" } },
                { "user too long for a list",
                  "a user handle of impossible length",
                  { .user_id = USER_64 "00" },
                  { { ALLOW(ALLOW_PHONE) } } },
                { "signature too short",
                  "a signature of impossible length",
                  { .n_signature = 31 } },
                { "signature too long",
                  "a signature of impossible length",
                  { .n_signature = 8193 } },
                { "signed output of another extension",
                  "an extension output nobody asked for",
                  { .signed_extensions = "a16b686d61632d73656372657441aa" },
                  { { ASK_EVAL } } },
                { "signed output nobody asked for",
                  "an extension output nobody asked for",
                  { .signed_extensions = PRF "a0" } },
                { "signed output with results",
                  "an extension output nobody asked for",
                  { .signed_extensions = ONE },
                  { { ASK_EVAL } } },
                { "PRF result too short",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a1" RESULTS "a1" FIRST "41aa" },
                  { { ASK_EVAL } } },
                { "two PRF results in one",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a1" RESULTS "a1" FIRST "5840" BYTES_32 OTHER_32 },
                  { { ASK_EVAL_TWO } } },
                { "second PRF result too long",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a1" RESULTS "a2" FIRST "5820" BYTES_32 SECOND
                                               "5821" OTHER_32 "00" },
                  { { ASK_EVAL_TWO } } },
                { "second PRF result alone",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a1" RESULTS "a1" SECOND "5820" OTHER_32 },
                  { { ASK_EVAL_TWO } } },
                { "getInfo that is none", "the getInfo response is malformed", {}, {}, "a0" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = { .failure.http_status = 1 };
                int r = respond(&rows[i].setup, rows[i].get_info, &rows[i].phone, &answer);

                ck_assert_msg(r == HYBRID_E_REFUSED, "accepted: %s", rows[i].why);
                ck_assert_uint_eq(answer.failure.cause, HYBRID_CAUSE_PROTOCOL);
                ck_assert_uint_eq(answer.failure.stage, HYBRID_STAGE_COMMAND);
                ck_assert_int_eq(answer.failure.http_status, 0);
                ck_assert_msg(strcmp(answer.failure.detail, rows[i].detail) == 0, "%s: %s",
                              rows[i].why, answer.failure.detail);
        }
}
END_TEST

/* A reply to another command is none to this one. */
START_TEST(test_registration_reply) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(INFO_FULL);
        _bytes_ reply = phone_register(&(Phone){});
        HybridAuthenticator authenticator;
        HybridFailure failure;
        char *text = NULL;

        ck_assert_int_eq(request_new(HYBRID_GET, base_json, &(RequestSetup){}, &webauthn, &failure),
                         0);
        ck_assert_int_eq(hybrid_webauthn_response(webauthn, get_info.data, get_info.n, reply.data,
                                                  reply.n, &text, &authenticator, &failure),
                         HYBRID_E_REFUSED);
        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_PROTOCOL);
}
END_TEST

START_TEST(test_status) {
        static const struct {
                uint8_t status;
                HybridCause cause;
        } rows[] = {
                { CTAP2_ERR_NO_CREDENTIALS, HYBRID_CAUSE_NO_PASSKEY },
                { CTAP2_ERR_OPERATION_DENIED, HYBRID_CAUSE_DECLINED },
                { CTAP2_ERR_USER_ACTION_TIMEOUT, HYBRID_CAUSE_TIMEOUT },
                { CTAP2_ERR_OTHER, HYBRID_CAUSE_AUTHENTICATOR },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                const Phone phone = { .status = rows[i].status };

                ck_assert_int_eq(respond(&(RequestSetup){}, NULL, &phone, &answer),
                                 HYBRID_E_REFUSED);
                ck_assert_uint_eq(answer.failure.cause, rows[i].cause);
                ck_assert_uint_eq(answer.failure.ctap_status, rows[i].status);
        }
}
END_TEST

/* userHandle is there or is not; it is never null and never empty. */
START_TEST(test_user_handle) {
        static const struct {
                Phone phone;
                const char *expected;
        } rows[] = {
                { {}, "AQI" },
                { { .user_id = "ff" }, "_w" },
                { { .names_no_user = true }, NULL },
                { { .user_id = "" }, NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                const RequestSetup setup = { { ALLOW(ALLOW_PHONE) } };
                const json_t *user;

                ck_assert_int_eq(respond(&setup, NULL, &rows[i].phone, &answer), 0);
                user = json_get2(answer.json, "response", "userHandle");
                if (rows[i].expected)
                        ck_assert_str_eq(json_string_value(user), rows[i].expected);
                else
                        ck_assert_ptr_null(user);
        }
}
END_TEST

/* clientExtensionResults, as text. */
START_TEST(test_extension_results) {
#define BY_CREDENTIAL(more)                                                                        \
        { "extensions.prf", "{\"evalByCredential\":{\"qrs\":{\"first\":\"AQ\"}}" more "}" }
#define RESULT_ONE "{\"prf\":{\"results\":{\"first\":\"" BASE64_11 "\"}}}"
#define RESULT_TWO                                                                                 \
        "{\"prf\":{\"results\":{\"first\":\"" BASE64_11 "\",\"second\":\"" BASE64_22 "\"}}}"
        static const struct {
                RequestSetup setup;
                Phone phone;
                const char *get_info;
                const char *expected;
        } rows[] = {
                { {}, {}, NULL, "{}" },
                { { { { "extensions.credProps", "true" } } }, {}, NULL, "{}" },
                { { { ASK_PRF } }, {}, NULL, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, {}, NULL, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, {}, INFO_PLAIN, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, { .unsigned_extensions = "a0" }, NULL, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, { .unsigned_extensions = PRF "a0" }, NULL, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, { .unsigned_extensions = ONE }, NULL, RESULT_ONE },
                { { { ASK_EVAL_TWO } }, { .unsigned_extensions = TWO }, NULL, RESULT_TWO },
                { { { ASK_EVAL_TWO } }, { .unsigned_extensions = ONE }, NULL, RESULT_ONE },
                { { { BY_CREDENTIAL(""), ALLOW(ALLOW_AABB "," ALLOW_PHONE) } },
                  { .unsigned_extensions = ONE, .credential_id = "aabb" },
                  NULL,
                  RESULT_ONE },

                /* What nobody asked for is dropped. */
                { {}, { .unsigned_extensions = ONE }, NULL, "{}" },
                { {}, { .unsigned_extensions = PRF "f5" }, NULL, "{}" },
                { { { ASK_PRF } }, { .unsigned_extensions = ONE }, NULL, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, { .unsigned_extensions = ONE }, INFO_PLAIN, "{\"prf\":{}}" },
                { { { ASK_EVAL } }, { .unsigned_extensions = TWO }, NULL, RESULT_ONE },
                { { { ASK_EVAL } },
                  { .unsigned_extensions = PRF "a167656e61626c6564f5" },
                  NULL,
                  "{\"prf\":{}}" },
                { { { BY_CREDENTIAL(""), ALLOW(ALLOW_AABB "," ALLOW_PHONE) } },
                  { .unsigned_extensions = ONE }, /* of the other credential */
                  NULL,
                  "{\"prf\":{}}" },
                { { { BY_CREDENTIAL(",\"eval\":{\"first\":\"AQ\",\"second\":\"Ag\"}"),
                      ALLOW(ALLOW_AABB "," ALLOW_PHONE) } },
                  { .unsigned_extensions = TWO, .credential_id = "aabb" },
                  NULL,
                  RESULT_ONE },
                { { { BY_CREDENTIAL(",\"eval\":{\"first\":\"AQ\",\"second\":\"Ag\"}"),
                      ALLOW(ALLOW_AABB "," ALLOW_PHONE) } },
                  { .unsigned_extensions = TWO },
                  NULL,
                  RESULT_TWO },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                char *text;

                ck_assert_msg(respond(&rows[i].setup, rows[i].get_info, &rows[i].phone, &answer) ==
                                      0,
                              "row %zu: %s", i, answer.failure.detail);
                text = json_dumps(json_object_get(answer.json, "clientExtensionResults"),
                                  JSON_COMPACT);
                ck_assert_msg(strcmp(text, rows[i].expected) == 0, "row %zu: %s", i, text);
                free(text);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-assertion", &tcase);

        tcase_add_test(tcase, test_whole_answer);
        tcase_add_test(tcase, test_signature);
        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_wrong_replies);
        tcase_add_test(tcase, test_registration_reply);
        tcase_add_test(tcase, test_status);
        tcase_add_test(tcase, test_user_handle);
        tcase_add_test(tcase, test_extension_results);
        return unit_run(suite);
}
