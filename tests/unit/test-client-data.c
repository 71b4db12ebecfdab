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

static size_t encode_utf8(uint32_t c, char ret[static 4]) {
        if (c < 0x80) {
                ret[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                ret[0] = (char)(0xc0 | c >> 6);
                ret[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                ret[0] = (char)(0xe0 | c >> 12);
                ret[1] = (char)(0x80 | (c >> 6 & 0x3f));
                ret[2] = (char)(0x80 | (c & 0x3f));
                return 3;
        }
        ret[0] = (char)(0xf0 | c >> 18);
        ret[1] = (char)(0x80 | (c >> 12 & 0x3f));
        ret[2] = (char)(0x80 | (c >> 6 & 0x3f));
        ret[3] = (char)(0x80 | (c & 0x3f));
        return 4;
}

/*
 * What Chromium makes of a character (content/browser/webauth/client_data_json.cc): quotation marks
 * and backslashes get a backslash, what is below a space an escape of four digits, and all else is
 * left alone.
 */
static size_t chromium_writes(uint32_t c, const char *utf8, size_t n_utf8, char ret[static 8]) {
        if (c == 0x22 || c == 0x5c)
                return (size_t)sprintf(ret, "\\%c", (char)c);
        if (c < 0x20)
                return (size_t)sprintf(ret, "\\u00%02x", (unsigned)c);
        memcpy(ret, utf8, n_utf8);
        return n_utf8;
}

/* Each in the middle of others, which an encoder may look at, too. */
START_TEST(test_every_character) {
        for (uint32_t c = 0; c <= 0x10ffff; c++) {
                char text[16] = "a\"", expected[32] = "\"a\\\"", utf8[4];
                uint8_t written[32];
                ByteWriter w = BYTE_WRITER(written);
                JsonWriter json = { .bytes = &w };
                size_t n, n_text = 2, n_expected = 4;

                if (c >= 0xd800 && c <= 0xdfff)
                        continue; /* not in UTF-8, which is checked before */
                n = encode_utf8(c, utf8);
                memcpy(text + n_text, utf8, n);
                n_text += n;
                text[n_text++] = 'z';
                n_expected += chromium_writes(c, utf8, n, expected + n_expected);
                memcpy(expected + n_expected, "z\"", 2);

                json_writer_text(&json, NULL, text, n_text);
                if (w.n != n_expected + 2 || memcmp(written, expected, w.n) != 0)
                        ck_abort_msg("U+%04X", (unsigned)c);
        }
}
END_TEST

/* 100,000 of the characters that grow most. */
START_TEST(test_very_long) {
        enum { N = 100000 };
        _bytes_ text = { .data = malloc(N) }, written = { .data = malloc(6 * N + 2) };
        ByteWriter w = { .data = written.data, .size = 6 * N + 2 };
        JsonWriter json = { .bytes = &w };

        memset(text.data, 0x1f, N);
        json_writer_text(&json, NULL, (const char *)text.data, N);
        ck_assert(byte_writer_fits(&w));
        ck_assert_uint_eq(w.n, 6 * N + 2);
        for (size_t i = 0; i < N; i++)
                ck_assert_mem_eq(written.data + 1 + 6 * i, "\\u001f", 6);
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
        bool cross_origin; /* without a top origin that is known */
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
        /* As Chromium's bridge has it, which tells no top origin. */
        { HYBRID_GET, "00", "https://a.example", NULL,
          "{\"type\":\"webauthn.get\",\"challenge\":\"AA\","
          "\"origin\":\"https://a.example\",\"crossOrigin\":true}",
          true },
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
                        .cross_origin = rows[i].cross_origin || rows[i].top_origin,
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
        tcase_add_test(tcase, test_every_character);
        tcase_add_test(tcase, test_very_long);
        tcase_add_test(tcase, test_strings_are_json);
        tcase_add_test(tcase, test_client_data);
        tcase_add_test(tcase, test_writer);
        return unit_run(suite);
}
