/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "unit.h"
#include "webauthn/client-data.h"
#include "webauthn/json-writer.h"

/* CCDToString (WebAuthn Level 3 section 5.8.1.1): text, and the bytes expected with the quotes. */
static const struct {
        const char *text;
        size_t n;
        const char *expected;
} strings[] = {
        { "", 0, "\"\"" },
        { "a", 1, "\"a\"" },
        { " !", 2, "\" !\"" },
        { "\"", 1, "\"\\\"\"" },
        { "\\", 1, "\"\\\\\"" },
        { "\\\"", 2, "\"\\\\\\\"\"" },
        { "\\\\", 2, "\"\\\\\\\\\"" },
        { "\0", 1, "\"\\u0000\"" },
        { "\x01\x1f", 2, "\"\\u0001\\u001f\"" },
        { "\n\r\t\b\f", 5, "\"\\u000a\\u000d\\u0009\\u0008\\u000c\"" }, /* no short forms */
        { "\x0b\x1b", 2, "\"\\u000b\\u001b\"" },                        /* lower case */
        { "\x7f", 1, "\"\x7f\"" },                                      /* DEL is no control here */
        { "/", 1, "\"/\"" },                                            /* not escaped */
        { "</script>", 9, "\"</script>\"" },
        { "#[]", 3, "\"#[]\"" },
        { "\xc2\x80", 2, "\"\xc2\x80\"" },         /* U+0080, a C1 control */
        { "\xc3\xbc", 2, "\"\xc3\xbc\"" },         /* ü */
        { "\xe2\x80\xa8", 3, "\"\xe2\x80\xa8\"" }, /* U+2028, which JavaScript used to dislike */
        { "\xef\xbb\xbf", 3, "\"\xef\xbb\xbf\"" }, /* U+FEFF */
        { "\xf0\x9f\x94\x91", 4, "\"\xf0\x9f\x94\x91\"" }, /* above the BMP: no surrogates */
        { "a\0b", 3, "\"a\\u0000b\"" },
        { "\\u0041", 6, "\"\\\\u0041\"" },
};

START_TEST(test_strings) {
        for (size_t i = 0; i < ELEMENTSOF(strings); i++) {
                uint8_t written[64];
                ByteWriter w = BYTE_WRITER(written);
                JsonWriter json = { .bytes = &w };

                json_writer_text(&json, NULL, strings[i].text, strings[i].n);
                ck_assert(byte_writer_fits(&w));
                assert_bytes_eq(written, w.n, strings[i].expected, strlen(strings[i].expected));
        }
}
END_TEST

/* Whatever is written is also JSON, and means the same to a parser. */
START_TEST(test_strings_are_json) {
        for (size_t i = 0; i < ELEMENTSOF(strings); i++) {
                uint8_t written[64];
                ByteWriter w = BYTE_WRITER(written);
                JsonWriter json = { .bytes = &w };
                _cleanup_(json_decrefp) json_t *parsed = NULL;

                json_writer_text(&json, NULL, strings[i].text, strings[i].n);
                parsed = json_loadb((const char *)written, w.n, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                                    NULL);
                ck_assert_ptr_nonnull(parsed);
                assert_bytes_eq(json_string_value(parsed), json_string_length(parsed),
                                strings[i].text, strings[i].n);
        }
}
END_TEST

static const struct {
        HybridOperation operation;
        const char *challenge;
        const char *origin;
        const char *top_origin;
        const char *expected;
} rows[] = {
        /* WebAuthn Level 3 section 16.2. */
        { HYBRID_GET, "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
          "https://example.org", NULL,
          "{\"type\":\"webauthn.get\",\"challenge\":"
          "\"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag\","
          "\"origin\":\"https://example.org\",\"crossOrigin\":false}" },
        /* Section 16.5. */
        { HYBRID_CREATE, "4e1f4c6198699e33c14f192153f49d7e0e8e3577d5ac416c5f3adc92a41f27e5",
          "https://example.org", "https://example.com",
          "{\"type\":\"webauthn.create\",\"challenge\":"
          "\"Th9MYZhpnjPBTxkhU_Sdfg6ONXfVrEFsXzrckqQfJ-U\","
          "\"origin\":\"https://example.org\",\"crossOrigin\":true,"
          "\"topOrigin\":\"https://example.com\"}" },
        { HYBRID_CREATE, "00", "https://a.example:8443", NULL,
          "{\"type\":\"webauthn.create\",\"challenge\":\"AA\","
          "\"origin\":\"https://a.example:8443\",\"crossOrigin\":false}" },
        { HYBRID_GET, "fbff", "http://localhost:8080", "https://a.example",
          "{\"type\":\"webauthn.get\",\"challenge\":\"-_8\","
          "\"origin\":\"http://localhost:8080\",\"crossOrigin\":true,"
          "\"topOrigin\":\"https://a.example\"}" },
        /* Such an origin is never let in; should it be, it could not add a member. */
        { HYBRID_GET, "010203", "x\",\"crossOrigin\":true,\"y\":\"", NULL,
          "{\"type\":\"webauthn.get\",\"challenge\":\"AQID\","
          "\"origin\":\"x\\\",\\\"crossOrigin\\\":true,\\\"y\\\":\\\"\",\"crossOrigin\":false}" },
};

START_TEST(test_client_data) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ challenge = bytes_from_hex(rows[i].challenge);
                const ClientData client_data = {
                        .operation = rows[i].operation,
                        .challenge = challenge.data,
                        .n_challenge = challenge.n,
                        .origin = rows[i].origin,
                        .cross_origin = rows[i].top_origin,
                        .top_origin = rows[i].top_origin,
                };
                uint8_t written[512];
                ByteWriter w = BYTE_WRITER(written), counting = BYTE_WRITER_COUNTING;

                client_data_write(&client_data, &w);
                client_data_write(&client_data, &counting);
                ck_assert(byte_writer_fits(&w));
                ck_assert_uint_eq(counting.n, w.n);
                assert_bytes_eq(written, w.n, rows[i].expected, strlen(rows[i].expected));
        }
}
END_TEST

/* The rest of the writer, which answers use. */
START_TEST(test_writer) {
        static const char expected[] = "{\"a\":{},\"b\":[],\"c\":[\"x\",\"y\"],\"d\":true,"
                                       "\"e\":-257,\"f\":{\"g\":false},\"h\":\"AQIDBA\"}";
        uint8_t written[128];
        ByteWriter w = BYTE_WRITER(written);
        JsonWriter json = { .bytes = &w };

        json_writer_open(&json, NULL, '{');
        json_writer_open(&json, "a", '{');
        json_writer_close(&json, '}');
        json_writer_open(&json, "b", '[');
        json_writer_close(&json, ']');
        json_writer_open(&json, "c", '[');
        json_writer_string(&json, NULL, "x");
        json_writer_string(&json, NULL, "y");
        json_writer_close(&json, ']');
        json_writer_bool(&json, "d", true);
        json_writer_int(&json, "e", -257);
        json_writer_open(&json, "f", '{');
        json_writer_bool(&json, "g", false);
        json_writer_close(&json, '}');
        json_writer_bytes(&json, "h", "\x01\x02\x03\x04", 4);
        json_writer_close(&json, '}');
        ck_assert(byte_writer_fits(&w));
        assert_bytes_eq(written, w.n, expected, strlen(expected));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("client-data", &tcase);

        tcase_add_test(tcase, test_strings);
        tcase_add_test(tcase, test_strings_are_json);
        tcase_add_test(tcase, test_client_data);
        tcase_add_test(tcase, test_writer);
        return unit_run(suite);
}
