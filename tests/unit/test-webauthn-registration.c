/* SPDX-License-Identifier: MIT */

/*
 * Registrations after the command: what is made of a phone's reply, and what of a wrong one.
 */

#include <errno.h>

#include "webauthn-fixture.h"

static const char base_json[] = "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                                "\"user\":{\"id\":\"AQI\",\"name\":\"alice\","
                                "\"displayName\":\"Alice\"},"
                                "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                                "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7},"
                                "{\"type\":\"public-key\",\"alg\":-8},"
                                "{\"type\":\"public-key\",\"alg\":-53}]}";

/* ---- keys and extension outputs ---- */

#define ED25519_X "44e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832"
#define ED25519   "a4010103272006215820" ED25519_X
#define ED448                                                                                      \
        "a4010103383420072158398051ef4f94670b5abf17da2e9558ba6eba94eb8704363915b4d666de287ad3"     \
        "29de9f1f075211aba602dc6e7a5e52b15a8ee1c984a9f8887380"
#define P384_X                                                                                     \
        "4866bd8b01da789e9eb806e5eab05ae5a638542296ab057a2f1bbce9b58f8a08"                         \
        "b9171390b58a37ac7fffc2c5f45857da"
#define P384_Y                                                                                     \
        "a0b024c7f4b72072a1f96bd30a7261aae9571dd39870eb29e55c0941c6b08e89"                         \
        "629a1ea1216aa64ce57c2807bf3901a0"
#define ES384                                                                                      \
        "a50102033822200221"                                                                       \
        "5830" P384_X "225830" P384_Y
#define OFF_CURVE                                                                                  \
        "a501020326200121582060fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"     \
        "2258207903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462298"

#define BYTES_32  "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER_32  "2222222222222222222222222222222222222222222222222222222222222222"
#define BASE64_11 "ERERERERERERERERERERERERERERERERERERERERERE"
#define BASE64_22 "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"
#define ENABLED   "67656e61626c6564f5"
#define DISABLED  "67656e61626c6564f4"
#define RESULTS   "67726573756c7473"
#define FIRST     "656669727374"
#define SECOND    "667365636f6e64"
#define PRF       "a163707266"

#define ASK_PRF                                                                                    \
        { "extensions.prf", "{}" }
#define ASK_EVAL                                                                                   \
        { "extensions.prf", "{\"eval\":{\"first\":\"AQ\"}}" }
#define ASK_EVAL_TWO                                                                               \
        { "extensions.prf", "{\"eval\":{\"first\":\"AQ\",\"second\":\"Ag\"}}" }
#define ASK_UV                                                                                     \
        { "authenticatorSelection.userVerification", "\"required\"" }
#define ASK_DIRECT                                                                                 \
        { "attestation", "\"direct\"" }

typedef struct Answer {
        HybridFailure failure;
        HybridAuthenticator authenticator;
        char *text;
        json_t *json;
} Answer;

static void answer_done(Answer *answer) {
        json_decref(answer->json);
        free(answer->text);
}

static int respond(const RequestSetup *setup, const char *get_info_hex, const Phone *phone,
                   Answer *ret) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(get_info_hex ? get_info_hex : INFO_FULL);
        _bytes_ reply = phone_register(phone);
        int r;

        ck_assert_int_eq(request_new(HYBRID_CREATE, base_json, setup, &webauthn, &ret->failure), 0);
        r = hybrid_webauthn_response(webauthn, get_info.data, get_info.n, reply.data, reply.n,
                                     &ret->text, &ret->authenticator, &ret->failure);
        if (r == 0) {
                ret->json = json_loads(ret->text, JSON_REJECT_DUPLICATES, NULL);
                ck_assert_ptr_nonnull(ret->json);
        } else {
                ck_assert_ptr_null(ret->text);
                ck_assert(!ret->authenticator.has_aaguid);
        }
        return r;
}

/* Every byte of the answer, in the order of its members. */
START_TEST(test_whole_answer) {
        static const char expected[] =
                "{\"id\":\"oaKjpKWmp6g\",\"rawId\":\"oaKjpKWmp6g\",\"type\":\"public-key\","
                "\"authenticatorAttachment\":\"cross-platform\",\"clientExtensionResults\":{},"
                "\"response\":{\"clientDataJSON\":\"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmd"
                "lIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyIsIm9yaWdpbiI6Imh0dHBzOi8vbG9naW4uZXhhbXBsZS5j"
                "b20iLCJjcm9zc09yaWdpbiI6ZmFsc2V9\",\"authenticatorData\":\"o3mm9u6vuaVeN4wRgDTidR5"
                "oL6ufLTCrE9ISVYbOGUddAAAAAN4eVS3bHUQjphlWa2Jc3IQACKGio6SlpqeopQECAyYgASFYIGD-1LolW"
                "p0xyWHrdMY1bWjASbiSO2H6bOZpYi5g8p-2IlggeQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk"
                "\",\"transports\":[\"hybrid\",\"internal\"],\"publicKey\":"
                "\"MFkwEwYHKoZIzj0CAQYIKoZ"
                "Izj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A_4QCLi8maQa6elWKLxk8vGyD"
                "C1-n1F3o8KU1EYimQ\",\"publicKeyAlgorithm\":-7,\"attestationObject\":"
                "\"o2NmbXRkbm9uZ"
                "WdhdHRTdG10oGhhdXRoRGF0YViMo3mm9u6vuaVeN4wRgDTidR5oL6ufLTCrE9ISVYbOGUddAAAAAN4eVS3"
                "bHUQjphlWa2Jc3IQACKGio6SlpqeopQECAyYgASFYIGD-1LolWp0xyWHrdMY1bWjASbiSO2H6bOZpYi5g8"
                "p-2IlggeQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk\"}}";
        _cleanup_(answer_done) Answer answer = {};
        _bytes_ aaguid = bytes_from_hex(PHONE_AAGUID);

        ck_assert_int_eq(respond(&(RequestSetup){}, NULL, &(Phone){}, &answer), 0);
        ck_assert_str_eq(answer.text, expected);
        ck_assert(answer.authenticator.has_aaguid);
        assert_bytes_eq(answer.authenticator.aaguid, HYBRID_AAGUID_SIZE, aaguid.data, aaguid.n);
}
END_TEST

/* What else is fine. */
START_TEST(test_valid) {
        static const struct {
                const char *why;
                Phone phone;
                RequestSetup setup;
                const char *get_info;
        } rows[] = {
                { "no verified user, and none required", { .flags_off = AUTH_DATA_UV } },
                { "verified user, as required", {}, { { ASK_UV } } },
                { "not backed up", { .flags_off = AUTH_DATA_BE | AUTH_DATA_BS } },
                { "no extension outputs in an empty map", { .signed_extensions = "a0" } },
                { "signed output without results",
                  { .signed_extensions = PRF "a1" ENABLED },
                  { { ASK_PRF } } },
                { "another algorithm of those asked for", { .public_key = ED25519 } },
                { "one that is not known here", { .public_key = ED448 } },
                { "an unsigned output nobody asked for",
                  { .unsigned_extensions = "a1696c61726765426c6f62a0" } },
                { "the RP ID of the origin",
                  { .rp_id = "login.example.com" },
                  { { { "rp.id", NULL } } } },
                { "the phone's AAGUID is zero", { .aaguid = "00000000000000000000000000000000" } },
                { "a deep statement nobody reads",
                  { .att_stmt = "a161618181818181"
                                "8100" } },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                int r = respond(&rows[i].setup, rows[i].get_info, &rows[i].phone, &answer);

                ck_assert_msg(r == 0, "%s: %s", rows[i].why, answer.failure.detail);
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
                { "RP ID in upper case",
                  "the reply is for another RP ID",
                  { .rp_id = "EXAMPLE.COM" } },
                { "no user", "no user was present", { .flags_off = AUTH_DATA_UP } },
                { "no verified user",
                  "the user was not verified",
                  { .flags_off = AUTH_DATA_UV },
                  { { ASK_UV } } },
                { "no credential", "no attested credential data", { .flags_off = AUTH_DATA_AT } },
                { "flag of extensions without any",
                  "the authenticator data are malformed",
                  { .flags_on = AUTH_DATA_ED } },
                { "authenticator data with a byte more",
                  "the authenticator data are malformed",
                  { .auth_data_suffix = "00" } },
                { "credential id of no bytes",
                  "the authenticator data are malformed",
                  { .credential_id = "" } },
                { "algorithm nobody asked for",
                  "a key of an algorithm nobody asked for",
                  { .public_key = ES384 } },
                { "ES256 point not on the curve",
                  "the public key is not valid",
                  { .public_key = OFF_CURVE } },
                { "key without a type", "the public key is not valid", { .public_key = "a10326" } },
                { "ES256 key on another curve",
                  "the public key is not valid",
                  { .public_key = "a401010326200621"
                                  "5820" ED25519_X } },
                { "signed output of another extension",
                  "an extension output nobody asked for",
                  { .signed_extensions = "a16b6372656450726f7465637402" } },
                { "signed output nobody asked for",
                  "an extension output nobody asked for",
                  { .signed_extensions = PRF "a1" ENABLED } },
                { "signed output of what was not sent",
                  "an extension output nobody asked for",
                  { .signed_extensions = PRF "a1" ENABLED },
                  { { ASK_PRF } },
                  INFO_PLAIN },
                { "signed output with results",
                  "an extension output nobody asked for",
                  { .signed_extensions = PRF "a1" RESULTS "a1" FIRST "5820" BYTES_32 },
                  { { ASK_EVAL } } },
                { "signed output of no map",
                  "an extension output nobody asked for",
                  { .signed_extensions = PRF "f5" },
                  { { ASK_PRF } } },
                { "signed output next to one asked for",
                  "an extension output nobody asked for",
                  { .signed_extensions = "a263707266a0616100" },
                  { { ASK_PRF } } },
                { "signed output with a number for its name",
                  "an extension output nobody asked for",
                  { .signed_extensions = "a10102" },
                  { { ASK_PRF } } },
                { "PRF result too short",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a2" ENABLED RESULTS "a1" FIRST "41aa" },
                  { { ASK_EVAL } } },
                { "PRF result too long",
                  "the PRF output is malformed",
                  { .unsigned_extensions =
                            PRF "a2" ENABLED RESULTS "a1" FIRST "5821" BYTES_32 "00" },
                  { { ASK_EVAL } } },
                { "second PRF result too short",
                  "the PRF output is malformed",
                  { .unsigned_extensions =
                            PRF "a2" ENABLED RESULTS "a2" FIRST "5820" BYTES_32 SECOND "41aa" },
                  { { ASK_EVAL_TWO } } },
                { "PRF results of no map",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a2" ENABLED RESULTS "5820" BYTES_32 },
                  { { ASK_EVAL } } },
                { "PRF output of no map",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "f5" },
                  { { ASK_PRF } } },
                { "PRF enabled by a number",
                  "the PRF output is malformed",
                  { .unsigned_extensions = PRF "a167656e61626c656401" },
                  { { ASK_PRF } } },
                { "getInfo that is none", "the getInfo response is malformed", {}, {}, "80" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = { .failure.http_status = 1 };
                int r = respond(&rows[i].setup, rows[i].get_info, &rows[i].phone, &answer);

                ck_assert_msg(r == HYBRID_E_REFUSED, "accepted: %s", rows[i].why);
                ck_assert_uint_eq(answer.failure.cause, HYBRID_CAUSE_PROTOCOL);
                ck_assert_uint_eq(answer.failure.stage, HYBRID_STAGE_COMMAND);
                ck_assert_uint_eq(answer.failure.ctap_status, 0);
                ck_assert_int_eq(answer.failure.http_status, 0);
                ck_assert_msg(strcmp(answer.failure.detail, rows[i].detail) == 0, "%s: %s",
                              rows[i].why, answer.failure.detail);
        }
}
END_TEST

START_TEST(test_status) {
        static const struct {
                uint8_t status;
                HybridCause cause;
        } rows[] = {
                { 0x05, HYBRID_CAUSE_TIMEOUT },
                { 0x16, HYBRID_CAUSE_UNSUPPORTED },
                { 0x19, HYBRID_CAUSE_ALREADY_REGISTERED },
                { 0x26, HYBRID_CAUSE_UNSUPPORTED },
                { 0x27, HYBRID_CAUSE_DECLINED },
                { 0x2b, HYBRID_CAUSE_UNSUPPORTED },
                { 0x2d, HYBRID_CAUSE_DECLINED },
                { 0x2e, HYBRID_CAUSE_NO_PASSKEY },
                { 0x2f, HYBRID_CAUSE_TIMEOUT },
                { 0x3a, HYBRID_CAUSE_TIMEOUT },
                { 0x01, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x12, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x28, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x2c, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x30, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x36, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x3b, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x3f, HYBRID_CAUSE_AUTHENTICATOR },
                { 0x7f, HYBRID_CAUSE_AUTHENTICATOR },
                { 0xff, HYBRID_CAUSE_AUTHENTICATOR },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                const Phone phone = { .status = rows[i].status };

                ck_assert_int_eq(respond(&(RequestSetup){}, NULL, &phone, &answer),
                                 HYBRID_E_REFUSED);
                ck_assert_msg(answer.failure.cause == rows[i].cause, "%02x", rows[i].status);
                ck_assert_uint_eq(answer.failure.ctap_status, rows[i].status);
                ck_assert_uint_eq(answer.failure.stage, HYBRID_STAGE_COMMAND);
                ck_assert_int_eq(answer.failure.timed_out, rows[i].cause == HYBRID_CAUSE_TIMEOUT);
        }
}
END_TEST

START_TEST(test_empty_reply) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(INFO_FULL);
        HybridAuthenticator authenticator = {};
        HybridFailure failure;
        char *text = NULL;

        ck_assert_int_eq(
                request_new(HYBRID_CREATE, base_json, &(RequestSetup){}, &webauthn, &failure), 0);
        ck_assert_int_eq(hybrid_webauthn_response(webauthn, get_info.data, get_info.n,
                                                  get_info.data, 0, &text, &authenticator,
                                                  &failure),
                         HYBRID_E_REFUSED);
        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_PROTOCOL);
}
END_TEST

/* The attestation object, and that the authenticator data in it are the phone's. */
START_TEST(test_attestation) {
#define SELF     "a263616c672663736967420102"
#define WITH_X5C "a363616c67266373696742010263783563814103"
#define UNORDERED                                                                                  \
        "a2637369674201026361"                                                                     \
        "6c6726"
#define NOBODY      "00000000000000000000000000000000"
#define OBJECT_NONE "a363666d74646e6f6e656761747453746d74a0"
#define OBJECT(s)   "a363666d74667061636b65646761747453746d74" s
        static const struct {
                Phone phone;
                RequestSetup setup;
                const char *object; /* up to the authenticator data */
        } rows[] = {
                { {}, {}, OBJECT_NONE },
                { { .fmt = "packed", .att_stmt = SELF }, {}, OBJECT_NONE },
                { { .fmt = "packed", .att_stmt = SELF, .aaguid = NOBODY }, {}, OBJECT(SELF) },
                { { .fmt = "packed", .att_stmt = WITH_X5C, .aaguid = NOBODY }, {}, OBJECT_NONE },
                { { .fmt = "packe", .att_stmt = SELF, .aaguid = NOBODY }, {}, OBJECT_NONE },
                { { .fmt = "packed2", .att_stmt = SELF, .aaguid = NOBODY }, {}, OBJECT_NONE },
                { { .fmt = "packed", .att_stmt = WITH_X5C },
                  { { { "attestation", "\"none\"" } } },
                  OBJECT_NONE },
                { { .fmt = "packed", .att_stmt = WITH_X5C },
                  { { { "attestation", "\"whatever\"" } } },
                  OBJECT_NONE },
                { { .fmt = "packed", .att_stmt = WITH_X5C }, { { ASK_DIRECT } }, OBJECT(WITH_X5C) },
                { { .fmt = "packed", .att_stmt = WITH_X5C },
                  { { { "attestation", "\"indirect\"" } } },
                  OBJECT(WITH_X5C) },
                { { .fmt = "packed", .att_stmt = WITH_X5C },
                  { { { "attestation", "\"enterprise\"" } } },
                  OBJECT(WITH_X5C) },
                { { .fmt = "packed", .att_stmt = UNORDERED },
                  { { ASK_DIRECT } },
                  OBJECT(UNORDERED) }, /* byte for byte, canonical or not */
                { {}, { { ASK_DIRECT } }, OBJECT_NONE },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                _bytes_ auth_data = phone_auth_data(&rows[i].phone, AUTH_DATA_AT);
                _bytes_ expected = bytes_from_hex(rows[i].object);
                _bytes_ object = {}, given = {};
                const json_t *response;
                CborItem item, value;

                ck_assert_int_eq(respond(&rows[i].setup, NULL, &rows[i].phone, &answer), 0);
                response = json_object_get(answer.json, "response");
                object = json_base64url(response, "attestationObject");
                given = json_base64url(response, "authenticatorData");
                assert_bytes_eq(given.data, given.n, auth_data.data, auth_data.n);

                ck_assert_msg(object.n > expected.n &&
                                      memcmp(object.data, expected.data, expected.n) == 0,
                              "row %zu", i);
                ck_assert_int_eq(cbor_item_parse(object.data, object.n, 8, 0, &item), 0);
                ck_assert_int_eq(cbor_item_map_get_text(item, "authData", &value), 0);
                ck_assert_int_eq(cbor_item_get_bytes_exact(value, given.data, given.n), 0);
                assert_bytes_eq(given.data, given.n, auth_data.data, auth_data.n);
        }
}
END_TEST

START_TEST(test_transports) {
        static const struct {
                const char *list; /* CBOR array, or NULL */
                const char *expected;
        } rows[] = {
                { NULL, "[\"hybrid\",\"internal\"]" },
                { "8268696e7465726e616c66687962726964", "[\"hybrid\",\"internal\"]" },
                { "836563"
                  "61626c65"
                  "66687962726964"
                  "68696e7465726e616c",
                  "[\"hybrid\",\"internal\"]" },
                { "8168696e7465726e616c", "[\"hybrid\",\"internal\"]" }, /* we came by it */
                { "80", "[\"hybrid\"]" },
                { "8263757362636e6663", "[\"hybrid\",\"nfc\",\"usb\"]" },
                { "83"
                  "63757362"
                  "63757362"
                  "6a736d6172742d63617264",
                  "[\"hybrid\",\"smart-card\",\"usb\"]" },
                { "82"
                  "63626c65"
                  "6122",
                  "[\"ble\",\"hybrid\"]" }, /* the unknown is dropped */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                char get_info[256];
                char *text;

                snprintf(get_info, sizeof(get_info), "%s%s%s%s", rows[i].list ? "a3" : "a2",
                         INFO_VERSIONS INFO_RK_UV, rows[i].list ? "09" : "",
                         rows[i].list ? rows[i].list : "");
                ck_assert_int_eq(respond(&(RequestSetup){}, get_info, &(Phone){}, &answer), 0);
                text = json_dumps(json_get2(answer.json, "response", "transports"), JSON_COMPACT);
                ck_assert_str_eq(text, rows[i].expected);
                free(text);
        }
}
END_TEST

START_TEST(test_public_key) {
        static const struct {
                const char *key;
                const char *params;
                int algorithm;
                const char *spki; /* NULL: the member is absent */
        } rows[] = {
                { ED25519, NULL, -8, "302a300506032b6570032100" ED25519_X },
                { ED448, NULL, -53, NULL },
                { ES384,
                  "[{\"type\":\"public-key\",\"alg\":-7},{\"type\":\"public-key\",\"alg\":-35}]",
                  -35, "3076301006072a8648ce3d020106052b8104002203620004" P384_X P384_Y },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                const Phone phone = { .public_key = rows[i].key };
                const RequestSetup setup = {
                        .changes[0] = { rows[i].params ? "pubKeyCredParams" : NULL,
                                        rows[i].params },
                };
                const json_t *response;

                ck_assert_int_eq(respond(&setup, NULL, &phone, &answer), 0);
                response = json_object_get(answer.json, "response");
                ck_assert_int_eq(
                        json_integer_value(json_object_get(response, "publicKeyAlgorithm")),
                        rows[i].algorithm);
                ck_assert_int_eq(!!json_object_get(response, "publicKey"), !!rows[i].spki);
                if (rows[i].spki) {
                        _bytes_ expected = bytes_from_hex(rows[i].spki);
                        _bytes_ spki = json_base64url(response, "publicKey");

                        assert_bytes_eq(spki.data, spki.n, expected.data, expected.n);
                }
        }
}
END_TEST

/* clientExtensionResults, as text. */
START_TEST(test_extension_results) {
#define RESULT_11 "{\"prf\":{\"enabled\":true,\"results\":{\"first\":\"" BASE64_11 "\"}}}"
        static const struct {
                RequestSetup setup;
                const char *outputs; /* of the reply, unsigned */
                const char *get_info;
                const char *expected;
        } rows[] = {
                { {}, NULL, NULL, "{}" },
                { { { { "extensions.credProps", "true" } } },
                  NULL,
                  NULL,
                  "{\"credProps\":{\"rk\":true}}" },
                { { { { "extensions.credProps", "false" } } }, NULL, NULL, "{}" },
                { { { { "extensions.credProps", "true" } } },
                  NULL,
                  "a2" INFO_VERSIONS INFO_UV,
                  "{\"credProps\":{\"rk\":false}}" },
                { { { ASK_PRF } }, NULL, NULL, "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF } }, "a0", NULL, "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF } }, PRF "a0", NULL, "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF } }, PRF "a1" DISABLED, NULL, "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF } }, PRF "a1" ENABLED, NULL, "{\"prf\":{\"enabled\":true}}" },
                { {
                          { ASK_PRF },
                  },
                  NULL,
                  INFO_PLAIN,
                  "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF, { "extensions.credProps", "true" } } },
                  PRF "a1" ENABLED,
                  NULL,
                  "{\"credProps\":{\"rk\":true},\"prf\":{\"enabled\":true}}" },
                { { { ASK_EVAL } },
                  PRF "a2" ENABLED RESULTS "a1" FIRST "5820" BYTES_32,
                  NULL,
                  RESULT_11 },
                { { { ASK_EVAL_TWO } },
                  PRF "a2" ENABLED RESULTS "a2" FIRST "5820" BYTES_32 SECOND "5820" OTHER_32,
                  NULL,
                  "{\"prf\":{\"enabled\":true,\"results\":{\"first\":\"" BASE64_11
                  "\",\"second\":\"" BASE64_22 "\"}}}" },
                { { { ASK_EVAL_TWO } },
                  PRF "a2" ENABLED RESULTS "a1" FIRST "5820" BYTES_32,
                  NULL,
                  RESULT_11 },

                /* What nobody asked for is dropped. */
                { {}, PRF "a1" ENABLED, NULL, "{}" },
                { {}, PRF "f5", NULL, "{}" },
                { {}, "a1696c61726765426c6f62a0", NULL, "{}" },
                { { { ASK_PRF } }, PRF "a1" ENABLED, INFO_PLAIN, "{\"prf\":{\"enabled\":false}}" },
                { { { ASK_PRF } },
                  PRF "a2" ENABLED RESULTS "a1" FIRST "5820" BYTES_32,
                  NULL,
                  "{\"prf\":{\"enabled\":true}}" },
                { { { ASK_EVAL } },
                  PRF "a2" ENABLED RESULTS "a2" FIRST "5820" BYTES_32 SECOND "5820" OTHER_32,
                  NULL,
                  RESULT_11 },
                { { { ASK_EVAL } },
                  PRF "a2" DISABLED RESULTS "a1" FIRST "5820" BYTES_32,
                  NULL,
                  "{\"prf\":{\"enabled\":false}}" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(answer_done) Answer answer = {};
                const Phone phone = { .unsigned_extensions = rows[i].outputs };
                char *text;

                ck_assert_msg(respond(&rows[i].setup, rows[i].get_info, &phone, &answer) == 0,
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
        Suite *suite = unit_suite("webauthn-registration", &tcase);

        tcase_add_test(tcase, test_whole_answer);
        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_wrong_replies);
        tcase_add_test(tcase, test_status);
        tcase_add_test(tcase, test_empty_reply);
        tcase_add_test(tcase, test_attestation);
        tcase_add_test(tcase, test_transports);
        tcase_add_test(tcase, test_public_key);
        tcase_add_test(tcase, test_extension_results);
        return unit_run(suite);
}
