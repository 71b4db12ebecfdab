/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "wire/cose.h"

#define X256 "afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61"
#define Y256 "930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"
#define X384                                                                                       \
        "4866bd8b01da789e9eb806e5eab05ae5a638542296ab057a2f1bbce9b58f8a08"                         \
        "b9171390b58a37ac7fffc2c5f45857da"
#define Y384                                                                                       \
        "a0b024c7f4b72072a1f96bd30a7261aae9571dd39870eb29e55c0941c6b08e89"                         \
        "629a1ea1216aa64ce57c2807bf3901a0"
#define X521                                                                                       \
        "0083240a2c3ad21a3dc0a6daa3d8bc05a46d7cd9825ba010ae2a22686c2d6d66"                         \
        "3d7d5f678987fb1e767542e63dc197ae915e25f8ee284651af29066910a2cc083f50"
#define Y521                                                                                       \
        "017337df47ab5cce5d716ef8caffa97a3012689b1f326ea6c43a1ba9596c72f7"                         \
        "1f0122390143552b42be772b4c35ffb961220c743b486a601ea4cb6d5412f5b078d3"
#define X25519 "44e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832"

/* Keys of WebAuthn Level 3 sections 16.2, 16.8, 16.9, 16.11 and 16.12; SPKI made with OpenSSL. */
static const struct {
        const char *key;
        int64_t algorithm;
        CoseKeyType type;
        const char *spki;
} valid[] = {
        { "a5010203262001215820" X256 "225820" Y256, COSE_ES256, COSE_KEY_P256,
          "3059301306072a8648ce3d020106082a8648ce3d03010703420004" X256 Y256 },
        { "a5010203282001215820" X256 "225820" Y256, COSE_ESP256, COSE_KEY_P256,
          "3059301306072a8648ce3d020106082a8648ce3d03010703420004" X256 Y256 },
        { "a501020338222002215830" X384 "225830" Y384, COSE_ES384, COSE_KEY_P384,
          "3076301006072a8648ce3d020106052b8104002203620004" X384 Y384 },
        { "a501020338322002215830" X384 "225830" Y384, COSE_ESP384, COSE_KEY_P384,
          "3076301006072a8648ce3d020106052b8104002203620004" X384 Y384 },
        { "a501020338232003215842" X521 "225842" Y521, COSE_ES512, COSE_KEY_P521,
          "30819b301006072a8648ce3d020106052b810400230381860004" X521 Y521 },
        { "a501020338332003215842" X521 "225842" Y521, COSE_ESP512, COSE_KEY_P521,
          "30819b301006072a8648ce3d020106052b810400230381860004" X521 Y521 },
        { "a4010103272006215820" X25519, COSE_EDDSA, COSE_KEY_ED25519,
          "302a300506032b6570032100" X25519 },
        { "a4010103322006215820" X25519, COSE_ED25519, COSE_KEY_ED25519,
          "302a300506032b6570032100" X25519 },
        { "a4010103383420072158398051ef4f94670b5abf17da2e9558ba6eba94eb8704363915b4d666de287ad3"
          "29de9f1f075211aba602dc6e7a5e52b15a8ee1c984a9f8887380",
          -53, COSE_KEY_UNKNOWN, NULL },                                      /* Ed448 */
        { "a3010703383020420102", -49, COSE_KEY_UNKNOWN, NULL },              /* ML-DSA-65 */
        { "a501020339ffff2001214101224101", -65536, COSE_KEY_UNKNOWN, NULL }, /* RS1 + 1 */
};

static const struct {
        const char *key;
        const char *why;
} invalid[] = {
        { "80", "no map" },
        { "a0", "nothing in it" },
        { "a403262001215820" X256 "225820" Y256, "no key type" },
        { "a401022001215820" X256 "225820" Y256, "no algorithm" },
        { "a50102036545533235362001215820" X256 "225820" Y256, "algorithm as text" },
        { "a5016345433203262001215820" X256 "225820" Y256, "key type as text" },
        { "a5010103262001215820" X256 "225820" Y256, "ES256 with key type OKP" },
        { "a5010303262001215820" X256 "225820" Y256, "ES256 with key type RSA" },
        { "a5010203262002215820" X256 "225820" Y256, "ES256 on P-384" },
        { "a401020326215820" X256 "225820" Y256, "ES256 without a curve" },
        { "a4010203262001225820" Y256, "ES256 without X" },
        { "a4010203262001215820" X256, "ES256 without Y" },
        { "a5010203262001215820" X256 "22f5", "compressed point" },
        { "a501020326200121581fafefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b67"
          "2f26df225820" Y256,
          "X too short" },
        { "a5010203262001215821" X256 "00225820" Y256, "X too long" },
        { "a5010203262001215820" X256
          "22581f930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b92",
          "Y too short" },
        { "a5010203262001215820" X256 "225821" Y256 "00", "Y too long" },
        { "a501020326200121784061666566613136663937636139623264323365623836636362363430"
          "3938643230646239303835363036326562323439633333613962363732663236646636312258"
          "20" Y256,
          "X as text" },
        { "a5010203262001215820" X256
          "2258200000000000000000000000000000000000000000000000000000000000000000",
          "point not on the curve" },
        { "a501020326200121582000000000000000000000000000000000000000000000000000000000"
          "0000000022582000000000000000000000000000000000000000000000000000000000000000"
          "00",
          "no point at all" },
        { "a5010203262001215820" X256
          "225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9222",
          "Y of another point" },
        { "a5010203262001215820ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffff225820" Y256,
          "X above p" },
        { "a501020338222001215820" X256 "225820" Y256, "ES384 on P-256" },
        { "a501020338222002215820" X256 "225830" Y384, "ES384 with a short X" },
        { "a501020338232003215842" X521 "225820" Y256, "ES512 with a short Y" },
        { "a4010203272006215820" X25519, "EdDSA with key type EC2" },
        { "a4010103272007215820" X25519, "EdDSA on Ed448" },
        { "a401010327200621581f44e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84"
          "934bf8",
          "EdDSA with a short key" },
        { "a3010103272006", "EdDSA without a key" },
        { "a4010203390100205880ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffff214103",
          "RS256 with key type EC2" },
        { "a3010303390100214103", "RSA without a modulus" },
        { "a3010303390100205880ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffff",
          "RSA without an exponent" },
};

static CborItem parse(const Bytes *bytes) {
        CborItem item = {};

        ck_assert_int_eq(cbor_item_parse(bytes->data, bytes->n, 4, 0, &item), 0);
        return item;
}

static void check_spki(const CoseKey *key, const char *expected_hex) {
        uint8_t spki[COSE_SPKI_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(spki);

        ck_assert_int_eq(cose_key_encode_spki(key, &w), !!expected_hex);
        if (expected_hex) {
                _bytes_ expected = bytes_from_hex(expected_hex);

                ck_assert(byte_writer_fits(&w));
                assert_bytes_eq(spki, w.n, expected.data, expected.n);
        } else
                ck_assert_uint_eq(w.n, 0);
}

START_TEST(test_valid) {
        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _bytes_ bytes = bytes_from_hex(valid[i].key);
                uint8_t encoded[256];
                ByteWriter w = BYTE_WRITER(encoded);
                CoseKey key;

                ck_assert_msg(cose_key_decode(parse(&bytes), &key) == 0, "%s", valid[i].key);
                ck_assert(key.algorithm == valid[i].algorithm);
                ck_assert_uint_eq(key.type, valid[i].type);
                check_spki(&key, valid[i].spki);
                if (key.type == COSE_KEY_UNKNOWN)
                        continue;
                cose_key_encode(&key, &w);
                assert_bytes_eq(encoded, w.n, bytes.data, bytes.n);
        }
}
END_TEST

START_TEST(test_invalid) {
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                _bytes_ bytes = bytes_from_hex(invalid[i].key);
                CoseKey key = { .algorithm = 1 };

                ck_assert_msg(cose_key_decode(parse(&bytes), &key) == -EBADMSG, "%s",
                              invalid[i].why);
                ck_assert(key.algorithm == 1); /* untouched */
        }
}
END_TEST

START_TEST(test_from_p256) {
        _bytes_ point = bytes_from_hex("04" X256 Y256);
        _bytes_ expected = bytes_from_hex(valid[0].key);
        uint8_t encoded[128];
        ByteWriter w = BYTE_WRITER(encoded);
        CoseKey key = cose_key_from_p256(point.data);

        cose_key_encode(&key, &w);
        assert_bytes_eq(encoded, w.n, expected.data, expected.n);
}
END_TEST

/* An RSA key of n bytes whose modulus begins with this byte. */
static Bytes rsa_key(size_t n, uint8_t first, const char *exponent_hex, uint8_t **ret_modulus) {
        uint8_t *modulus = malloc(n);
        _bytes_ exponent = bytes_from_hex(exponent_hex);
        Bytes bytes = { .data = malloc(n + 64) };
        ByteWriter w = { .data = bytes.data, .size = n + 64 };
        CoseKey key = {
                .algorithm = COSE_RS256,
                .type = COSE_KEY_RSA,
                .modulus = { .data = modulus, .n = n },
                .exponent = { .data = exponent.data, .n = exponent.n },
        };

        memset(modulus, 0xa5, n);
        modulus[0] = first;
        cose_key_encode(&key, &w);
        ck_assert(byte_writer_fits(&w));
        bytes.n = w.n;
        *ret_modulus = modulus;
        return bytes;
}

/* The heads of SPKI around the modulus, at sizes where the lengths of lengths differ. */
START_TEST(test_rsa) {
        static const struct {
                size_t n;
                uint8_t first;
                const char *exponent;
                const char *head;
                const char *tail;
        } rows[] = {
                { 256, 0x80, "010001",
                  "30820122300d06092a864886f70d01010105000382010f003082010a0282010100",
                  "0203010001" },
                { 256, 0x7f, "010001",
                  "30820121300d06092a864886f70d01010105000382010e003082010902820100",
                  "0203010001" },
                { 128, 0xff, "03", "30819d300d06092a864886f70d010101050003818b0030818702818100",
                  "020103" },
                { 1024, 0x80, "ff",
                  "30820421300d06092a864886f70d01010105000382040e00308204090282040100",
                  "020200ff" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t *modulus, spki[COSE_SPKI_SIZE_MAX];
                _bytes_ bytes = rsa_key(rows[i].n, rows[i].first, rows[i].exponent, &modulus);
                _bytes_ head = bytes_from_hex(rows[i].head);
                _bytes_ tail = bytes_from_hex(rows[i].tail);
                ByteWriter w = BYTE_WRITER(spki);
                CoseKey key;

                ck_assert_int_eq(cose_key_decode(parse(&bytes), &key), 0);
                ck_assert(cose_key_encode_spki(&key, &w));
                ck_assert(byte_writer_fits(&w));
                ck_assert_uint_eq(w.n, head.n + rows[i].n + tail.n);
                assert_bytes_eq(spki, head.n, head.data, head.n);
                assert_bytes_eq(spki + head.n, rows[i].n, modulus, rows[i].n);
                assert_bytes_eq(spki + head.n + rows[i].n, tail.n, tail.data, tail.n);
                free(modulus);
        }
}
END_TEST

START_TEST(test_rsa_invalid) {
        static const struct {
                size_t n;
                uint8_t first;
                const char *exponent;
        } rows[] = {
                { 127, 0x80, "010001" },             /* too small */
                { 1025, 0x80, "010001" },            /* too large */
                { 256, 0x00, "010001" },             /* leading zero */
                { 256, 0x80, "" },                   /* no exponent */
                { 256, 0x80, "00010001" },           /* leading zero */
                { 256, 0x80, "010000000000000001" }, /* 9 bytes */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t *modulus;
                _bytes_ bytes = rsa_key(rows[i].n, rows[i].first, rows[i].exponent, &modulus);
                CoseKey key;

                ck_assert_msg(cose_key_decode(parse(&bytes), &key) == -EBADMSG, "row %zu", i);
                free(modulus);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("cose", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_from_p256);
        tcase_add_test(tcase, test_rsa);
        tcase_add_test(tcase, test_rsa_invalid);
        return unit_run(suite);
}
