/* SPDX-License-Identifier: MIT */

/*
 * The command for a registration: what of the request goes to which phone.
 */

#include <errno.h>

#include "webauthn-fixture.h"

static const char base_json[] = "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                                "\"user\":{\"id\":\"AQI\",\"name\":\"alice\","
                                "\"displayName\":\"Alice\"},"
                                "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                                "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7},"
                                "{\"type\":\"public-key\",\"alg\":-257}]}";

#define HASH       "015820d425f3f148284b2e8086114af328148f8a064d0c8027bd1b5d63a2a901a0ff98"
#define RP         "02a26269646b6578616d706c652e636f6d646e616d65674578616d706c65"
#define USER       "03a3626964420102646e616d6565616c6963656b646973706c61794e616d6565416c696365"
#define ES256      "a263616c672664747970656a7075626c69632d6b6579"
#define RS256      "a263616c6739010064747970656a7075626c69632d6b6579"
#define PARAMETERS "0482" ES256 RS256
#define RK_UV      "07a262726bf5627576f5"
#define UV         "07a1627576f5"
#define SALT_01    "5820aea3e505112ac2c32162bfeaba488e77d858040f422f748cc36cb6ed14ad736c"
#define SALT_02    "58203b988e5564363c6871bfe1e595ea9b0149793cb4dee76753631d0bb289dddca2"

static const struct {
        RequestSetup setup;
        const char *get_info;
        const char *command; /* NULL: this phone cannot */
} commands[] = {
        { {}, INFO_FULL, "01a5" HASH RP USER PARAMETERS UV },
        { {}, "a1" INFO_VERSIONS, "01a4" HASH RP USER PARAMETERS },
        { {}, "a2" INFO_VERSIONS INFO_RK, "01a4" HASH RP USER PARAMETERS },

        /* resident key */
        { { { { "authenticatorSelection.residentKey", "\"required\"" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS RK_UV },
        { { { { "authenticatorSelection.residentKey", "\"preferred\"" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS RK_UV },
        { { { { "authenticatorSelection.residentKey", "\"preferred\"" } } },
          "a2" INFO_VERSIONS INFO_UV,
          "01a5" HASH RP USER PARAMETERS UV },
        { { { { "authenticatorSelection.residentKey", "\"discouraged\"" },
              { "authenticatorSelection.requireResidentKey", "true" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS UV },
        { { { { "authenticatorSelection.requireResidentKey", "true" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS RK_UV },
        { { { { "authenticatorSelection.residentKey", "\"x\"" },
              { "authenticatorSelection.requireResidentKey", "true" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS RK_UV },
        { { { { "authenticatorSelection.residentKey", "\"required\"" } } },
          "a2" INFO_VERSIONS INFO_UV,
          NULL },
        { { { { "authenticatorSelection.requireResidentKey", "true" } } },
          "a1" INFO_VERSIONS,
          NULL },

        /* user verification */
        { { { { "authenticatorSelection.userVerification", "\"required\"" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS UV },
        { { { { "authenticatorSelection.userVerification", "\"discouraged\"" } } },
          INFO_FULL,
          "01a4" HASH RP USER PARAMETERS },
        { { { { "authenticatorSelection.userVerification", "\"required\"" } } },
          "a2" INFO_VERSIONS INFO_RK,
          NULL },
        { { { { "authenticatorSelection.userVerification", "\"required\"" } } },
          "a2" INFO_VERSIONS "04a1627576f4",
          NULL },

        /* names that are missing, which real phones do not forgive */
        { { { { "rp.name", NULL } } },
          INFO_FULL,
          "01a5" HASH
          "02a26269646b6578616d706c652e636f6d646e616d656b6578616d706c652e636f6d" USER PARAMETERS
                  UV },
        { { { { "user.displayName", "\"\"" } } },
          INFO_FULL,
          "01a5" HASH RP
          "03a3626964420102646e616d6565616c6963656b646973706c61794e616d6565616c696365" PARAMETERS
                  UV },
        { { { { "user.name", NULL } } },
          INFO_FULL,
          "01a5" HASH RP
          "03a3626964420102646e616d6565416c6963656b646973706c61794e616d6565416c696365" PARAMETERS
                  UV },
        { { { { "user.name", NULL }, { "user.displayName", "null" } } },
          INFO_FULL,
          "01a5" HASH RP "03a3626964420102646e616d656b6578616d706c652e636f6d"
          "6b646973706c61794e616d656b6578616d706c652e636f6d" PARAMETERS UV },

        /* algorithms: as given, or the default */
        { { { { "pubKeyCredParams", "[]" } } }, INFO_FULL, "01a5" HASH RP USER PARAMETERS UV },
        { { { { "pubKeyCredParams", "[{\"alg\":-257,\"type\":\"public-key\"},"
                                    "{\"alg\":-8,\"type\":\"x\"},"
                                    "{\"alg\":-7,\"type\":\"public-key\"}]" } } },
          INFO_FULL,
          "01a5" HASH RP USER "0482" RS256 ES256 UV },

        /* credentials to exclude, without their transports; none of them: no list */
        { { { { "excludeCredentials",
                "[{\"type\":\"public-key\",\"id\":\"qrs\",\"transports\":[\"usb\"]},"
                "{\"type\":\"x\",\"id\":\"AQ\"},{\"type\":\"public-key\",\"id\":\"zA\"}]" } } },
          INFO_FULL,
          "01a6" HASH RP USER PARAMETERS "0582a262696442aabb64747970656a7075626c69632d6b6579"
          "a262696441cc64747970656a7075626c69632d6b6579" UV },
        { { { { "excludeCredentials", "[]" } } }, INFO_FULL, "01a5" HASH RP USER PARAMETERS UV },
        { { { { "excludeCredentials", "[{\"type\":\"x\",\"id\":\"AQ\"}]" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS UV },

        /* extensions: only what the phone lists */
        { { { { "extensions.prf", "{}" } } },
          INFO_FULL,
          "01a6" HASH RP USER PARAMETERS "06a163707266a0" UV },
        { { { { "extensions.prf", "{\"eval\":{\"first\":\"AQ\"}}" } } },
          INFO_FULL,
          "01a6" HASH RP USER PARAMETERS "06a163707266a1646576616ca1656669727374" SALT_01 UV },
        { { { { "extensions.prf", "{\"eval\":{\"second\":\"Ag\",\"first\":\"AQ\"}}" } } },
          INFO_FULL,
          "01a6" HASH RP USER PARAMETERS "06a163707266a1646576616ca2656669727374" SALT_01
          "667365636f6e64" SALT_02 UV },
        { { { { "extensions.prf", "{\"eval\":{\"first\":\"AQ\"}}" } } },
          INFO_PLAIN,
          "01a5" HASH RP USER PARAMETERS UV },
        { { { { "extensions.prf", "{}" },
              { "authenticatorSelection.userVerification", "\"discouraged\"" } } },
          INFO_FULL,
          "01a6" HASH RP USER PARAMETERS "06a163707266a0" UV }, /* PRFs need a verified user */
        { { { { "extensions.prf", "{}" },
              { "authenticatorSelection.userVerification", "\"discouraged\"" } } },
          INFO_PLAIN,
          "01a4" HASH RP USER PARAMETERS },
        { { { { "extensions",
                "{\"credProps\":true,\"minPinLength\":true,\"credBlob\":\"AQ\","
                "\"credentialProtectionPolicy\":\"userVerificationRequired\","
                "\"hmacCreateSecret\":true,\"remoteDesktopClientOverride\":{\"origin\":"
                "\"https://example.org\",\"sameOriginWithAncestors\":true}}" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS UV },

        /* nothing of these goes to the phone */
        { { { { "attestation", "\"direct\"" },
              { "hints", "[\"hybrid\"]" },
              { "attestationFormats", "[\"packed\"]" } } },
          INFO_FULL,
          "01a5" HASH RP USER PARAMETERS UV },
};

START_TEST(test_commands) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                _bytes_ get_info = bytes_from_hex(commands[i].get_info);
                _bytes_ expected = bytes_from_hex(commands[i].command ? commands[i].command : "");
                _bytes_ command = {};
                HybridFailure failure = {};
                CborItem item;
                int r;

                ck_assert_int_eq(request_new(HYBRID_CREATE, base_json, &commands[i].setup,
                                             &webauthn, &failure),
                                 0);
                r = hybrid_webauthn_command(webauthn, get_info.data, get_info.n, &command.data,
                                            &command.n, &failure);
                ck_assert_msg(r == (commands[i].command ? 0 : HYBRID_E_REFUSED), "row %zu", i);
                if (r == HYBRID_E_REFUSED) {
                        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT);
                        ck_assert_uint_eq(failure.stage, HYBRID_STAGE_COMMAND);
                        ck_assert_ptr_null(command.data);
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

START_TEST(test_bad_get_info) {
        static const char *const rows[] = { "", "80", "a0", "a10180ff",
                                            ("a2" INFO_VERSIONS "0480") };
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        HybridFailure failure;

        ck_assert_int_eq(
                request_new(HYBRID_CREATE, base_json, &(RequestSetup){}, &webauthn, &failure), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ get_info = bytes_from_hex(rows[i]);
                uint8_t *command = NULL;
                size_t n = 77;

                ck_assert_int_eq(hybrid_webauthn_command(webauthn, get_info.data, get_info.n,
                                                         &command, &n, &failure),
                                 HYBRID_E_REFUSED);
                ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_PROTOCOL);
                ck_assert_ptr_null(command);
                ck_assert_uint_eq(n, 77);
        }
}
END_TEST

/* One name of half the limit stands in for the other, and the whole does not fit any more. */
START_TEST(test_command_too_large) {
        static char name[40000];
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(INFO_FULL);
        HybridFailure failure;
        uint8_t *command;
        size_t n;

        memset(name, 'a', sizeof(name) - 1);
        name[0] = name[sizeof(name) - 2] = '"';
        ck_assert_int_eq(request_new(HYBRID_CREATE, base_json,
                                     &(RequestSetup){ { { "user.name", name },
                                                        { "user.displayName", NULL } } },
                                     &webauthn, &failure),
                         0);
        ck_assert_int_eq(hybrid_webauthn_command(webauthn, get_info.data, get_info.n, &command, &n,
                                                 &failure),
                         HYBRID_E_REFUSED);
        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_BAD_REQUEST);
        ck_assert_uint_eq(failure.stage, HYBRID_STAGE_REQUEST);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-create-command", &tcase);

        tcase_add_test(tcase, test_commands);
        tcase_add_test(tcase, test_bad_get_info);
        tcase_add_test(tcase, test_command_too_large);
        return unit_run(suite);
}
