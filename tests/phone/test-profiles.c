/* SPDX-License-Identifier: MIT */

/*
 * What tells the phones apart: what they say of themselves, and what each does not put up with.
 */

#include <string.h>

#include "base/cbor-writer.h"
#include "fixture.h"
#include "wire/ctap2-get-info.h"

static const char *const profiles[] = { "android", "iphone", "plain" };

/* Members of a makeCredential request, in hexadecimal; see test-ctap2.c of the unit tests. */
#define HASH                      "01582000000000000000000000000000000000000000000000000000000000000000cd"
#define RP                        "02a26269646b6578616d706c652e636f6d646e616d65674578616d706c65"
#define RP_UNNAMED                "02a16269646b6578616d706c652e636f6d"
#define USER                      "03a3626964420102646e616d6565616c6963656b646973706c61794e616d6565416c696365"
#define USER_WITHOUT_NAME         "03a26269644201026b646973706c61794e616d6565416c696365"
#define USER_WITHOUT_DISPLAY_NAME "03a2626964420102646e616d6565616c696365"
#define ES256                     "0481a263616c672664747970656a7075626c69632d6b6579"
#define ES256_TYPE_FIRST          "0481a264747970656a7075626c69632d6b657963616c6726"
#define UP_FALSE                  "07a1627570f4"

/* And of a getAssertion request. */
#define RP_ID   "016b6578616d706c652e636f6d"
#define GA_HASH "02582000000000000000000000000000000000000000000000000000000000000000ab"

typedef enum Expected {
        ASKS,    /* is taken */
        CLOSES,  /* without an answer */
        SILENT,  /* likewise, but goes on waiting */
        ANSWERS, /* with the status, or with a reply if that is 0 */
} Expected;

typedef struct Reaction {
        Expected expected;
        Ctap2Status status;
} Reaction;

/* What each phone does with a request, in the order of the list above. */
typedef struct Row {
        const char *what;
        const char *hex;
        Reaction reactions[ELEMENTSOF(profiles)];
} Row;

static const Row rows[] = {
        { "all in order", "01a4" HASH RP USER ES256, { { ASKS }, { ASKS }, { ASKS } } },
        { "type before alg",
          "01a4" HASH RP USER ES256_TYPE_FIRST,
          { { CLOSES }, { ASKS }, { ASKS } } },
        { "keys not ascending", "01a4" RP HASH USER ES256, { { CLOSES }, { ASKS }, { ASKS } } },
        { "no rp.name", "01a4" HASH RP_UNNAMED USER ES256, { { CLOSES }, { CLOSES }, { ASKS } } },
        { "no user.name",
          "01a4" HASH RP USER_WITHOUT_NAME ES256,
          { { CLOSES }, { ASKS }, { ASKS } } },
        { "no user.displayName",
          "01a4" HASH RP USER_WITHOUT_DISPLAY_NAME ES256,
          { { CLOSES }, { CLOSES }, { ASKS } } },
        { "a long form of a number",
          "01a4180158200000000000000000000000000000000000000000000000000000000000"
          "0000cd" RP USER ES256,
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_INVALID_CBOR } } },
        { "a map twice as long",
          "01a8" HASH RP USER ES256,
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_INVALID_CBOR } } },
        { "nothing after the command",
          "01",
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_INVALID_CBOR } } },
        { "no user",
          "01a3" HASH RP ES256,
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_MISSING_PARAMETER } } },
        { "user of another type",
          "01a4" HASH RP "0301" ES256,
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_CBOR_UNEXPECTED_TYPE } } },
        { "a silent registration",
          "01a5" HASH RP USER ES256 UP_FALSE,
          { { ANSWERS, CTAP2_ERR_INVALID_OPTION },
            { ANSWERS, CTAP2_ERR_INVALID_OPTION },
            { ANSWERS, CTAP2_ERR_INVALID_OPTION } } },
        { "a sign-in to nowhere",
          "02a2" RP_ID GA_HASH,
          { { ANSWERS, CTAP2_ERR_NO_CREDENTIALS },
            { ANSWERS, CTAP2_ERR_NO_CREDENTIALS },
            { ANSWERS, CTAP2_ERR_NO_CREDENTIALS } } },
        { "a silent probe",
          "02a3" RP_ID GA_HASH "05a1627570f4",
          { { ANSWERS, CTAP2_ERR_UNSUPPORTED_OPTION },
            { ANSWERS, CTAP2_ERR_NO_CREDENTIALS },
            { ANSWERS, CTAP2_ERR_NO_CREDENTIALS } } },
        { "rk in a sign-in",
          "02a3" RP_ID GA_HASH "05a162726bf5",
          { { ANSWERS, CTAP2_ERR_UNSUPPORTED_OPTION },
            { ANSWERS, CTAP2_ERR_UNSUPPORTED_OPTION },
            { ANSWERS, CTAP2_ERR_UNSUPPORTED_OPTION } } },
        { "a sign-in without hash",
          "02a1" RP_ID,
          { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_MISSING_PARAMETER } } },
        { "getInfo", "04", { { CLOSES }, { SILENT }, { ANSWERS, CTAP2_OK } } },
        { "selection", "0b", { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_INVALID_COMMAND } } },
        { "reset", "07", { { CLOSES }, { CLOSES }, { ANSWERS, CTAP2_ERR_INVALID_COMMAND } } },
};

static void check_reaction(const AuthenticatorAnswer *answer, Reaction reaction) {
        static const AuthenticatorVerdict verdicts[] = {
                [ASKS] = AUTHENTICATOR_ASK,
                [CLOSES] = AUTHENTICATOR_CLOSE,
                [SILENT] = AUTHENTICATOR_SILENCE,
                [ANSWERS] = AUTHENTICATOR_REPLY,
        };

        assert_verdict(answer, verdicts[reaction.expected]);
        if (reaction.expected == ANSWERS && reaction.status != CTAP2_OK)
                assert_status(answer, reaction.status);
        if (reaction.expected == CLOSES || reaction.expected == SILENT)
                ck_assert_str_ne(answer->why, "");
}

START_TEST(test_requests) {
        const Row *row = &rows[_i];

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                _fixture_ fixture;

                fixture_init(&fixture, profiles[i]);
                _answer_ answer = take_hex(&fixture, row->hex);
                check_reaction(&answer, row->reactions[i]);
        }
}
END_TEST

/* An iPhone says that there is no credential, though there is. */
START_TEST(test_foreign_transports) {
        static const uint8_t usb[] = { 0x81, 0x63, 'u', 's', 'b' };

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                _fixture_ fixture;
                Ctap2MakeCredential create = create_request();
                Ctap2GetAssertion get = get_request();
                uint8_t list[128];

                fixture_init(&fixture, profiles[i]);
                _answer_ created = run_create(&fixture, &create);
                Registered registered = read_registration(&created);
                get.allow_list =
                        descriptor_list(registered.auth_data.credential_id,
                                        (CborItem){ usb, sizeof(usb) }, list, sizeof(list));
                _answer_ answer = take_get(&fixture, &get);
                if (strcmp(profiles[i], "iphone") == 0)
                        assert_status(&answer, CTAP2_ERR_NO_CREDENTIALS);
                else
                        assert_verdict(&answer, AUTHENTICATOR_ASK);
        }
}
END_TEST

START_TEST(test_iphone_closes_when_declined) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        AuthenticatorAnswer answer;

        fixture_init(&fixture, "iphone");
        answer = take_create(&fixture, &create);
        ck_assert_int_eq(authenticator_decide(&fixture.authenticator, false, &answer), 0);
        assert_verdict(&answer, AUTHENTICATOR_CLOSE);
}
END_TEST

typedef struct Looks {
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
        uint8_t flags;
        size_t n_id;
        bool names, transports, counts;
} Looks;

static const Looks looks[ELEMENTSOF(profiles)] = {
        { { 0xea, 0x9b, 0x8d, 0x66, 0x4d, 0x01, 0x1d, 0x21, 0x3c, 0xe4, 0xb6, 0xb4, 0x8c, 0xb5,
            0x75, 0xd4 },
          AUTH_DATA_UP | AUTH_DATA_UV | AUTH_DATA_BE | AUTH_DATA_BS,
          16,
          true,
          true,
          false },
        { { 0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57,
            0xd7, 0xbd },
          AUTH_DATA_UP | AUTH_DATA_UV | AUTH_DATA_BE | AUTH_DATA_BS,
          32,
          true,
          false,
          false },
        { { 0x5b, 0x7e, 0x1d, 0x34, 0x3c, 0x0f, 0x4f, 0x63, 0x9d, 0x0a, 0x68, 0x79, 0x62, 0x72,
            0x69, 0x64 },
          AUTH_DATA_UP | AUTH_DATA_UV,
          32,
          false,
          false,
          true },
};

START_TEST(test_looks) {
        const Looks *expected = &looks[_i];
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();

        fixture_init(&fixture, profiles[_i]);
        _answer_ created = run_create(&fixture, &create);
        Registered registered = read_registration(&created);
        ck_assert_mem_eq(registered.auth_data.aaguid, expected->aaguid, HYBRID_AAGUID_SIZE);
        ck_assert_uint_eq(registered.auth_data.flags, expected->flags | AUTH_DATA_AT);
        ck_assert_uint_eq(registered.auth_data.credential_id.n, expected->n_id);
        ck_assert_uint_eq(registered.auth_data.counter, 0);

        for (uint32_t i = 1; i <= 3; i++) {
                _answer_ answer = run_get(&fixture, &get);
                Asserted asserted = read_assertion(&answer, &registered);

                ck_assert_uint_eq(asserted.auth_data.flags, expected->flags);
                ck_assert_uint_eq(asserted.auth_data.counter, expected->counts ? i : 0);
                ck_assert(!!asserted.reply.user_name.data == expected->names);
                ck_assert_uint_eq(asserted.reply.user_display_name.n, 0);
                ck_assert(!!asserted.reply.credential.transports.data == expected->transports);
        }
}
END_TEST

static Ctap2GetInfo read_get_info(const char *profile, uint8_t *buffer, size_t size) {
        ByteWriter w = { .data = buffer, .size = size };
        Ctap2GetInfo info;
        CborItem item;

        profile_write_get_info(profile_by_name(profile), &w);
        ck_assert(byte_writer_fits(&w));
        ck_assert_int_eq(cbor_item_parse(buffer, w.n, 4, CBOR_CANONICAL_ORDER, &item), 0);
        ck_assert_int_eq(ctap2_get_info_decode(buffer, w.n, &info), 0);
        return info;
}

START_TEST(test_get_info) {
        static const uint8_t zeros[HYBRID_AAGUID_SIZE];
        uint8_t buffer[PROFILE_GET_INFO_SIZE_MAX];
        Ctap2GetInfo info;

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                info = read_get_info(profiles[i], buffer, sizeof(buffer));
                ck_assert(ctap2_get_info_has_extension(&info, "prf"));
                ck_assert_int_eq(info.options.rk, CTAP2_OPTION_TRUE);
                ck_assert_int_eq(info.options.uv, CTAP2_OPTION_TRUE);
                ck_assert(ctap2_get_info_has_extension(&info, "largeBlob") ==
                          (strcmp(profiles[i], "iphone") == 0));
        }

        info = read_get_info("full", buffer, sizeof(buffer));
        ck_assert_uint_eq(info.n_credentials_max, 8);
        ck_assert_uint_eq(info.credential_size_max, 64);
        ck_assert_int_eq(info.options.ep, CTAP2_OPTION_TRUE);
        ck_assert(ctap2_get_info_has_extension(&info, "credProtect"));
        ck_assert(ctap2_text_list_contains(info.attestation_formats, "packed"));
        info = read_get_info("bare", buffer, sizeof(buffer));
        ck_assert_ptr_null(info.extensions.data);
        ck_assert_ptr_null(info.transports.data);
        ck_assert_int_eq(info.options.rk, CTAP2_OPTION_ABSENT);
        ck_assert_int_eq(info.options.uv, CTAP2_OPTION_ABSENT);
        info = read_get_info("android", buffer, sizeof(buffer));
        ck_assert_mem_eq(info.aaguid, zeros, sizeof(zeros));
        info = read_get_info("iphone", buffer, sizeof(buffer));
        ck_assert_uint_eq(info.aaguid[0], 0xf2);
        ck_assert_int_eq(info.options.up, CTAP2_OPTION_ABSENT);
}
END_TEST

/* What the plain phone answers is what it says of itself. */
START_TEST(test_get_info_command) {
        _fixture_ fixture;
        uint8_t expected[PROFILE_GET_INFO_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(expected);

        fixture_init(&fixture, "plain");
        profile_write_get_info(fixture.authenticator.profile, &w);
        _answer_ answer = take_hex(&fixture, "04");
        assert_verdict(&answer, AUTHENTICATOR_REPLY);
        ck_assert_uint_eq(answer.reply.data[0], CTAP2_OK);
        assert_bytes_eq(answer.reply.data + 1, answer.reply.n - 1, expected, w.n);
}
END_TEST

START_TEST(test_manners) {
        const Profile *android = profile_by_name("android"), *iphone = profile_by_name("iphone");
        const Profile *plain = profile_by_name("plain");

        ck_assert(android->send_update && android->send_features && android->close_after_reply);
        ck_assert(!iphone->send_update && iphone->send_features);
        ck_assert(!plain->send_update && !plain->close_after_reply);
        ck_assert_uint_eq(android->tunnel_server_id, 0);
        ck_assert_uint_eq(iphone->tunnel_server_id, 1);
        ck_assert_uint_eq(plain->tunnel_server_id, 0);
        ck_assert_ptr_null(profile_by_name("nokia"));
}
END_TEST

/* A list of n descriptors with ids of so many bytes. */
static CborItem long_list(size_t n, size_t n_id, uint8_t *buffer, size_t size) {
        uint8_t id[128] = {};
        ByteWriter w = { .data = buffer, .size = size };

        cbor_write_array(&w, n);
        for (size_t i = 0; i < n; i++) {
                id[0] = (uint8_t)i;
                ctap2_descriptor_encode(
                        &(Ctap2Descriptor){ .id = { id, n_id }, .type = ctap2_text("public-key") },
                        &w);
        }
        ck_assert(byte_writer_fits(&w));
        return (CborItem){ buffer, w.n };
}

START_TEST(test_limits) {
        static const struct {
                const char *profile;
                size_t n, n_id;
                bool fits;
        } limits[] = {
                { "full", 8, 64, true },  { "full", 9, 64, false }, { "full", 1, 65, false },
                { "plain", 9, 65, true }, { "bare", 9, 65, true },
        };
        static uint8_t buffer[16384];

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                _fixture_ fixture;
                Ctap2MakeCredential create = create_request();
                Ctap2GetAssertion get = get_request();

                fixture_init(&fixture, limits[i].profile);
                create.exclude_list =
                        long_list(limits[i].n, limits[i].n_id, buffer, sizeof(buffer));
                get.allow_list = create.exclude_list;
                _answer_ created = take_create(&fixture, &create);
                _answer_ asserted = take_get(&fixture, &get);
                if (limits[i].fits) {
                        assert_verdict(&created, AUTHENTICATOR_ASK);
                        assert_status(&asserted, CTAP2_ERR_NO_CREDENTIALS);
                } else {
                        assert_status(&created, CTAP2_ERR_LIMIT_EXCEEDED);
                        assert_status(&asserted, CTAP2_ERR_LIMIT_EXCEEDED);
                }
        }
}
END_TEST

/* {"credProtect": 2, "minPinLength": true}, which only one of the phones knows. */
START_TEST(test_signed_extensions) {
        static const uint8_t input[] = {
                0xa2, 0x6b, 'c', 'r', 'e', 'd', 'P', 'r', 'o', 't', 'e', 'c', 't', 0x02,
                0x6c, 'm',  'i', 'n', 'P', 'i', 'n', 'L', 'e', 'n', 'g', 't', 'h', 0xf5,
        };
        static const char *const names[] = { "full", "plain", "bare" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _fixture_ fixture;
                Ctap2MakeCredential create = create_request();
                CborItem value;
                uint64_t number;

                create.extensions = (CborItem){ input, sizeof(input) };
                fixture_init(&fixture, names[i]);
                _answer_ answer = run_create(&fixture, &create);
                Registered registered = read_registration(&answer);
                ck_assert(!!registered.auth_data.extensions.data == (i == 0));
                ck_assert(!!(registered.auth_data.flags & AUTH_DATA_UV) == (i < 2));
                if (i > 0)
                        continue;
                ck_assert_int_eq(cbor_item_map_get_text(registered.auth_data.extensions,
                                                        "credProtect", &value),
                                 0);
                ck_assert_int_eq(cbor_item_get_uint(value, &number), 0);
                ck_assert_uint_eq(number, 2);
                ck_assert_int_eq(cbor_item_map_get_text(registered.auth_data.extensions,
                                                        "minPinLength", &value),
                                 0);
        }
}
END_TEST

START_TEST(test_enterprise) {
        static const struct {
                const char *profile;
                bool accepted;
        } phones[] = { { "full", true }, { "plain", false }, { "bare", false } };

        for (size_t i = 0; i < ELEMENTSOF(phones); i++) {
                _fixture_ fixture;
                Ctap2MakeCredential create = create_request();

                create.enterprise_attestation = CTAP2_ENTERPRISE_PLATFORM_MANAGED;
                fixture_init(&fixture, phones[i].profile);
                _answer_ answer = take_create(&fixture, &create);
                if (phones[i].accepted)
                        assert_verdict(&answer, AUTHENTICATOR_ASK);
                else
                        assert_status(&answer, CTAP2_ERR_INVALID_PARAMETER);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("profiles", &tcase);

        tcase_add_loop_test(tcase, test_requests, 0, ELEMENTSOF(rows));
        tcase_add_test(tcase, test_foreign_transports);
        tcase_add_test(tcase, test_iphone_closes_when_declined);
        tcase_add_loop_test(tcase, test_looks, 0, ELEMENTSOF(looks));
        tcase_add_test(tcase, test_limits);
        tcase_add_test(tcase, test_signed_extensions);
        tcase_add_test(tcase, test_enterprise);
        tcase_add_test(tcase, test_get_info);
        tcase_add_test(tcase, test_get_info_command);
        tcase_add_test(tcase, test_manners);
        return unit_run(suite);
}
