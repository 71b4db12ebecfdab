/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/ctap2-get-info.h"

typedef struct InvalidRow {
        const char *hex;
        const char *why;
} InvalidRow;

#define VERSIONS   "0182684649444f5f325f30684649444f5f325f31"
#define PRF_LISTED "028163707266"
#define NO_AAGUID  "035000000000000000000000000000000000"
#define OPTIONS    "04a362726bf5627570f5627576f5"
#define TRANSPORTS "098268696e7465726e616c66687962726964"
static const char get_info_full[] = "a5" VERSIONS PRF_LISTED NO_AAGUID OPTIONS TRANSPORTS;

/* Everything that is read, in canonical order. */
static const char get_info_rich[] =
        "a8" VERSIONS PRF_LISTED NO_AAGUID "04a4626570f562726bf5627570f4627576f5"
        "0708"                          /* credentials in a list */
        "08190100"                      /* bytes of a credential id */
        TRANSPORTS                      /* */
        "1682667061636b6564646e6f6e65"; /* packed, none */

static const char get_info_minimal[] = "a10181684649444f5f325f30";

static const char get_info_android[] =
        "a5" VERSIONS PRF_LISTED NO_AAGUID "04a462726bf5627570f5627576f564706c6174f4" TRANSPORTS;

static const char get_info_iphone[] =
        "a5" VERSIONS "0282696c61726765426c6f62637072660350f24a8e70d0d3f82c293732523cc4de5a04a36272"
        "6bf5627576f56c6a736f6e4d65737361676573f5" TRANSPORTS;

static const InvalidRow get_info_invalid[] = {
        { "", "nothing" },
        { "80", "no map" },
        { "a0", "empty map" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID OPTIONS "098268696e7465726e616c666879627269", "cut" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID OPTIONS TRANSPORTS "00", "a byte more" },
        { "a4" PRF_LISTED NO_AAGUID OPTIONS TRANSPORTS, "no versions" },
        { "a501684649444f5f325f30" PRF_LISTED NO_AAGUID OPTIONS TRANSPORTS, "versions as text" },
        { "a50181484649444f5f325f30" PRF_LISTED NO_AAGUID OPTIONS TRANSPORTS, "version as bytes" },
        { "a5" VERSIONS "02a0" NO_AAGUID OPTIONS TRANSPORTS, "extensions as map" },
        { "a5" VERSIONS "02826370726601" NO_AAGUID OPTIONS TRANSPORTS, "extension as number" },
        { "a5" VERSIONS PRF_LISTED "034f000000000000000000000000000000" OPTIONS TRANSPORTS,
          "AAGUID too short" },
        { "a5" VERSIONS PRF_LISTED
          "0358200000000000000000000000000000000000000000000000000000000000000000" OPTIONS
                  TRANSPORTS,
          "AAGUID too long" },
        { "a5" VERSIONS PRF_LISTED "036178" OPTIONS TRANSPORTS, "AAGUID as text" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID "0480" TRANSPORTS, "options as array" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID "04a162726b01" TRANSPORTS, "rk as number" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID OPTIONS "0963757362", "transports as text" },
        { "a5" VERSIONS PRF_LISTED NO_AAGUID OPTIONS "0981f6", "transport null" },
        { "a2" VERSIONS "04a162657001", "ep as number" },
        { "a2" VERSIONS "076138", "number of credentials as text" },
        { "a2" VERSIONS "0720", "number of credentials below zero" },
        { "a2" VERSIONS "08f5", "length of credential ids as boolean" },
        { "a2" VERSIONS "16667061636b6564", "attestation formats as text" },
        { "a2" VERSIONS "168100", "attestation format as number" },
};

START_TEST(test_round_trips) {
        static const char *const rows[] = { get_info_full, get_info_rich, get_info_minimal };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ bytes = bytes_from_hex(rows[i]);
                uint8_t again[256];
                ByteWriter w = BYTE_WRITER(again);
                Ctap2GetInfo info;

                ck_assert_int_eq(ctap2_get_info_decode(bytes.data, bytes.n, &info), 0);
                ctap2_get_info_encode(&info, &w);
                assert_bytes_eq(again, w.n, bytes.data, bytes.n);
        }
}
END_TEST

START_TEST(test_invalid) {
        for (size_t i = 0; i < ELEMENTSOF(get_info_invalid); i++) {
                _bytes_ bytes = bytes_from_hex(get_info_invalid[i].hex);
                Ctap2GetInfo info = { .options.rk = CTAP2_OPTION_TRUE };

                ck_assert_msg(ctap2_get_info_decode(bytes.data, bytes.n, &info) == -EBADMSG,
                              "accepted: %s", get_info_invalid[i].why);
                ck_assert_uint_eq(info.options.rk, CTAP2_OPTION_TRUE); /* untouched */
        }
}
END_TEST

START_TEST(test_phones) {
        static const struct {
                const char *hex;
                Ctap2Options options;
                bool large_blob;
        } rows[] = {
                { get_info_android,
                  { CTAP2_OPTION_TRUE, CTAP2_OPTION_TRUE, CTAP2_OPTION_TRUE },
                  false },
                { get_info_iphone,
                  { CTAP2_OPTION_TRUE, CTAP2_OPTION_ABSENT, CTAP2_OPTION_TRUE },
                  true },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ bytes = bytes_from_hex(rows[i].hex);
                Ctap2GetInfo info;

                ck_assert_int_eq(ctap2_get_info_decode(bytes.data, bytes.n, &info), 0);
                ck_assert(ctap2_get_info_has_extension(&info, "prf"));
                ck_assert(!ctap2_get_info_has_extension(&info, "hmac-secret"));
                ck_assert(!ctap2_get_info_has_extension(&info, "pr"));
                ck_assert(!ctap2_get_info_has_extension(&info, ""));
                ck_assert_int_eq(ctap2_get_info_has_extension(&info, "largeBlob"),
                                 rows[i].large_blob);
                ck_assert(info.has_aaguid);
                ck_assert_mem_eq(&info.options, &rows[i].options, sizeof(info.options));
        }
}
END_TEST

/* What is not said is absent, and nothing is listed. */
START_TEST(test_minimal) {
        _bytes_ bytes = bytes_from_hex(get_info_minimal);
        Ctap2GetInfo info;

        ck_assert_int_eq(ctap2_get_info_decode(bytes.data, bytes.n, &info), 0);
        ck_assert(!ctap2_get_info_has_extension(&info, "prf"));
        ck_assert(!info.has_aaguid);
        ck_assert(!ctap2_options_present(&info.options));
        ck_assert_ptr_null(info.transports.data);
}
END_TEST

START_TEST(test_rich) {
        _bytes_ bytes = bytes_from_hex(get_info_rich);
        Ctap2GetInfo info;

        ck_assert_int_eq(ctap2_get_info_decode(bytes.data, bytes.n, &info), 0);
        ck_assert_uint_eq(info.n_credentials_max, 8);
        ck_assert_uint_eq(info.credential_size_max, 256);
        ck_assert_uint_eq(info.options.ep, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(info.options.up, CTAP2_OPTION_FALSE);
        ck_assert(ctap2_text_list_contains(info.attestation_formats, "packed"));
        ck_assert(ctap2_text_list_contains(info.attestation_formats, "none"));
        ck_assert(!ctap2_text_list_contains(info.attestation_formats, "pack"));
        ck_assert(!ctap2_text_list_contains((CborItem){}, "packed"));
}
END_TEST

START_TEST(test_build) {
        static const char *const versions[] = { "FIDO_2_0", "FIDO_2_1" };
        static const char *const extensions[] = { "prf" };
        static const char *const transports[] = { "internal", "hybrid" };
        uint8_t lists[3][64], built[256];
        ByteWriter w[] = { BYTE_WRITER(lists[0]), BYTE_WRITER(lists[1]), BYTE_WRITER(lists[2]),
                           BYTE_WRITER(built) };
        _bytes_ expected = bytes_from_hex(get_info_full);

        ctap2_text_list_encode(versions, ELEMENTSOF(versions), &w[0]);
        ctap2_text_list_encode(extensions, ELEMENTSOF(extensions), &w[1]);
        ctap2_text_list_encode(transports, ELEMENTSOF(transports), &w[2]);

        const Ctap2GetInfo info = {
                .versions = { lists[0], w[0].n },
                .extensions = { lists[1], w[1].n },
                .has_aaguid = true,
                .options = { CTAP2_OPTION_TRUE, CTAP2_OPTION_TRUE, CTAP2_OPTION_TRUE },
                .transports = { lists[2], w[2].n },
        };
        ctap2_get_info_encode(&info, &w[3]);
        assert_bytes_eq(built, w[3].n, expected.data, expected.n);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ctap2-get-info", &tcase);

        tcase_add_test(tcase, test_round_trips);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_phones);
        tcase_add_test(tcase, test_minimal);
        tcase_add_test(tcase, test_rich);
        tcase_add_test(tcase, test_build);
        return unit_run(suite);
}
