/* SPDX-License-Identifier: MIT */

/*
 * Reading the request for a registration.
 */

#include <errno.h>

#include "webauthn-fixture.h"
#include "webauthn/request.h"

static const char base_json[] = "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                                "\"user\":{\"id\":\"AQI\",\"name\":\"alice\","
                                "\"displayName\":\"Alice\"},"
                                "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                                "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7},"
                                "{\"type\":\"public-key\",\"alg\":-257}]}";

#define ID_64                                                                                      \
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const RequestSetup valid[] = {
        {},
        { { { "rp.id", "\"login.example.com\"" } } },
        { { { "rp.id", NULL } } },
        { { { "rp.id", "null" } } },
        { { { "rp.name", NULL } } },
        { { { "rp.name", "\"\"" } } },
        { { { "user.name", NULL } } },
        { { { "user.displayName", NULL }, { "user.name", NULL } } },
        { { { "user.id", "\"AA\"" } } },
        { { { "user.id", "\"" ID_64 "\"" } } },
        { { { "user.icon", "1" } } },
        { { { "challenge", "\"AA\"" } } },
        { { { "pubKeyCredParams", "[]" } } },
        { { { "pubKeyCredParams", "[{\"type\":\"public-key\",\"alg\":-7}]" } } },
        { { { "pubKeyCredParams", "[{\"type\":\"x\",\"alg\":-8},"
                                  "{\"type\":\"public-key\",\"alg\":-7,\"x\":1}]" } } },
        { { { "timeout", "null" } } },
        { { { "excludeCredentials", "[]" } } },
        { { { "excludeCredentials", "null" } } },
        { { { "excludeCredentials", "[{\"type\":\"x\",\"id\":5}]" } } },
        { { { "excludeCredentials",
              "[{\"type\":\"public-key\",\"id\":\"AQ\",\"transports\":7}]" } } },
        { { { "authenticatorSelection", "{}" } } },
        { { { "authenticatorSelection", "null" } } },
        { { { "authenticatorSelection.residentKey", "\"x\"" } } },
        { { { "authenticatorSelection.userVerification", "\"\"" } } },
        { { { "authenticatorSelection.authenticatorAttachment", "\"x\"" } } },
        { { { "authenticatorSelection.authenticatorAttachment", "\"cross-platform\"" } } },
        { { { "authenticatorSelection.authenticatorAttachment", "\"platform\"" },
            { "hints", "[\"client-device\",\"hybrid\"]" } } },
        { { { "hints", "[1,\"x\"]" } } },
        { { { "attestation", "\"x\"" } } },
        { { { "attestationFormats", "[5,\"x\"]" } } },
        { { { "extensions", "{}" } } },
        { { { "extensions.x", "{\"y\":[1]}" } } },
        { { { "extensions.largeBlob", "{}" } } },
        { { { "extensions.largeBlob", "{\"support\":\"preferred\"}" } } },
        { { { "extensions.largeBlob", "{\"support\":\"x\",\"read\":null}" } } },
        { { { "extensions.minPinLength", "true" } } },
        { { { "extensions.appidExclude", "\"https://example.com\"" } } },
        { { { "extensions.appid", "5" } } }, /* for signing in only */
        { { { "extensions.credentialProtectionPolicy", "\"x\"" },
            { "extensions.enforceCredentialProtectionPolicy", "true" } } },
        { { { "hints", "null" } } },
        { { { "hints", "[]" } } },
        { { { "attestation", "\"enterprise\"" } } },
        { { { "extensions.credProps", "null" } } },
        { { { "extensions.prf", "{}" } } },
        { { { "extensions.prf", "{\"eval\":null,\"evalByCredential\":null}" } } },
        { { { "extensions.prf", "{\"eval\":{\"first\":\"\",\"second\":null,\"third\":1}}" } } },
        { { { "x", "{\"y\":1}" } } },
        { .top_origin = "https://example.org" },
        { .top_origin = "https://login.example.com" },
        { { { "rp.id", NULL } }, .origin = "http://localhost:8080" },
};

static const struct {
        RequestSetup setup;
        HybridCause cause;
} invalid[] = {
        { { { { "rp", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rp", "\"example.com\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rp", "null" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rp.id", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rp.name", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rp.id", "\"\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rp.id", "\"com\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rp.id", "\"example.org\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rp.id", "\"a.login.example.com\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "user", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user", "[]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", "\"\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", "\"" ID_64 "AA\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", "\"AQI=\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", "\"AQ I\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.id", "[1,2]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.name", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "user.displayName", "{}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "\"\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "\"A\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "\"AB\"" } } }, HYBRID_CAUSE_BAD_REQUEST }, /* bits left over */
        { { { { "challenge", "\"AA+/\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "[0]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", NULL }, { "challengeUrl", "\"https://example.com\"" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "{}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[-7]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[{\"alg\":-7}]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[{\"type\":\"public-key\"}]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[{\"type\":\"public-key\",\"alg\":\"-7\"}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[{\"type\":\"public-key\",\"alg\":-7.5}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "pubKeyCredParams", "[{\"type\":\"public-key\",\"alg\":-257}]" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { { "pubKeyCredParams", "[{\"type\":\"x\",\"alg\":-7}]" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { { "timeout", "\"60000\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "timeout", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "{}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[\"AQ\"]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[{\"id\":\"AQ\"}]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[{\"type\":\"public-key\"}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[{\"type\":\"public-key\",\"id\":\"\"}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[{\"type\":\"public-key\",\"id\":\"AQ==\"}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "excludeCredentials", "[{\"type\":\"public-key\",\"id\":7}]" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection", "[]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection.residentKey", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection.requireResidentKey", "\"true\"" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection.userVerification", "1" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection.authenticatorAttachment", "1" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "authenticatorSelection.authenticatorAttachment", "\"platform\"" } } },
          HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT },
        { { { { "authenticatorSelection.authenticatorAttachment", "\"platform\"" },
              { "hints", "[\"client-device\"]" } } },
          HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT },
        { { { { "attestation", "{}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "attestationFormats", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "attestationFormats", "\"packed\"" }, { "attestation", "\"direct\"" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "hints", "\"hybrid\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.minPinLength", "4" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.appidExclude", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.credentialProtectionPolicy", "2" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.enforceCredentialProtectionPolicy", "1" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "{\"support\":true}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "{\"support\":\"required\"}" } } },
          HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT },
        { { { { "extensions.largeBlob", "{\"read\":true}" } } }, HYBRID_CAUSE_UNSUPPORTED },
        { { { { "extensions.largeBlob", "{\"read\":false}" } } }, HYBRID_CAUSE_UNSUPPORTED },
        { { { { "extensions.largeBlob", "{\"support\":\"required\",\"write\":\"AQ\"}" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { { "extensions", "[]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.credProps", "1" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"eval\":\"AQ\"}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"eval\":{}}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"eval\":{\"second\":\"AQ\"}}" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"eval\":{\"first\":\"AQ=\"}}" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"eval\":{\"first\":\"AQ\",\"second\":1}}" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.prf", "{\"evalByCredential\":{}}" } } }, HYBRID_CAUSE_UNSUPPORTED },
        { { { { "extensions.prf", "{\"evalByCredential\":{\"AQ\":{\"first\":\"AQ\"}}}" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { .origin = "https://example.org" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .origin = "http://login.example.com" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .origin = "https://login.example.com/" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .origin = "https://192.168.0.1" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .top_origin = "http://example.org" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .top_origin = "null" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .top_origin = "" }, HYBRID_CAUSE_ORIGIN_REFUSED },
};

START_TEST(test_valid) {
        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                HybridFailure failure = {};

                ck_assert_msg(
                        request_new(HYBRID_CREATE, base_json, &valid[i], &webauthn, &failure) == 0,
                        "row %zu: %s", i, failure.detail);
        }
}
END_TEST

START_TEST(test_invalid) {
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                HybridWebauthn *webauthn = NULL;
                HybridFailure failure = { .http_status = 1 };

                ck_assert_msg(request_new(HYBRID_CREATE, base_json, &invalid[i].setup, &webauthn,
                                          &failure) == HYBRID_E_REFUSED,
                              "row %zu", i);
                ck_assert_msg(failure.cause == invalid[i].cause, "row %zu: %s", i, failure.detail);
                ck_assert_uint_eq(failure.stage, HYBRID_STAGE_REQUEST);
                ck_assert_int_eq(failure.http_status, 0);
                ck_assert_str_ne(failure.detail, "");
                ck_assert_ptr_null(webauthn);
        }
}
END_TEST

/* What is no JSON object, or not only one. */
START_TEST(test_json) {
        static const char *const texts[] = {
                "",
                " ",
                "null",
                "true",
                "7",
                "\"x\"",
                "[]",
                "{",
                "{}}",
                "{}{}",
                "{} x",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":2}}",
                "{'a':1}",
                "{\"a\":01}",
                "{\"a\":\"\xff\"}",
                "{\"a\":\"\\u0000\"}",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":\"\\udc00\"}",
                "{\"a\":\"\\udc00\\ud800\"}",
                "{\"a\":\"\\ud800x\"}",
                "{\"a\":\"\xed\xa0\x80\"}", /* the same in bytes */
                "{\"a\":\"\xf4\x90\x80\x80\"}",
                "{\"a\":\"\xc0\x80\"}",
                "{\"a\":1e999}",
                "{\"a\":99999999999999999999}",
                "\xef\xbb\xbf{}",
                "{}",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                const HybridWebauthnParams params = {
                        .operation = HYBRID_CREATE,
                        .json = texts[i],
                        .n_json = strlen(texts[i]),
                        .origin = "https://example.com",
                };
                HybridWebauthn *webauthn = NULL;
                HybridFailure failure;

                ck_assert_msg(hybrid_webauthn_new(&webauthn, &params, &failure) == HYBRID_E_REFUSED,
                              "accepted: %s", texts[i]);
                ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_BAD_REQUEST);
        }
}
END_TEST

/* A good request with white space behind it, up to the limit and one beyond. */
START_TEST(test_json_size) {
        static char text[HYBRID_REQUEST_JSON_SIZE_MAX + 1];
        HybridWebauthnParams params = {
                .operation = HYBRID_CREATE,
                .json = text,
                .n_json = HYBRID_REQUEST_JSON_SIZE_MAX,
                .origin = "https://example.com",
        };
        HybridWebauthn *webauthn = NULL;
        HybridFailure failure;

        memset(text, ' ', sizeof(text));
        memcpy(text, base_json, strlen(base_json));
        ck_assert_int_eq(hybrid_webauthn_new(&webauthn, &params, &failure), 0);
        webauthn = hybrid_webauthn_free(webauthn);
        params.n_json++;
        ck_assert_int_eq(hybrid_webauthn_new(&webauthn, &params, &failure), HYBRID_E_REFUSED);
        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_BAD_REQUEST);
        ck_assert_ptr_null(hybrid_webauthn_free(NULL));
}
END_TEST

START_TEST(test_accessors) {
        static const struct {
                RequestSetup setup;
                const char *rp_id;
                const char *origin;
                uint64_t timeout_sec;
        } rows[] = {
                { {}, "example.com", "https://login.example.com", 300 },
                { { { { "rp.id", NULL } } },
                  "login.example.com",
                  "https://login.example.com",
                  300 },
                { { { { "timeout", "0" } } }, "example.com", "https://login.example.com", 180 },
                { { { { "timeout", "-5" } } }, "example.com", "https://login.example.com", 180 },
                { { { { "timeout", "179999" } } },
                  "example.com",
                  "https://login.example.com",
                  180 },
                { { { { "timeout", "240000.9" } } },
                  "example.com",
                  "https://login.example.com",
                  240 },
                { { { { "timeout", "600001" } } },
                  "example.com",
                  "https://login.example.com",
                  600 },
                { { { { "timeout", "1e300" } } }, "example.com", "https://login.example.com", 600 },
                { { .origin = "https://example.com:443" },
                  "example.com",
                  "https://example.com",
                  300 },
                { { .origin = "https://example.com:8443" },
                  "example.com",
                  "https://example.com:8443",
                  300 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                HybridFailure failure;

                ck_assert_int_eq(
                        request_new(HYBRID_CREATE, base_json, &rows[i].setup, &webauthn, &failure),
                        0);
                ck_assert_str_eq(hybrid_webauthn_rp_id(webauthn), rows[i].rp_id);
                ck_assert_str_eq(hybrid_webauthn_origin(webauthn), rows[i].origin);
                ck_assert(hybrid_webauthn_timeout_usec(webauthn) == rows[i].timeout_sec * 1000000);
        }
}
END_TEST

START_TEST(test_client_data) {
        static const struct {
                RequestSetup setup;
                const char *expected;
        } rows[] = {
                { {},
                  "{\"type\":\"webauthn.create\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                  "\"origin\":\"https://login.example.com\",\"crossOrigin\":false}" },
                { { .origin = "https://example.com:443", .top_origin = "https://a.example:443" },
                  "{\"type\":\"webauthn.create\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                  "\"origin\":\"https://example.com\",\"crossOrigin\":true,"
                  "\"topOrigin\":\"https://a.example\"}" },
                { { .cross_origin = true },
                  "{\"type\":\"webauthn.create\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                  "\"origin\":\"https://login.example.com\",\"crossOrigin\":true}" },
                { { .cross_origin = true, .top_origin = "https://login.example.com" },
                  "{\"type\":\"webauthn.create\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                  "\"origin\":\"https://login.example.com\",\"crossOrigin\":true,"
                  "\"topOrigin\":\"https://login.example.com\"}" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                HybridFailure failure;

                ck_assert_int_eq(
                        request_new(HYBRID_CREATE, base_json, &rows[i].setup, &webauthn, &failure),
                        0);
                assert_bytes_eq(webauthn->client_data.data, webauthn->client_data.n,
                                rows[i].expected, strlen(rows[i].expected));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-create", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_json);
        tcase_add_test(tcase, test_json_size);
        tcase_add_test(tcase, test_accessors);
        tcase_add_test(tcase, test_client_data);
        return unit_run(suite);
}
