/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "unit.h"
#include "wire/derive.h"

START_TEST(test_vectors) {
        _json_ *vectors = vectors_load("key_derivation.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "cases"), i, vector) {
                _bytes_ secret = json_hex(vector, "secret");
                _bytes_ salt = json_hex(vector, "salt");
                size_t n = (size_t)json_integer_value(json_object_get(vector, "length"));
                uint8_t out[256];

                derive((DerivePurpose)json_integer_value(json_object_get(vector, "purpose")),
                       secret.data, secret.n, salt.data, salt.n, out, n);
                assert_json_hex(vector, "out", out, n);
        }
        ck_assert_uint_eq(i, 12);
}
END_TEST

START_TEST(test_each_input_counts) {
        static const uint8_t secret[16] = { 1 }, other_secret[16] = { 2 }, salt[16] = { 3 };
        uint8_t out[32], other[32];

        derive(DERIVE_PSK, secret, 16, salt, 16, out, 32);
        derive(DERIVE_PSK, other_secret, 16, salt, 16, other, 32);
        ck_assert_mem_ne(out, other, 32);
        derive(DERIVE_TUNNEL_ID, secret, 16, salt, 16, other, 32);
        ck_assert_mem_ne(out, other, 32);
        derive(DERIVE_PSK, secret, 16, NULL, 0, other, 32);
        ck_assert_mem_ne(out, other, 32);
}
END_TEST

/* RFC 4231 test cases 1, 2, 6 (a key longer than a block) and 7. */
START_TEST(test_hmac) {
        static const char long_key_message[] =
                "Test Using Larger Than Block-Size Key - Hash Key First";
        static const struct {
                size_t n_key;
                uint8_t key_byte;
                const char *key;
                const char *message;
                const char *mac;
        } cases[] = {
                { 20, 0x0b, NULL, "Hi There",
                  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
                { 4, 0, "Jefe", "what do ya want for nothing?",
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
                { 131, 0xaa, NULL, long_key_message,
                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _bytes_ expected = bytes_from_hex(cases[i].mac);
                uint8_t key[256], mac[SHA256_SIZE];
                HmacKey hmac;

                memset(key, cases[i].key_byte, sizeof(key));
                if (cases[i].key)
                        memcpy(key, cases[i].key, cases[i].n_key);
                hmac_key_init(&hmac, key, cases[i].n_key);
                hmac_sha256(&hmac, (const uint8_t *)cases[i].message, strlen(cases[i].message),
                            mac);
                assert_bytes_eq(mac, sizeof(mac), expected.data, expected.n);

                hmac_key_done(&hmac);
                ck_assert_mem_eq(&hmac, &(HmacKey){}, sizeof(hmac));
        }
}
END_TEST

/* RFC 5869 test cases 1 to 3. */
START_TEST(test_hkdf) {
        static const struct {
                const char *secret, *salt, *info, *out;
        } cases[] = {
                { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
                  "f0f1f2f3f4f5f6f7f8f9",
                  "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                  "34007208d5b887185865" },
                { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                  "404142434445464748494a4b4c4d4e4f",
                  "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
                  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                  "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
                  "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
                  "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
                  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                  "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                  "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                  "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
                { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
                  "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                  "9d201395faa4b61a96c8" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _bytes_ secret = bytes_from_hex(cases[i].secret);
                _bytes_ salt = bytes_from_hex(cases[i].salt);
                _bytes_ info = bytes_from_hex(cases[i].info);
                _bytes_ expected = bytes_from_hex(cases[i].out);
                uint8_t out[128];

                hkdf_sha256(secret.data, secret.n, salt.data, salt.n, info.data, info.n, out,
                            expected.n);
                assert_bytes_eq(out, expected.n, expected.data, expected.n);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("derive", &tcase);

        tcase_add_test(tcase, test_vectors);
        tcase_add_test(tcase, test_each_input_counts);
        tcase_add_test(tcase, test_hmac);
        tcase_add_test(tcase, test_hkdf);
        return unit_run(suite);
}
