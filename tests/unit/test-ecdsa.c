/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "crypto/ecdsa.h"
#include "unit.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);

/* The key and the signatures of RFC 6979 section A.2.5, the latter put into DER. */
#define SCALAR "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define POINT                                                                                      \
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"                       \
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define SAMPLE_R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define SAMPLE_S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define TEST_R   "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
#define TEST_S   "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"

static const struct {
        const char *message;
        const char *signature;
} valid[] = {
        { "sample", "3046022100" SAMPLE_R "022100" SAMPLE_S },
        { "test", "3045022100" TEST_R "0220" TEST_S },
};

static const struct {
        const char *message;
        const char *signature;
        const char *why;
} invalid[] = {
        { "Sample", "3046022100" SAMPLE_R "022100" SAMPLE_S, "another message" },
        { "", "3046022100" SAMPLE_R "022100" SAMPLE_S, "no message" },
        { "sample", "3045022100" TEST_R "0220" TEST_S, "another signature" },
        { "sample", "3046022100" SAMPLE_S "022100" SAMPLE_R, "numbers swapped" },
        { "sample", "3046022100" SAMPLE_R "022100" SAMPLE_S "00", "a byte more" },
        { "sample", "3046022100" SAMPLE_R "022100", "cut" },
        { "sample", "", "nothing" },
        { "sample", SAMPLE_R SAMPLE_S, "not in DER" },
        { "sample", "308146022100" SAMPLE_R "022100" SAMPLE_S, "length not shortest" },
        { "test", "3046022100" TEST_R "022100" TEST_S, "zero byte that is not needed" },
        { "sample", "30440220" SAMPLE_R "0220" SAMPLE_S, "negative numbers" },
        { "sample", "3006020100020100", "zeros" },
        { "sample", "3026022100" SAMPLE_R "020100", "S is zero" },
        { "sample", "3008020101020101020101", "three numbers" },
};

START_TEST(test_verify) {
        _bytes_ point = bytes_from_hex(POINT);

        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _bytes_ signature = bytes_from_hex(valid[i].signature);

                ck_assert_int_eq(ecdsa_p256_verify(point.data, valid[i].message,
                                                   strlen(valid[i].message), signature.data,
                                                   signature.n),
                                 0);
        }
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                _bytes_ signature = bytes_from_hex(invalid[i].signature);

                ck_assert_msg(ecdsa_p256_verify(point.data, invalid[i].message,
                                                strlen(invalid[i].message), signature.data,
                                                signature.n) == -EBADMSG,
                              "accepted: %s", invalid[i].why);
        }
}
END_TEST

START_TEST(test_verify_other_points) {
        static const struct {
                size_t offset;
                uint8_t value;
                const char *why;
        } rows[] = {
                { 0, 0x06, "hybrid form" }, { 0, 0x07, "hybrid form" }, { 0, 0x02, "compressed" },
                { 0, 0x00, "infinity" },    { 1, 0x61, "another X" },   { 64, 0x98, "another Y" },
        };
        _bytes_ signature = bytes_from_hex(valid[0].signature);

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ point = bytes_from_hex(POINT);

                point.data[rows[i].offset] = rows[i].value;
                ck_assert_msg(ecdsa_p256_verify(point.data, "sample", 6, signature.data,
                                                signature.n) == -EBADMSG,
                              "accepted: %s", rows[i].why);
        }
}
END_TEST

START_TEST(test_sign) {
        _bytes_ scalar = bytes_from_hex(SCALAR);
        _bytes_ point = bytes_from_hex(POINT);
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        uint8_t first[ECDSA_P256_SIGNATURE_SIZE_MAX], second[ECDSA_P256_SIGNATURE_SIZE_MAX];
        size_t n_first, n_second;

        ck_assert_int_eq(p256_key_new(&key, scalar.data), 0);
        assert_bytes_eq(p256_key_public(key), P256_UNCOMPRESSED_SIZE, point.data, point.n);

        ck_assert_int_eq(ecdsa_p256_sign(key, "sample", 6, first, &n_first), 0);
        ck_assert_int_eq(ecdsa_p256_sign(key, "sample", 6, second, &n_second), 0);
        ck_assert_int_eq(ecdsa_p256_verify(point.data, "sample", 6, first, n_first), 0);
        ck_assert_int_eq(ecdsa_p256_verify(point.data, "sample", 6, second, n_second), 0);
        ck_assert_int_eq(ecdsa_p256_verify(point.data, "simple", 6, first, n_first), -EBADMSG);

        /* No nonce is used twice. */
        ck_assert(n_first != n_second || memcmp(first, second, n_first) != 0);
}
END_TEST

START_TEST(test_sign_with_many_keys) {
        TestRandom random = {};
        HybridEnv env = test_random_env(&random);

        for (unsigned i = 0; i < 50; i++) {
                _cleanup_(p256_key_freep) P256Key *key = NULL;
                uint8_t signature[ECDSA_P256_SIGNATURE_SIZE_MAX];
                size_t n;

                ck_assert_int_eq(p256_key_generate(&key, &env), 0);
                ck_assert_int_eq(ecdsa_p256_sign(key, &i, sizeof(i), signature, &n), 0);
                ck_assert_uint_le(n, sizeof(signature));
                ck_assert_int_eq(
                        ecdsa_p256_verify(p256_key_public(key), &i, sizeof(i), signature, n), 0);
                signature[n - 1] ^= 1;
                ck_assert_int_eq(
                        ecdsa_p256_verify(p256_key_public(key), &i, sizeof(i), signature, n),
                        -EBADMSG);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ecdsa", &tcase);

        tcase_add_test(tcase, test_verify);
        tcase_add_test(tcase, test_verify_other_points);
        tcase_add_test(tcase, test_sign);
        tcase_add_test(tcase, test_sign_with_many_keys);
        return unit_run(suite);
}
