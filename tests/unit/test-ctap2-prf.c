/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/ctap2-prf.h"

typedef struct InvalidRow {
        const char *hex;
        const char *why;
} InvalidRow;

#define FIRST                                                                                      \
        "6566697273745820111111111111111111111111111111111111111111111111111111111111"             \
        "1111"
#define SECOND                                                                                     \
        "667365636f6e6458202222222222222222222222222222222222222222222222222222222222"             \
        "222222"
static const char prf_input[] =
        "a2646576616ca2" FIRST SECOND
        "706576616c427943726564656e7469616ca241bba16566697273745820222222222222222222"
        "222222222222222222222222222222222222222222222242aaaaa2" FIRST
        "667365636f6e6458201111111111111111111111111111111111111111111111111111111111"
        "111111";

static const char prf_output[] = "a267656e61626c6564f567726573756c7473a2" FIRST SECOND;

static const InvalidRow prf_values_invalid[] = {
        { "80", "no map" },
        { "a0", "empty map" },
        { "a1667365636f6e64582011111111111111111111111111111111111111111111111111111111"
          "11111111",
          "no first" },
        { "a1656669727374581f1111111111111111111111111111111111111111111111111111111111"
          "1111",
          "first too short" },
        { "a165666972737458211111111111111111111111111111111111111111111111111111111111"
          "11111100",
          "first too long" },
        { "a165666972737458401111111111111111111111111111111111111111111111111111111111"
          "1111111111111111111111111111111111111111111111111111111111111111111111",
          "two in one" },
        { "a165666972737478207878787878787878787878787878787878787878787878787878787878"
          "787878",
          "first as text" },
        { "a2" FIRST "667365636f6e64581f2222222222222222222222222222222222222222222222222222222222"
          "2222",
          "second too short" },
        { "a2" FIRST "667365636f6e6458212222222222222222222222222222222222222222222222222222222222"
          "22222200",
          "second too long" },
        { "a2" FIRST "667365636f6e64f6", "second null" },
};

static const InvalidRow prf_output_invalid[] = {
        { "80", "no map" },
        { "a167656e61626c656401", "enabled as number" },
        { "a167656e61626c6564f6", "enabled null" },
        { "a167726573756c747380", "results as array" },
        { "a167726573756c7473a0", "empty results" },
        { "a267656e61626c6564f567726573756c7473a1656669727374581f1111111111111111111111"
          "1111111111111111111111111111111111111111",
          "a result too short" },
};

static const InvalidRow prf_input_invalid[] = {
        { "80", "no map" },
        { "a1646576616c5820111111111111111111111111111111111111111111111111111111111111"
          "1111",
          "eval as bytes" },
        { "a1706576616c427943726564656e7469616c80", "evalByCredential as array" },
};

static CborItem parse(const Bytes *bytes) {
        CborItem item = {};

        ck_assert_int_eq(cbor_item_parse(bytes->data, bytes->n, 4, CBOR_CANONICAL_ORDER, &item), 0);
        return item;
}

START_TEST(test_input) {
        _bytes_ bytes = bytes_from_hex(prf_input);
        uint8_t again[512];
        ByteWriter w = BYTE_WRITER(again);
        Ctap2PrfInput input;

        ck_assert_int_eq(ctap2_prf_input_decode(parse(&bytes), &input), 0);
        ctap2_prf_input_encode(&input, &w);
        assert_bytes_eq(again, w.n, bytes.data, bytes.n);
}
END_TEST

/* A credential's own inputs go before those for all. */
START_TEST(test_find) {
        static const struct {
                const char *id;
                uint8_t first;
                uint8_t second; /* 0: none */
        } rows[] = {
                { "bb", 0x22, 0 },      { "aaaa", 0x11, 0x11 }, { "aa", 0x11, 0x22 },
                { "aabb", 0x11, 0x22 }, { "", 0x11, 0x22 },
        };
        _bytes_ bytes = bytes_from_hex(prf_input);
        Ctap2PrfInput input;

        ck_assert_int_eq(ctap2_prf_input_decode(parse(&bytes), &input), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ id = bytes_from_hex(rows[i].id);
                Ctap2PrfValues values;

                ck_assert_int_eq(
                        ctap2_prf_input_find(&input, (Ctap2Bytes){ id.data, id.n }, &values), 0);
                ck_assert_uint_eq(values.first[0], rows[i].first);
                ck_assert_int_eq(values.has_second, rows[i].second != 0);
                ck_assert_uint_eq(values.second[0], rows[i].second);
        }
}
END_TEST

START_TEST(test_find_nothing) {
        static const char *const rows[] = { "a0", "a170"
                                                  "6576616c427943726564656e7469616ca0" };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ bytes = bytes_from_hex(rows[i]);
                Ctap2PrfInput input;
                Ctap2PrfValues values;

                ck_assert_int_eq(ctap2_prf_input_decode(parse(&bytes), &input), 0);
                ck_assert_int_eq(
                        ctap2_prf_input_find(&input, (Ctap2Bytes){ bytes.data, 1 }, &values),
                        -ENOENT);
        }
}
END_TEST

START_TEST(test_output) {
        static const struct {
                const char *hex;
                bool has_enabled;
                bool enabled;
                bool has_results;
                bool has_second;
        } rows[] = {
                { prf_output, true, true, true, true },
                { "a0", false, false, false, false },
                { "a167656e61626c6564f4", true, false, false, false },
                { "a167656e61626c6564f5", true, true, false, false },
                { "a167726573756c7473a1" FIRST, false, false, true, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ bytes = bytes_from_hex(rows[i].hex);
                uint8_t again[256];
                ByteWriter w = BYTE_WRITER(again);
                Ctap2PrfOutput output;

                ck_assert_int_eq(ctap2_prf_output_decode(parse(&bytes), &output), 0);
                ck_assert_int_eq(output.has_enabled, rows[i].has_enabled);
                ck_assert_int_eq(output.enabled, rows[i].enabled);
                ck_assert_int_eq(output.has_results, rows[i].has_results);
                ck_assert_int_eq(output.results.has_second, rows[i].has_second);
                ctap2_prf_output_encode(&output, &w);
                assert_bytes_eq(again, w.n, bytes.data, bytes.n);
        }
}
END_TEST

START_TEST(test_invalid) {
        Ctap2PrfValues values = { .first = { 77 } };
        Ctap2PrfInput input = { .eval.n = 77 };
        Ctap2PrfOutput output = { .results.first = { 77 } };

        for (size_t i = 0; i < ELEMENTSOF(prf_values_invalid); i++) {
                _bytes_ bytes = bytes_from_hex(prf_values_invalid[i].hex);

                ck_assert_msg(ctap2_prf_values_decode(parse(&bytes), &values) == -EBADMSG,
                              "accepted: %s", prf_values_invalid[i].why);
        }
        for (size_t i = 0; i < ELEMENTSOF(prf_input_invalid); i++) {
                _bytes_ bytes = bytes_from_hex(prf_input_invalid[i].hex);

                ck_assert_msg(ctap2_prf_input_decode(parse(&bytes), &input) == -EBADMSG,
                              "accepted: %s", prf_input_invalid[i].why);
        }
        for (size_t i = 0; i < ELEMENTSOF(prf_output_invalid); i++) {
                _bytes_ bytes = bytes_from_hex(prf_output_invalid[i].hex);

                ck_assert_msg(ctap2_prf_output_decode(parse(&bytes), &output) == -EBADMSG,
                              "accepted: %s", prf_output_invalid[i].why);
        }

        /* Untouched, all of them. */
        ck_assert_uint_eq(values.first[0], 77);
        ck_assert_uint_eq(input.eval.n, 77);
        ck_assert_uint_eq(output.results.first[0], 77);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ctap2-prf", &tcase);

        tcase_add_test(tcase, test_input);
        tcase_add_test(tcase, test_find);
        tcase_add_test(tcase, test_find_nothing);
        tcase_add_test(tcase, test_output);
        tcase_add_test(tcase, test_invalid);
        return unit_run(suite);
}
