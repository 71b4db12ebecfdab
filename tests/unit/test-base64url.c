/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/base64url.h"
#include "unit.h"

/* RFC 4648 section 10, without padding, and the two characters that differ from base64. */
static const struct {
        const char *bytes;
        const char *text;
} valid[] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xfe", "-__-" },
};

static const char *const invalid[] = {
        "Z",      /* no length of base64 */
        "Zg==",   /* padding */
        "Zm 9v",  /* white space */
        "+//+",   /* plain base64 */
        "Zh",     /* unused bits set */
        "Zm9",    /* unused bits set, two bytes */
        "Zm9v\n", /* line end */
        "Zm9\x80",
};

START_TEST(test_encode) {
        char text[16];

        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                size_t n = strlen(valid[i].bytes);

                base64url_encode((const uint8_t *)valid[i].bytes, n, text);
                ck_assert_str_eq(text, valid[i].text);
                ck_assert_uint_eq(base64url_encoded_size(n), strlen(text));
        }
}
END_TEST

START_TEST(test_decode) {
        uint8_t bytes[16];
        size_t n;

        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                ck_assert_int_eq(base64url_decode(valid[i].text, strlen(valid[i].text), bytes, &n),
                                 0);
                assert_bytes_eq(bytes, n, valid[i].bytes, strlen(valid[i].bytes));
        }
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                ck_assert_int_eq(base64url_decode(invalid[i], strlen(invalid[i]), bytes, &n),
                                 -EINVAL);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("base64url", &tcase);

        tcase_add_test(tcase, test_encode);
        tcase_add_test(tcase, test_decode);
        return unit_run(suite);
}
