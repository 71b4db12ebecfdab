/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/auth-data.h"

/* SHA-256 of "example.org". */
#define HASH   "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
#define AAGUID "8446ccb9ab1db374750b2367ff6f3a1f"
#define ID     "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4"
#define KEY                                                                                        \
        "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61"     \
        "225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"

/* WebAuthn Level 3 section 16.2. */
#define REGISTRATION HASH "5900000000" AAGUID "0020" ID KEY

static const struct {
        const char *hex;
        uint8_t flags;
        uint32_t counter;
        size_t n_id;
        size_t n_extensions;
} valid[] = {
        { HASH "1900000000", 0x19, 0, 0, 0 },
        { HASH "0000000000", 0x00, 0, 0, 0 },
        { HASH "05fffffffe", 0x05, 0xfffffffe, 0, 0 },
        { HASH "3f01020304", 0x3f, 0x01020304, 0, 0 }, /* reserved flags */
        { REGISTRATION, 0x59, 0, 32, 0 },
        { HASH "8100000000a0", 0x81, 0, 0, 1 },
        { HASH "8100000000a1637072660a", 0x81, 0, 0, 6 },
        { HASH "c100000000" AAGUID "0001aa" KEY "a1617801", 0xc1, 0, 1, 4 },
        { HASH "4100000000" AAGUID "0001aaa0", 0x41, 0, 1, 0 }, /* the key is not looked into */
};

static const struct {
        const char *hex;
        const char *why;
} invalid[] = {
        { "", "nothing" },
        { HASH, "hash only" },
        { HASH "19000000", "cut in the counter" },
        { HASH "1900000000"
               "00",
          "a byte more" },
        { HASH "1900000000a0", "extensions without their flag" },
        { HASH "1900000000" AAGUID "0020" ID KEY, "credential without its flag" },
        { HASH "5900000000", "flag without a credential" },
        { HASH "5900000000" AAGUID, "AAGUID only" },
        { HASH "5900000000" AAGUID "00", "cut in the length" },
        { HASH "5900000000" AAGUID "0000" KEY, "empty credential id" },
        { HASH "5900000000" AAGUID "0020" ID, "no key" },
        { HASH "5900000000" AAGUID "0021" ID KEY, "length one too large" },
        { HASH "5900000000" AAGUID "001f" ID KEY, "length one too small" },
        { HASH "5900000000" AAGUID "2000" ID KEY, "length in the wrong order" },
        { HASH "5900000000" AAGUID "ffff" ID KEY, "length far too large" },
        { HASH "5900000000" AAGUID "0020" ID "80", "key is no map" },
        { HASH "5900000000" AAGUID "0020" ID "bf0102ff", "key of indefinite length" },
        { HASH "5900000000" AAGUID "0020" ID "a201020103", "key with a duplicate label" },
        { REGISTRATION "00", "a byte after the key" },
        { REGISTRATION "a0", "a map after the key, without its flag" },
        { HASH "8100000000", "flag without extensions" },
        { HASH "810000000080", "extensions are no map" },
        { HASH "8100000000a16370", "cut in the extensions" },
        { HASH "8100000000a0a0", "two maps of extensions" },
        { HASH "d900000000" AAGUID "0020" ID KEY, "flag without extensions after a key" },
        { HASH "8100000000a1617881818181"
               "00",
          "extensions too deep" },
};

START_TEST(test_valid) {
        for (size_t i = 0; i < ELEMENTSOF(valid); i++) {
                _bytes_ bytes = bytes_from_hex(valid[i].hex);
                uint8_t encoded[512];
                ByteWriter w = BYTE_WRITER(encoded);
                AuthData auth_data;

                ck_assert_msg(auth_data_decode(bytes.data, bytes.n, &auth_data) == 0, "%s",
                              valid[i].hex);
                ck_assert_uint_eq(auth_data.flags, valid[i].flags);
                ck_assert_uint_eq(auth_data.counter, valid[i].counter);
                ck_assert_uint_eq(auth_data.credential_id.n, valid[i].n_id);
                ck_assert_uint_eq(auth_data.extensions.n, valid[i].n_extensions);

                auth_data_encode(&auth_data, &w);
                assert_bytes_eq(encoded, w.n, bytes.data, bytes.n);
        }
}
END_TEST

START_TEST(test_invalid) {
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++) {
                _bytes_ bytes = bytes_from_hex(invalid[i].hex);
                AuthData auth_data = { .counter = 77 };

                ck_assert_msg(auth_data_decode(bytes.data, bytes.n, &auth_data) == -EBADMSG,
                              "accepted: %s", invalid[i].why);
                ck_assert_uint_eq(auth_data.counter, 77);
        }
}
END_TEST

START_TEST(test_fields) {
        _bytes_ bytes = bytes_from_hex(REGISTRATION);
        _bytes_ hash = bytes_from_hex(HASH);
        _bytes_ aaguid = bytes_from_hex(AAGUID);
        _bytes_ id = bytes_from_hex(ID);
        _bytes_ key = bytes_from_hex(KEY);
        AuthData auth_data;

        ck_assert_int_eq(auth_data_decode(bytes.data, bytes.n, &auth_data), 0);
        assert_bytes_eq(auth_data.rp_id_hash, SHA256_SIZE, hash.data, hash.n);
        assert_bytes_eq(auth_data.aaguid, HYBRID_AAGUID_SIZE, aaguid.data, aaguid.n);
        assert_bytes_eq(auth_data.credential_id.data, auth_data.credential_id.n, id.data, id.n);
        assert_bytes_eq(auth_data.public_key.data, auth_data.public_key.n, key.data, key.n);
        ck_assert_ptr_null(auth_data.extensions.data);
}
END_TEST

/* Cut anywhere, the registration is refused. */
START_TEST(test_every_prefix) {
        _bytes_ bytes = bytes_from_hex(REGISTRATION);
        AuthData auth_data;

        for (size_t n = 0; n < bytes.n; n++)
                ck_assert_int_eq(auth_data_decode(bytes.data, n, &auth_data), -EBADMSG);
}
END_TEST

START_TEST(test_credential_id_size) {
        static const uint8_t id[CTAP2_CREDENTIAL_ID_SIZE_MAX + 1] = { 1 };
        static const uint8_t empty_map[] = { 0xa0 };
        AuthData auth_data = {
                .flags = AUTH_DATA_AT,
                .credential_id = { .data = id, .n = CTAP2_CREDENTIAL_ID_SIZE_MAX },
                .public_key = { .data = empty_map, .n = sizeof(empty_map) },
        };
        uint8_t encoded[2048];
        ByteWriter w = BYTE_WRITER(encoded);
        AuthData decoded;

        auth_data_encode(&auth_data, &w);
        ck_assert_int_eq(auth_data_decode(encoded, w.n, &decoded), 0);
        ck_assert_uint_eq(decoded.credential_id.n, CTAP2_CREDENTIAL_ID_SIZE_MAX);

        auth_data.credential_id.n++;
        w = (ByteWriter)BYTE_WRITER(encoded);
        auth_data_encode(&auth_data, &w);
        ck_assert_int_eq(auth_data_decode(encoded, w.n, &decoded), -EBADMSG);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("auth-data", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_fields);
        tcase_add_test(tcase, test_every_prefix);
        tcase_add_test(tcase, test_credential_id_size);
        return unit_run(suite);
}
