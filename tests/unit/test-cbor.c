/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cbor-item.h"
#include "base/cbor-writer.h"
#include "unit.h"

#define DEPTH_MAX 4

/* RFC 8949 appendix A where CTAP2 allows it. */
static const char *const valid[] = {
        "00",
        "17",
        "1818",
        "18ff",
        "190100",
        "19ffff",
        "1a00010000",
        "1b0000000100000000",
        "1bffffffffffffffff",
        "20",
        "37",
        "3818",
        "3bffffffffffffffff",
        "f4",
        "f5",
        "f6",
        "40",
        "4401020304",
        "60",
        "6161",
        "62c3bc",
        "63e6b0b4",
        "64f0908591",
        "80",
        "83010203",
        "8301820203820405",
        "a0",
        "a201020304",
        "a26161016162820203",
        "a1a10102f5",     /* a map as key */
        "a300f501f520f4", /* keys 0, 1, -1 */
        "8181818100",     /* four deep */
};

static const struct {
        const char *hex;
        const char *why;
} invalid[] = {
        { "", "nothing" },
        { "0000", "two items" },
        { "1801", "integer not shortest" },
        { "1817", "integer not shortest" },
        { "1900ff", "integer not shortest" },
        { "1a0000ffff", "integer not shortest" },
        { "1b00000000ffffffff", "integer not shortest" },
        { "3801", "negative integer not shortest" },
        { "580101", "length not shortest" },
        { "790001"
          "61",
          "length not shortest" },
        { "b80100", "count not shortest" },
        { "18", "cut in the integer" },
        { "4401", "cut in the bytes" },
        { "6261", "cut in the text" },
        { "8201", "cut in the array" },
        { "a101", "value missing" },
        { "5f4101ff", "indefinite bytes" },
        { "7f6161ff", "indefinite text" },
        { "9f01ff", "indefinite array" },
        { "bf0101ff", "indefinite map" },
        { "ff", "break alone" },
        { "c000", "tag" },
        { "f90000", "half float" },
        { "fa00000000", "float" },
        { "fb0000000000000000", "double" },
        { "f7", "undefined" },
        { "e0", "unassigned simple value" },
        { "f820", "two-byte simple value" },
        { "1c", "reserved additional information" },
        { "61ff", "no UTF-8" },
        { "62c0af", "overlong UTF-8" },
        { "63eda080", "surrogate" },
        { "64f4908080", "above U+10FFFF" },
        { "62e282", "cut in a character" },
        { "a201020103", "duplicate key" },
        { "a3020001000200", "duplicate key, out of order" },
        { "a261610161610"
          "2",
          "duplicate text key" },
        { "818181818100", "five deep" },
        { "a1a1a1a1a100000000"
          "0000",
          "five deep in keys" },
        { "9a"
          "ffffffff"
          "00",
          "a count that cannot be" },
        { "9b"
          "ffffffffffffffff",
          "a count that cannot be" },
        { "bb"
          "8000000000000000",
          "a count that cannot be" },
        { "5b"
          "ffffffffffffffff"
          "00",
          "a length that cannot be" },
};

START_TEST(test_parse) {
        CborItem item;

        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _bytes_ bytes = bytes_from_hex(valid[i]);

                ck_assert_msg(cbor_item_parse(bytes.data, bytes.n, DEPTH_MAX, 0, &item) == 0,
                              "%s refused", valid[i]);
                ck_assert_uint_eq(item.n, bytes.n);
        }
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                _bytes_ bytes = bytes_from_hex(invalid[i].hex);

                ck_assert_msg(cbor_item_parse(bytes.data, bytes.n, DEPTH_MAX, 0, &item) == -EBADMSG,
                              "%s accepted: %s", invalid[i].hex, invalid[i].why);
        }
}
END_TEST

START_TEST(test_prefix) {
        static const uint8_t two[] = { 0x82, 0x01, 0x02, 0xff };
        CborItem item;

        ck_assert_int_eq(cbor_item_parse_prefix(two, sizeof(two), 1, 0, &item), 0);
        ck_assert_uint_eq(item.n, 3);
        ck_assert_int_eq(cbor_item_parse_prefix(two, sizeof(two), 0, 0, &item), -EBADMSG);
}
END_TEST

START_TEST(test_canonical_order) {
        static const struct {
                const char *hex;
                bool canonical;
        } maps[] = {
                { "a2000001"
                  "00",
                  true },
                { "a2010000"
                  "00",
                  false },
                { "a2010020"
                  "00",
                  true }, /* negative after positive */
                { "a220000100", false },
                { "a2617a00626161"
                  "00",
                  true }, /* shorter first */
                { "a262616100617a00", false },
                { "a2646e616d6500656f74686572"
                  "00",
                  true },
                { "81a2010000"
                  "00",
                  false }, /* inside an array */
        };
        CborItem item;

        for (size_t i = 0; i < ELEMENTSOF(maps); i++) {
                _bytes_ bytes = bytes_from_hex(maps[i].hex);

                ck_assert_int_eq(cbor_item_parse(bytes.data, bytes.n, 4, 0, &item), 0);
                ck_assert_msg((cbor_item_parse(bytes.data, bytes.n, 4, CBOR_CANONICAL_ORDER,
                                               &item) == 0) == maps[i].canonical,
                              "%s", maps[i].hex);
        }
}
END_TEST

/* Above some size a map must be in order, so that checking it stays cheap. */
START_TEST(test_large_map) {
        static uint8_t data[4 * 300];
        ByteWriter w = BYTE_WRITER(data);
        CborItem item, value;
        uint64_t number;

        cbor_write_map(&w, 300);
        for (uint64_t i = 0; i < 300; i++) {
                cbor_write_uint(&w, i);
                cbor_write_bool(&w, true);
        }
        ck_assert(byte_writer_fits(&w));
        ck_assert_int_eq(cbor_item_parse(data, w.n, 1, 0, &item), 0);
        ck_assert_int_eq(cbor_item_map_get(item, 299, &value), 0);
        ck_assert_int_eq(cbor_item_get_uint(value, &number), -EBADMSG);

        w = (ByteWriter)BYTE_WRITER(data);
        cbor_write_map(&w, 300);
        for (uint64_t i = 300; i > 0; i--) {
                cbor_write_uint(&w, i);
                cbor_write_bool(&w, true);
        }
        ck_assert_int_eq(cbor_item_parse(data, w.n, 1, 0, &item), -EBADMSG);
}
END_TEST

START_TEST(test_access) {
        /* {1: "a", 2: h'0102', -7: true, "k": [1, -1, null]} */
        _bytes_ bytes = bytes_from_hex("a4016161"
                                       "02420102"
                                       "26f5"
                                       "616b830120f6");
        CborItem map, item, inner;
        CborIterator it;
        uint64_t number;
        int64_t integer;
        bool flag;
        const uint8_t *data;
        const char *text;
        size_t n;
        uint8_t two[2], three[3];

        ck_assert_int_eq(cbor_item_parse(bytes.data, bytes.n, 2, 0, &map), 0);

        ck_assert_int_eq(cbor_item_map_get(map, 1, &item), 0);
        ck_assert(cbor_item_is_text(item, "a"));
        ck_assert(!cbor_item_is_text(item, "ab"));
        ck_assert_int_eq(cbor_item_get_text(item, &text, &n), 0);
        ck_assert_int_eq(cbor_item_get_uint(item, &number), -EBADMSG);

        ck_assert_int_eq(cbor_item_map_get(map, 2, &item), 0);
        ck_assert_int_eq(cbor_item_get_bytes(item, &data, &n), 0);
        ck_assert_uint_eq(n, 2);
        ck_assert_int_eq(cbor_item_get_bytes_exact(item, two, 2), 0);
        ck_assert_int_eq(cbor_item_get_bytes_exact(item, three, 3), -EBADMSG);

        ck_assert_int_eq(cbor_item_map_get(map, -7, &item), 0);
        ck_assert_int_eq(cbor_item_get_bool(item, &flag), 0);
        ck_assert(flag);

        ck_assert_int_eq(cbor_item_map_get_text(map, "k", &item), 0);
        ck_assert_int_eq(cbor_item_iterate(item, CBOR_MAP, &it), -EBADMSG);
        ck_assert_int_eq(cbor_item_iterate(item, CBOR_ARRAY, &it), 0);
        ck_assert(cbor_item_next(&it, &inner));
        ck_assert_int_eq(cbor_item_get_int(inner, &integer), 0);
        ck_assert_int_eq(integer, 1);
        ck_assert(cbor_item_next(&it, &inner));
        ck_assert_int_eq(cbor_item_get_int(inner, &integer), 0);
        ck_assert_int_eq(integer, -1);
        ck_assert(cbor_item_next(&it, &inner));
        ck_assert_int_eq(cbor_item_get_bool(inner, &flag), -EBADMSG); /* null */
        ck_assert(!cbor_item_next(&it, &inner));

        ck_assert_int_eq(cbor_item_map_get(map, 3, &item), -ENOENT);
        ck_assert_int_eq(cbor_item_map_get_text(map, "kk", &item), -ENOENT);
        ck_assert_int_eq(cbor_item_map_get(inner, 1, &item), -EBADMSG);
}
END_TEST

START_TEST(test_integers_out_of_range) {
        _bytes_ large = bytes_from_hex("1b8000000000000000");
        _bytes_ low = bytes_from_hex("3b8000000000000000");
        _bytes_ lowest = bytes_from_hex("3b7fffffffffffffff");
        int64_t integer;
        CborItem item;

        ck_assert_int_eq(cbor_item_parse(large.data, large.n, 0, 0, &item), 0);
        ck_assert_int_eq(cbor_item_get_int(item, &integer), -EBADMSG);
        ck_assert_int_eq(cbor_item_parse(low.data, low.n, 0, 0, &item), 0);
        ck_assert_int_eq(cbor_item_get_int(item, &integer), -EBADMSG);
        ck_assert_int_eq(cbor_item_parse(lowest.data, lowest.n, 0, 0, &item), 0);
        ck_assert_int_eq(cbor_item_get_int(item, &integer), 0);
        ck_assert(integer == INT64_MIN);
}
END_TEST

START_TEST(test_write) {
        uint8_t data[64];
        ByteWriter w = BYTE_WRITER(data), counting = BYTE_WRITER_COUNTING;
        _bytes_ expected = bytes_from_hex("a4"
                                          "001818"
                                          "011903e8"
                                          "20624142"
                                          "616182f54101");

        cbor_write_map(&w, 4);
        cbor_write_uint(&w, 0);
        cbor_write_uint(&w, 24);
        cbor_write_int(&w, 1);
        cbor_write_int(&w, 1000);
        cbor_write_int(&w, -1);
        cbor_write_text(&w, "ABC", 2);
        cbor_write_string(&w, "a");
        cbor_write_array(&w, 2);
        cbor_write_bool(&w, true);
        cbor_write_bytes(&w, "\x01", 1);
        ck_assert(byte_writer_fits(&w));
        assert_bytes_eq(data, w.n, expected.data, expected.n);

        cbor_write_array(&counting, 1000);
        cbor_write_bytes(&counting, data, 300);
        ck_assert_uint_eq(counting.n, 3 + 3 + 300);
        ck_assert(!byte_writer_fits(&counting));
}
END_TEST

START_TEST(test_writer_overflow) {
        uint8_t data[4] = { 1, 2, 3, 4 };
        ByteWriter w = { .data = data, .size = 3 };

        byte_writer_append(&w, "ab", 2);
        ck_assert(byte_writer_fits(&w));
        byte_writer_append(&w, "cd", 2);
        ck_assert(!byte_writer_fits(&w));
        byte_writer_append(&w, "e", 1);
        ck_assert_uint_eq(w.n, 5);
        assert_bytes_eq(data, 4, "ab\x03\x04", 4);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("cbor", &tcase);

        tcase_add_test(tcase, test_parse);
        tcase_add_test(tcase, test_prefix);
        tcase_add_test(tcase, test_canonical_order);
        tcase_add_test(tcase, test_large_map);
        tcase_add_test(tcase, test_access);
        tcase_add_test(tcase, test_integers_out_of_range);
        tcase_add_test(tcase, test_write);
        tcase_add_test(tcase, test_writer_overflow);
        return unit_run(suite);
}
