/* SPDX-License-Identifier: MIT */

/*
 * What phones of many kinds are sent of attestation preferences and extensions, and what relying
 * parties learn of it.
 */

#include "webauthn-fixture.h"
#include "webauthn/request.h"

static const char create_json[] = "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                                  "\"user\":{\"id\":\"AQI\",\"name\":\"alice\","
                                  "\"displayName\":\"Alice\"},"
                                  "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                                  "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7}]}";
static const char get_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
        "\"allowCredentials\":[{\"type\":\"public-key\",\"id\":\"oaKjpKWmp6g\"}]}";

/* ---- getInfo responses ---- */

#define CRED_PROTECT   "6b6372656450726f74656374"
#define MIN_PIN_LENGTH "6c6d696e50696e4c656e677468"
#define PACKED         "667061636b6564"
#define NONE           "646e6f6e65"
#define TPM            "6374706d"

#define INFO_EP      "a2" INFO_VERSIONS "04a3626570f562726bf5627576f5"
#define INFO_NO_EP   "a2" INFO_VERSIONS "04a3626570f462726bf5627576f5"
#define INFO_FORMATS "a3" INFO_VERSIONS INFO_RK_UV "1682" PACKED NONE
#define INFO_ALL                                                                                   \
        "a4" INFO_VERSIONS "0283" CRED_PROTECT MIN_PIN_LENGTH "63707266"                           \
        "04a3626570f562726bf5627576f5"                                                             \
        "1681" PACKED
#define INFO_CRED_PROTECT "a3" INFO_VERSIONS "0281" CRED_PROTECT INFO_RK_UV

#define ATTESTATION(value)                                                                         \
        { "attestation", "\"" value "\"" }
#define POLICY(value)                                                                              \
        { "extensions.credentialProtectionPolicy", "\"" value "\"" }
#define ENFORCE                                                                                    \
        { "extensions.enforceCredentialProtectionPolicy", "true" }

/* What a command ends with after its options: map keys 0x0A and 0x0B. */
#define OPTIONS_UV "07a1627576f5"

static const struct {
        const char *why;
        RequestSetup setup;
        const char *get_info;
        const char *extensions; /* map of key 6, or "" */
        const char *end;        /* after the options */
} commands[] = {
        { "nothing asked for", {}, INFO_ALL, "", "0b81" NONE },
        { "none is a format", { { ATTESTATION("none") } }, INFO_FORMATS, "", "0b81" NONE },
        { "none, whatever else is said",
          { { ATTESTATION("none"), { "attestationFormats", "[\"tpm\"]" } } },
          INFO_FORMATS,
          "",
          "0b81" NONE },
        { "an unknown preference is none",
          { { ATTESTATION("x"), { "attestationFormats", "[\"tpm\"]" } } },
          INFO_FORMATS,
          "",
          "0b81" NONE },
        { "formats in their order",
          { { ATTESTATION("direct"), { "attestationFormats", "[\"tpm\",7,\"packed\"]" } } },
          INFO_FORMATS,
          "",
          "0b82" TPM PACKED },
        { "formats with indirect",
          { { ATTESTATION("indirect"), { "attestationFormats", "[\"packed\"]" } } },
          INFO_FORMATS,
          "",
          "0b81" PACKED },
        { "no formats", { { ATTESTATION("direct") } }, INFO_FORMATS, "", "" },
        { "an empty list of formats",
          { { ATTESTATION("direct"), { "attestationFormats", "[]" } } },
          INFO_FORMATS,
          "",
          "" },
        { "a phone that lists none",
          { { ATTESTATION("direct"), { "attestationFormats", "[\"packed\"]" } } },
          INFO_EP,
          "",
          "" },
        { "enterprise, allowed",
          { { ATTESTATION("enterprise") }, .allow_enterprise = true },
          INFO_EP,
          "",
          "0a02" },
        { "enterprise, not allowed", { { ATTESTATION("enterprise") } }, INFO_EP, "", "" },
        { "direct, enterprise would be allowed",
          { { ATTESTATION("direct") }, .allow_enterprise = true },
          INFO_EP,
          "",
          "" },
        { "enterprise of a phone where it is off",
          { { ATTESTATION("enterprise") }, .allow_enterprise = true },
          INFO_NO_EP,
          "",
          "" },
        { "enterprise of a phone without",
          { { ATTESTATION("enterprise") }, .allow_enterprise = true },
          INFO_PLAIN,
          "",
          "" },
        { "enterprise and formats",
          { { ATTESTATION("enterprise"), { "attestationFormats", "[\"packed\"]" } },
            .allow_enterprise = true },
          INFO_ALL,
          "",
          "0a020b81" PACKED },

        { "protection, level 1",
          { { POLICY("userVerificationOptional") } },
          INFO_CRED_PROTECT,
          "a1" CRED_PROTECT "01",
          "" },
        { "protection, level 2",
          { { POLICY("userVerificationOptionalWithCredentialIDList") } },
          INFO_CRED_PROTECT,
          "a1" CRED_PROTECT "02",
          "" },
        { "protection, level 3, enforced",
          { { POLICY("userVerificationRequired"), ENFORCE } },
          INFO_CRED_PROTECT,
          "a1" CRED_PROTECT "03",
          "" },
        { "protection of a phone without",
          { { POLICY("userVerificationRequired") } },
          INFO_PLAIN,
          "",
          "" },
        { "no protection, enforced",
          { { POLICY("userVerificationOptional"), ENFORCE } },
          INFO_PLAIN,
          "",
          "" },
        { "unknown protection", { { POLICY("x"), ENFORCE } }, INFO_CRED_PROTECT, "", "" },
        { "length of PINs",
          { { { "extensions.minPinLength", "true" } } },
          INFO_ALL,
          "a1" MIN_PIN_LENGTH "f5",
          "0b81" NONE },
        { "length of PINs, not asked for",
          { { { "extensions.minPinLength", "false" } } },
          INFO_ALL,
          "",
          "0b81" NONE },
        { "length of PINs of a phone without",
          { { { "extensions.minPinLength", "true" } } },
          INFO_CRED_PROTECT,
          "",
          "" },
        { "all at once, in canonical order",
          { { { "extensions",
                "{\"minPinLength\":true,\"prf\":{},\"credProps\":true,"
                "\"credentialProtectionPolicy\":\"userVerificationRequired\","
                "\"largeBlob\":{\"support\":\"preferred\"},\"appidExclude\":\"x\"}" } } },
          INFO_ALL,
          "a363707266a0" CRED_PROTECT "03" MIN_PIN_LENGTH "f5",
          "0b81" NONE },
};

static bool ends_with(const Bytes *bytes, const char *hex) {
        _bytes_ end = bytes_from_hex(hex);

        return bytes->n >= end.n && memcmp(bytes->data + bytes->n - end.n, end.data, end.n) == 0;
}

static void assert_extensions(CborItem extensions, const char *hex) {
        _bytes_ expected = bytes_from_hex(hex);

        assert_bytes_eq(extensions.data, extensions.n, expected.data, expected.n);
}

START_TEST(test_commands) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                _bytes_ get_info = bytes_from_hex(commands[i].get_info);
                _bytes_ command = {};
                HybridFailure failure = {};
                Ctap2MakeCredential decoded;
                CborItem item;
                char end[128];

                ck_assert_int_eq(request_new(HYBRID_CREATE, create_json, &commands[i].setup,
                                             &webauthn, &failure),
                                 0);
                ck_assert_msg(hybrid_webauthn_command(webauthn, get_info.data, get_info.n,
                                                      &command.data, &command.n, &failure) == 0,
                              "%s: %s", commands[i].why, failure.detail);
                snprintf(end, sizeof(end), OPTIONS_UV "%s", commands[i].end);
                ck_assert_msg(ends_with(&command, end), "%s", commands[i].why);
                ck_assert_int_eq(cbor_item_parse(command.data + 1, command.n - 1, 8,
                                                 CBOR_CANONICAL_ORDER, &item),
                                 0);
                ck_assert_int_eq(ctap2_make_credential_decode(command.data, command.n, &decoded),
                                 0);
                assert_extensions(decoded.extensions, commands[i].extensions);
        }
}
END_TEST

/* Protection that must be, of a phone that has none. */
START_TEST(test_enforced) {
        static const RequestSetup rows[] = {
                { { POLICY("userVerificationRequired"), ENFORCE } },
                { { POLICY("userVerificationOptionalWithCredentialIDList"), ENFORCE } },
        };
        _bytes_ get_info = bytes_from_hex(INFO_FULL);

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                HybridFailure failure = {};
                uint8_t *command;
                size_t n;

                ck_assert_int_eq(
                        request_new(HYBRID_CREATE, create_json, &rows[i], &webauthn, &failure), 0);
                ck_assert_int_eq(hybrid_webauthn_command(webauthn, get_info.data, get_info.n,
                                                         &command, &n, &failure),
                                 HYBRID_E_REFUSED);
                ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT);
                ck_assert_uint_eq(failure.stage, HYBRID_STAGE_COMMAND);
        }
}
END_TEST

/* ---- answers ---- */

/* The outputs that a relying party gets, or why it gets none. */
static const struct {
        HybridOperation operation;
        RequestSetup setup;
        const char *get_info;
        const char *signed_extensions;
        const char *outputs; /* clientExtensionResults; NULL: refused */
        const char *detail;
} answers[] = {
        { HYBRID_CREATE, {}, INFO_FULL, NULL, "{}", NULL },
        { HYBRID_CREATE,
          { { { "extensions.credProps", "true" } } },
          INFO_FULL,
          NULL,
          "{\"credProps\":{\"rk\":true}}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions.credProps", "true" } } },
          "a1" INFO_VERSIONS,
          NULL,
          "{\"credProps\":{\"rk\":false}}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions.largeBlob", "{\"support\":\"preferred\"}" } } },
          INFO_FULL,
          NULL,
          "{\"largeBlob\":{\"supported\":false}}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions.appidExclude", "\"https://example.com\"" } } },
          INFO_FULL,
          NULL,
          "{\"appidExclude\":false}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions", "{\"appid\":\"x\",\"uvm\":true,\"x\":1}" } } },
          INFO_FULL,
          NULL,
          "{}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions.prf", "{}" } } },
          INFO_PLAIN,
          NULL,
          "{\"prf\":{\"enabled\":false}}",
          NULL },
        { HYBRID_CREATE,
          { { { "extensions.minPinLength", "true" } } },
          INFO_ALL,
          "a1" MIN_PIN_LENGTH "04",
          "{}",
          NULL },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired"), ENFORCE } },
          INFO_ALL,
          "a1" CRED_PROTECT "03",
          "{}",
          NULL },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired") } },
          INFO_ALL,
          "a1" CRED_PROTECT "01",
          "{}",
          NULL },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired"), ENFORCE } },
          INFO_ALL,
          "a1" CRED_PROTECT "02",
          NULL,
          "a credential with too little protection" },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired"), ENFORCE } },
          INFO_ALL,
          NULL,
          NULL,
          "a credential with too little protection" },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired") } },
          INFO_ALL,
          "a1" CRED_PROTECT "f5",
          NULL,
          "an extension output nobody asked for" },
        { HYBRID_CREATE,
          {},
          INFO_ALL,
          "a1" CRED_PROTECT "03",
          NULL,
          "an extension output nobody asked for" },
        { HYBRID_CREATE,
          { { POLICY("userVerificationRequired") } },
          INFO_ALL,
          "a1" MIN_PIN_LENGTH "04",
          NULL,
          "an extension output nobody asked for" },
        { HYBRID_CREATE,
          { { { "extensions.minPinLength", "true" } } },
          INFO_CRED_PROTECT,
          "a1" MIN_PIN_LENGTH "04",
          NULL,
          "an extension output nobody asked for" },

        { HYBRID_GET,
          { { { "extensions.appid", "\"https://example.com\"" } } },
          INFO_FULL,
          NULL,
          "{\"appid\":false}",
          NULL },
        { HYBRID_GET,
          { { { "extensions.largeBlob", "{\"read\":true}" } } },
          INFO_FULL,
          NULL,
          "{\"largeBlob\":{}}",
          NULL },
        { HYBRID_GET,
          { { { "extensions.largeBlob", "{\"write\":\"AQI\"}" } } },
          INFO_FULL,
          NULL,
          "{\"largeBlob\":{\"written\":false}}",
          NULL },
        { HYBRID_GET,
          { { { "extensions", "{\"credProps\":true,\"appidExclude\":\"x\",\"minPinLength\":true,"
                              "\"prf\":{}}" } } },
          INFO_ALL,
          NULL,
          "{\"prf\":{}}",
          NULL },
        { HYBRID_GET,
          { { { "extensions.minPinLength", "true" } } },
          INFO_ALL,
          "a1" MIN_PIN_LENGTH "04",
          NULL,
          "an extension output nobody asked for" },
};

START_TEST(test_answers) {
        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                bool create = answers[i].operation == HYBRID_CREATE;
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                const Phone phone = { .signed_extensions = answers[i].signed_extensions };
                _bytes_ get_info = bytes_from_hex(answers[i].get_info);
                _bytes_ reply = {};
                HybridAuthenticator authenticator;
                HybridFailure failure = {};
                char *text = NULL;
                int r;

                ck_assert_int_eq(request_new(answers[i].operation, create ? create_json : get_json,
                                             &answers[i].setup, &webauthn, &failure),
                                 0);
                reply = create ? phone_register(&phone)
                               : phone_assert(&phone, webauthn->client_data_hash);
                r = hybrid_webauthn_response(webauthn, get_info.data, get_info.n, reply.data,
                                             reply.n, &text, &authenticator, &failure);
                if (answers[i].outputs) {
                        _cleanup_(json_decrefp) json_t *json = NULL, *expected = NULL;

                        ck_assert_msg(r == 0, "row %zu: %s", i, failure.detail);
                        json = json_loads(text, 0, NULL);
                        expected = json_loads(answers[i].outputs, 0, NULL);
                        ck_assert_msg(json_equal(json_object_get(json, "clientExtensionResults"),
                                                 expected),
                                      "row %zu: %s", i, text);
                } else {
                        ck_assert_msg(r == HYBRID_E_REFUSED, "row %zu", i);
                        ck_assert_str_eq(failure.detail, answers[i].detail);
                }
                free(text);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-extensions", &tcase);

        tcase_add_test(tcase, test_commands);
        tcase_add_test(tcase, test_enforced);
        tcase_add_test(tcase, test_answers);
        return unit_run(suite);
}
