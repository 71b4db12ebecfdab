/* SPDX-License-Identifier: MIT */

/*
 * Sign-ins up to the command: reading the request, and what is sent to which phone.
 */

#include <errno.h>

#include "webauthn-fixture.h"

static const char base_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\"}";

/* Credential ids aabb, cc and 0102030405. */
#define ALLOW_AABB  "{\"type\":\"public-key\",\"id\":\"qrs\"}"
#define ALLOW_CC    "{\"type\":\"public-key\",\"id\":\"zA\"}"
#define ALLOW_LONG  "{\"type\":\"public-key\",\"id\":\"AQIDBAU\"}"
#define ALLOW_OTHER "{\"type\":\"x\",\"id\":\"qrs\"}"
#define ALLOW(list)                                                                                \
        { "allowCredentials", "[" list "]" }
#define PRF(input)                                                                                 \
        { "extensions.prf", input }

static const RequestSetup valid[] = {
        {},
        { { { "rpId", NULL } } },
        { { { "rpId", "null" } } },
        { { { "rpId", "\"login.example.com\"" } } },
        { { { "challenge", "\"AA\"" } } },
        { { { "allowCredentials", "[]" } } },
        { { { "allowCredentials", "null" } } },
        { { ALLOW(ALLOW_AABB) } },
        { { ALLOW(ALLOW_OTHER "," ALLOW_AABB) } },
        { { ALLOW("{\"type\":\"public-key\",\"id\":\"qrs\",\"transports\":{},\"x\":1}") } },
        { { { "userVerification", "\"required\"" } } },
        { { { "userVerification", "\"x\"" } } },
        { { { "hints", "[\"hybrid\",\"x\"]" } } },
        { { { "extensions", "null" } } },
        { { { "extensions", "{\"appid\":\"https://example.com\",\"x\":[]}" } } },
        { { { "extensions.credProps", "\"only for registrations\"" } } },
        { { { "extensions.largeBlob", "{\"read\":true}" } } },
        { { { "extensions.largeBlob", "{\"read\":false}" } } },
        { { { "extensions.largeBlob", "{\"support\":null,\"write\":null}" } } },
        { { ALLOW(ALLOW_AABB), { "extensions.largeBlob", "{\"write\":\"AQI\"}" } } },
        { { { "extensions.appidExclude", "5" } } }, /* for registering only */
        { { PRF("{}") } },
        { { PRF("{\"evalByCredential\":{}}") } },
        { { ALLOW(ALLOW_AABB), PRF("{\"evalByCredential\":{\"qrs\":{\"first\":\"AQ\"}}}") } },
        { .top_origin = "https://example.org:8443" },
        { { { "rpId", NULL } }, .origin = "http://a.localhost" },
};

static const struct {
        RequestSetup setup;
        HybridCause cause;
} invalid[] = {
        { { { { "challenge", NULL } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "null" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "\"\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "challenge", "\"====\"" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rpId", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "rpId", "\"\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rpId", "\"com\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rpId", "\"https://example.com\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "rpId", "\"evil.example\"" } } }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .origin = "https://example.com.evil.example" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .origin = "moz-extension://x" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { .top_origin = "https://example.org/" }, HYBRID_CAUSE_ORIGIN_REFUSED },
        { { { { "timeout", "[]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "userVerification", "true" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "allowCredentials", "{}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW("5") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW("{\"type\":\"public-key\",\"id\":\"\"}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW("{\"type\":\"public-key\",\"id\":null}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW("{\"type\":\"public-key\",\"id\":\"q+s\"}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW("{\"type\":1,\"id\":\"qrs\"}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW(ALLOW_AABB ",{}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW(ALLOW_OTHER) } }, HYBRID_CAUSE_UNSUPPORTED }, /* not the same as no list */
        { { { { "extensions", "7" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "hints", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.appid", "5" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "[]" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "{\"read\":1}" } } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW(ALLOW_AABB), { "extensions.largeBlob", "{\"write\":\"A\"}" } } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { { "extensions.largeBlob", "{\"write\":\"AQI\"}" } } }, HYBRID_CAUSE_UNSUPPORTED },
        { { { ALLOW(ALLOW_AABB "," ALLOW_CC), { "extensions.largeBlob", "{\"write\":\"AQI\"}" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { ALLOW(ALLOW_AABB),
              { "extensions.largeBlob", "{\"read\":false,\"write\":\"AQI\"}" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { { "extensions.largeBlob", "{\"support\":\"preferred\"}" } } },
          HYBRID_CAUSE_UNSUPPORTED },
        { { { PRF("[]") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { PRF("{\"eval\":{\"first\":1}}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { PRF("{\"evalByCredential\":[]}") } }, HYBRID_CAUSE_BAD_REQUEST },
        { { { PRF("{\"evalByCredential\":{\"qrs\":{\"first\":\"AQ\"}}}") } },
          HYBRID_CAUSE_UNSUPPORTED }, /* no list of credentials */
        { { { ALLOW(ALLOW_CC), PRF("{\"evalByCredential\":{\"qrs\":{\"first\":\"AQ\"}}}") } },
          HYBRID_CAUSE_BAD_REQUEST_SYNTAX }, /* not in the list */
        { { { ALLOW(ALLOW_AABB), PRF("{\"evalByCredential\":{\"\":{\"first\":\"AQ\"}}}") } },
          HYBRID_CAUSE_BAD_REQUEST_SYNTAX },
        { { { ALLOW(ALLOW_AABB), PRF("{\"evalByCredential\":{\"qrs=\":{\"first\":\"AQ\"}}}") } },
          HYBRID_CAUSE_BAD_REQUEST_SYNTAX },
        { { { ALLOW(ALLOW_AABB), PRF("{\"evalByCredential\":{\"qrs\":{}}}") } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW(ALLOW_AABB), PRF("{\"evalByCredential\":{\"qrs\":null}}") } },
          HYBRID_CAUSE_BAD_REQUEST },
        { { { ALLOW(ALLOW_AABB ",{\"type\":\"x\",\"id\":\"zA\"}"),
              PRF("{\"evalByCredential\":{\"zA\":{\"first\":\"AQ\"}}}") } },
          HYBRID_CAUSE_BAD_REQUEST_SYNTAX }, /* skipped there, so not in the list */
};

START_TEST(test_valid) {
        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                HybridFailure failure = {};

                ck_assert_msg(request_new(HYBRID_GET, base_json, &valid[i], &webauthn, &failure) ==
                                      0,
                              "row %zu: %s", i, failure.detail);
        }
}
END_TEST

START_TEST(test_invalid) {
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                HybridWebauthn *webauthn = NULL;
                HybridFailure failure = { .http_status = 1 };

                ck_assert_msg(request_new(HYBRID_GET, base_json, &invalid[i].setup, &webauthn,
                                          &failure) == HYBRID_E_REFUSED,
                              "row %zu", i);
                ck_assert_msg(failure.cause == invalid[i].cause, "row %zu: %s", i, failure.detail);
                ck_assert_uint_eq(failure.stage, HYBRID_STAGE_REQUEST);
                ck_assert_int_eq(failure.http_status, 0);
                ck_assert_ptr_null(webauthn);
        }
}
END_TEST

#define RP_ID   "016b6578616d706c652e636f6d"
#define HASH    "02582046f1878ce4e2ddba32f788e73968f3bca685d43bfc7ddffba91be4e2e7da9b5c"
#define UV      "05a1627576f5"
#define AABB    "a262696442aabb64747970656a7075626c69632d6b6579"
#define CC      "a262696441cc64747970656a7075626c69632d6b6579"
#define LONG    "a262696445010203040564747970656a7075626c69632d6b6579"
#define PRF_KEY "04a163707266"
#define EVAL    "646576616c"
#define EVAL_BY "706576616c427943726564656e7469616c"
#define VALUE_1 "a16566697273745820aea3e505112ac2c32162bfeaba488e77d858040f422f748cc36cb6ed14ad736c"
#define VALUE_2 "a165666972737458203b988e5564363c6871bfe1e595ea9b0149793cb4dee76753631d0bb289dddca2"

static const struct {
        RequestSetup setup;
        const char *get_info;
        const char *command; /* NULL: this phone cannot */
} commands[] = {
        { {}, INFO_FULL, "02a3" RP_ID HASH UV },
        { {}, "a1" INFO_VERSIONS, "02a2" RP_ID HASH },
        { { { { "userVerification", "\"required\"" } } }, INFO_FULL, "02a3" RP_ID HASH UV },
        { { { { "userVerification", "\"discouraged\"" } } }, INFO_FULL, "02a2" RP_ID HASH },
        { { { { "userVerification", "\"required\"" } } }, "a2" INFO_VERSIONS INFO_RK, NULL },
        { { { { "userVerification", "\"required\"" } } }, "a1" INFO_VERSIONS, NULL },
        { {}, "a2" INFO_VERSIONS INFO_UV, "02a3" RP_ID HASH UV }, /* rk matters to nobody here */

        /* credentials, in the order given */
        { { { ALLOW("") } }, INFO_FULL, "02a3" RP_ID HASH UV },
        { { { ALLOW(ALLOW_AABB) } }, INFO_FULL, "02a4" RP_ID HASH "0381" AABB UV },
        { { { ALLOW(ALLOW_LONG "," ALLOW_CC "," ALLOW_OTHER "," ALLOW_AABB) } },
          INFO_FULL,
          "02a4" RP_ID HASH "0383" LONG CC AABB UV },
        { { { ALLOW("{\"type\":\"public-key\",\"id\":\"qrs\",\"transports\":[\"usb\"]}") } },
          INFO_FULL,
          "02a4" RP_ID HASH "0381" AABB UV },

        /* prf, its credentials sorted */
        { { { PRF("{}") } }, INFO_FULL, "02a4" RP_ID HASH PRF_KEY "a0" UV },
        { { { PRF("{\"eval\":{\"first\":\"AQ\"}}") } },
          INFO_FULL,
          "02a4" RP_ID HASH PRF_KEY "a1" EVAL VALUE_1 UV },
        { { { PRF("{\"eval\":{\"first\":\"AQ\"}}") } }, INFO_PLAIN, "02a3" RP_ID HASH UV },
        { { { PRF("{\"eval\":{\"first\":\"AQ\"}}"), { "userVerification", "\"discouraged\"" } } },
          INFO_FULL,
          "02a4" RP_ID HASH PRF_KEY "a1" EVAL VALUE_1 UV },
        { { { ALLOW(ALLOW_LONG "," ALLOW_CC "," ALLOW_AABB),
              PRF("{\"evalByCredential\":{\"AQIDBAU\":{\"first\":\"AQ\"},"
                  "\"zA\":{\"first\":\"Ag\"},\"qrs\":{\"first\":\"AQ\"}},"
                  "\"eval\":{\"first\":\"Ag\"}}") } },
          INFO_FULL,
          "02a5" RP_ID HASH "0383" LONG CC AABB PRF_KEY "a2" EVAL VALUE_2 EVAL_BY "a3"
          "41cc" VALUE_2 "42aabb" VALUE_1 "450102030405" VALUE_1 UV },
        { { { ALLOW(ALLOW_CC), PRF("{\"evalByCredential\":{\"zA\":{\"first\":\"Ag\"}}}") } },
          INFO_FULL,
          "02a5" RP_ID HASH "0381" CC PRF_KEY "a1" EVAL_BY "a141cc" VALUE_2 UV },
        { { { ALLOW(ALLOW_CC), PRF("{\"evalByCredential\":{}}") } },
          INFO_FULL,
          "02a5" RP_ID HASH "0381" CC PRF_KEY "a0" UV },

        /* other extensions do not go to the phone */
        { { { { "extensions", "{\"largeBlob\":{\"read\":true},\"appid\":\"x\",\"uvm\":true,"
                              "\"getCredBlob\":true}" } } },
          INFO_FULL,
          "02a3" RP_ID HASH UV },
};

START_TEST(test_commands) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                _bytes_ get_info = bytes_from_hex(commands[i].get_info);
                _bytes_ expected = bytes_from_hex(or_default(commands[i].command, ""));
                _bytes_ command = {};
                HybridFailure failure = {};
                CborItem item;
                int r;

                ck_assert_int_eq(
                        request_new(HYBRID_GET, base_json, &commands[i].setup, &webauthn, &failure),
                        0);
                r = hybrid_webauthn_command(webauthn, get_info.data, get_info.n, &command.data,
                                            &command.n, &failure);
                ck_assert_msg(r == (commands[i].command ? 0 : HYBRID_E_REFUSED), "row %zu", i);
                if (r == HYBRID_E_REFUSED) {
                        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT);
                        ck_assert_uint_eq(failure.stage, HYBRID_STAGE_COMMAND);
                        continue;
                }
                ck_assert_msg(command.n == expected.n &&
                                      memcmp(command.data, expected.data, expected.n) == 0,
                              "row %zu", i);
                ck_assert_int_eq(cbor_item_parse(command.data + 1, command.n - 1, 8,
                                                 CBOR_CANONICAL_ORDER, &item),
                                 0);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-get", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_commands);
        return unit_run(suite);
}
