/* SPDX-License-Identifier: MIT */

/*
 * Lists of credentials, and phones that do not take all of them.
 */

#include "webauthn-fixture.h"

static const char create_json[] = "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},"
                                  "\"user\":{\"id\":\"AQI\",\"name\":\"alice\","
                                  "\"displayName\":\"Alice\"},"
                                  "\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\","
                                  "\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7}]}";
static const char get_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\"}";

/* Ids of 1, 2 and 3 bytes. */
#define ENTRY(id, more) "{\"type\":\"public-key\",\"id\":\"" id "\"" more "}"
#define AA              ENTRY("qg", "")
#define BB              ENTRY("uw", "")
#define CCCC            ENTRY("zMw", "")
#define DDDDDD          ENTRY("3d3d", "")
#define ON(transports)  ",\"transports\":[" transports "]"
#define USB_11          ENTRY("EQ", ON("\"usb\",\"nfc\""))
#define USB_22          ENTRY("Ig", ON("\"usb\""))
#define HYBRID_33       ENTRY("Mw", ON("\"usb\",\"hybrid\""))
#define INTERNAL_44     ENTRY("RA", ON("\"internal\""))
#define EMPTY_55        ENTRY("VQ", ON(""))

#define MAX_N(n)          "a3" INFO_VERSIONS INFO_RK_UV "07" n
#define MAX_SIZE(n)       "a3" INFO_VERSIONS INFO_RK_UV "08" n
#define MAX_BOTH(n, size) "a4" INFO_VERSIONS INFO_RK_UV "07" n "08" size

static const struct {
        const char *list;
        const char *get_info;
        const char *ids; /* that are sent, in hexadecimal, separated by spaces; "": none */
} rows[] = {
        { AA "," BB, INFO_PLAIN, "aa bb" },
        { BB "," AA "," BB, INFO_PLAIN, "bb aa bb" },
        { AA "," BB, MAX_N("02"), "aa bb" },
        { AA "," BB "," CCCC, MAX_N("02"), "aa bb" },
        { AA "," BB "," CCCC, MAX_N("00"), "aa bb cccc" }, /* no limit that makes sense */
        { AA "," CCCC "," DDDDDD, MAX_SIZE("02"), "aa cccc" },
        { DDDDDD "," AA, MAX_SIZE("02"), "aa" },
        { DDDDDD "," AA, MAX_SIZE("00"), "dddddd aa" },
        { DDDDDD "," AA "," CCCC "," BB, MAX_BOTH("02", "01"), "aa bb" },
        { DDDDDD "," AA, MAX_BOTH("01", "02"), "aa" }, /* what is too long does not count */

        /* Transports matter only if there is too much. */
        { USB_11 "," USB_22 "," AA, MAX_N("03"), "11 22 aa" },
        { USB_11 "," USB_22 "," AA, MAX_N("02"), "aa" },
        { USB_11 "," HYBRID_33 "," USB_22 "," INTERNAL_44 "," EMPTY_55, MAX_N("03"), "33 44 55" },
        { USB_11 "," HYBRID_33 "," USB_22 "," INTERNAL_44 "," EMPTY_55, MAX_N("02"), "33 44" },
        { USB_11 "," USB_22, MAX_N("01"), "11" }, /* they may be wrong */
        { USB_11 "," ENTRY("Ig", ON("5,\"x\"")) "," AA, MAX_N("02"), "aa" },
};

static void append_ids(CborItem list, char *text, size_t n_text) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;
        size_t n = 0;

        text[0] = '\0';
        if (!list.data)
                return;
        ck_assert_int_eq(cbor_item_iterate(list, CBOR_ARRAY, &it), 0);
        while (cbor_item_next(&it, &item)) {
                ck_assert_int_eq(ctap2_descriptor_decode(item, &descriptor), 0);
                ck_assert_ptr_null(descriptor.transports.data);
                if (n > 0)
                        n += (size_t)snprintf(text + n, n_text - n, " ");
                for (size_t i = 0; i < descriptor.id.n; i++)
                        n += (size_t)snprintf(text + n, n_text - n, "%02x", descriptor.id.data[i]);
        }
        ck_assert_uint_lt(n, n_text);
}

static CborItem list_of(HybridOperation operation, const Bytes *command) {
        Ctap2MakeCredential create;
        Ctap2GetAssertion get;

        if (operation == HYBRID_CREATE) {
                ck_assert_int_eq(ctap2_make_credential_decode(command->data, command->n, &create),
                                 0);
                return create.exclude_list;
        }
        ck_assert_int_eq(ctap2_get_assertion_decode(command->data, command->n, &get), 0);
        return get.allow_list;
}

static int build(HybridOperation operation, const char *list, const char *get_info_hex, Bytes *ret,
                 HybridFailure *failure) {
        static char array[8192];
        const RequestSetup setup = {
                { { operation == HYBRID_CREATE ? "excludeCredentials" : "allowCredentials",
                    array } },
        };
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        _bytes_ get_info = bytes_from_hex(get_info_hex);

        snprintf(array, sizeof(array), "[%s]", list);
        ck_assert_int_eq(request_new(operation, operation == HYBRID_CREATE ? create_json : get_json,
                                     &setup, &webauthn, failure),
                         0);
        return hybrid_webauthn_command(webauthn, get_info.data, get_info.n, &ret->data, &ret->n,
                                       failure);
}

START_TEST(test_lists) {
        static const HybridOperation operations[] = { HYBRID_CREATE, HYBRID_GET };

        for (size_t i = 0; i < ELEMENTSOF(rows) * 2; i++) {
                HybridOperation operation = operations[i % 2];
                _bytes_ command = {};
                HybridFailure failure = {};
                char ids[256];

                ck_assert_int_eq(build(operation, rows[i / 2].list, rows[i / 2].get_info, &command,
                                       &failure),
                                 0);
                append_ids(list_of(operation, &command), ids, sizeof(ids));
                ck_assert_msg(strcmp(ids, rows[i / 2].ids) == 0, "row %zu: %s", i / 2, ids);
        }
}
END_TEST

/* To exclude nothing is fine. To allow nothing would be to allow everything. */
START_TEST(test_nothing_left) {
        _bytes_ create = {}, get = {};
        HybridFailure failure = {};

        ck_assert_int_eq(build(HYBRID_CREATE, CCCC, MAX_SIZE("01"), &create, &failure), 0);
        ck_assert_ptr_null(list_of(HYBRID_CREATE, &create).data);

        ck_assert_int_eq(build(HYBRID_GET, CCCC "," DDDDDD, MAX_SIZE("01"), &get, &failure),
                         HYBRID_E_REFUSED);
        ck_assert_uint_eq(failure.cause, HYBRID_CAUSE_NO_PASSKEY);
        ck_assert_uint_eq(failure.stage, HYBRID_STAGE_COMMAND);
        ck_assert_ptr_null(get.data);
}
END_TEST

/* 1023 bytes are the most that a credential id has; a phone may not raise that. */
START_TEST(test_longest_id) {
        static const char *const infos[] = { INFO_PLAIN, MAX_SIZE("1a00010000") };
        char id[1367], list[1500];

        memset(id, 'A', sizeof(id));
        for (size_t i = 0; i < ELEMENTSOF(infos) * 2; i++) {
                bool fits = i % 2 == 0;
                _bytes_ command = {};
                HybridFailure failure = {};

                /* 1364 characters of base64url are 1023 bytes, 1366 are 1024. */
                id[fits ? 1364 : 1366] = '\0';
                snprintf(list, sizeof(list), ENTRY("%s", ""), id);
                ck_assert_int_eq(build(HYBRID_GET, list, infos[i / 2], &command, &failure),
                                 fits ? 0 : HYBRID_E_REFUSED);
                id[1364] = id[1365] = 'A';
        }
}
END_TEST

/* A phone that was sent one of several may leave out which; it was that one. */
START_TEST(test_one_left) {
        static const RequestSetup setup = {
                { { "allowCredentials", "[{\"type\":\"public-key\",\"id\":\"oaKjpKWmp6g\"},"
                                        "{\"type\":\"public-key\",\"id\":\"AQIDBAUGBwgJ\"}]" } },
        };
        static const struct {
                const char *get_info;
                int expected;
        } phones[] = {
                { MAX_SIZE("08"), 0 },
                { MAX_N("01"), 0 },
                { INFO_PLAIN, HYBRID_E_REFUSED },
        };

        for (size_t i = 0; i < ELEMENTSOF(phones); i++) {
                _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
                _bytes_ get_info = bytes_from_hex(phones[i].get_info);
                _bytes_ reply = {};
                static const uint8_t hash[SHA256_SIZE];
                HybridAuthenticator authenticator;
                HybridFailure failure = {};
                char *text = NULL;

                ck_assert_int_eq(request_new(HYBRID_GET, get_json, &setup, &webauthn, &failure), 0);
                reply = phone_assert(&(Phone){ .names_no_credential = true }, hash);
                ck_assert_int_eq(hybrid_webauthn_response(webauthn, get_info.data, get_info.n,
                                                          reply.data, reply.n, &text,
                                                          &authenticator, &failure),
                                 phones[i].expected);
                if (phones[i].expected == 0)
                        ck_assert_ptr_nonnull(strstr(text, "\"id\":\"oaKjpKWmp6g\""));
                free(text);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("webauthn-limits", &tcase);

        tcase_add_test(tcase, test_lists);
        tcase_add_test(tcase, test_nothing_left);
        tcase_add_test(tcase, test_longest_id);
        tcase_add_test(tcase, test_one_left);
        return unit_run(suite);
}
