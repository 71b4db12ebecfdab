/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "wire/digits.h"

START_TEST(test_valid) {
        _json_ *vectors = vectors_load("digits.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                const char *digits = json_text(vector, "digits");
                _bytes_ bytes = json_hex(vector, "bytes");
                uint8_t decoded[256];
                char text[512];
                size_t n;

                digits_encode(bytes.data, bytes.n, text);
                ck_assert_str_eq(text, digits);
                ck_assert_uint_eq(digits_encoded_size(bytes.n), strlen(digits));

                ck_assert_int_eq(
                        digits_decode(digits, strlen(digits), decoded, sizeof(decoded), &n), 0);
                assert_bytes_eq(decoded, n, bytes.data, bytes.n);
        }
        ck_assert_uint_gt(i, 60);
}
END_TEST

START_TEST(test_invalid) {
        _json_ *vectors = vectors_load("digits.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "invalid"), i, vector) {
                const char *digits = json_text(vector, "digits");
                uint8_t decoded[256];
                size_t n;

                ck_assert_msg(digits_decode(digits, strlen(digits), decoded, sizeof(decoded), &n) ==
                                      -EBADMSG,
                              "%s: %s", digits, json_text(vector, "why"));
        }
        ck_assert_uint_gt(i, 30);
}
END_TEST

START_TEST(test_output_is_bounded) {
        uint8_t decoded[8] = {};
        size_t n;

        ck_assert_int_eq(digits_decode("000000000000000000000", 20, decoded, 8, &n), 0);
        ck_assert_uint_eq(n, 8);
        ck_assert_int_eq(digits_decode("000000000000000000000", 20, decoded, 7, &n), -EBADMSG);
        ck_assert_int_eq(digits_decode("00000000000000000", 17, decoded, 6, &n), -EBADMSG);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("digits", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_output_is_bounded);
        return unit_run(suite);
}
