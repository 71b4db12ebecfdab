/* SPDX-License-Identifier: MIT */

/*
 * AD structures: what is found in an advert, and the one that is sent.
 */

#include <errno.h>
#include <string.h>

#include "exact.h"
#include "io/radio/ad-structure.h"
#include "unit.h"

#define DATA "69e58766f120cf6ddd223ee4746829b0b92019b1"

static unsigned count_structures(const Bytes *bytes) {
        AdReader reader = { .data = bytes->data, .n = bytes->n };
        AdStructure structure;
        unsigned n = 0;

        while (ad_reader_next(&reader, &structure)) {
                ck_assert(structure.data >= bytes->data + 2);
                ck_assert(structure.data + structure.n <= bytes->data + bytes->n);
                n++;
        }
        ck_assert(!ad_reader_next(&reader, &structure));
        return n;
}

/* ---- vectors --------------------------------------------------------------------------------- */

START_TEST(test_vectors_are_found) {
        _json_ *vectors = vectors_load("eid.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "ad_structures"), i, vector) {
                _bytes_ payload = json_hex(vector, "payload");
                AdReader reader = { .data = payload.data, .n = payload.n };
                BleAdvert advert = { .rssi = -7 };

                ck_assert(ad_reader_next_fido(&reader, &advert));
                ck_assert_int_eq(advert.uuid, json_integer_value(json_object_get(vector, "uuid")));
                assert_json_hex(vector, "service_data", advert.service_data, advert.n_service_data);
                ck_assert_int_eq(advert.rssi, -7);
                ck_assert(!ad_reader_next_fido(&reader, &advert));
        }
        ck_assert_uint_eq(i, 8);
}
END_TEST

START_TEST(test_vectors_are_made) {
        _json_ *vectors = vectors_load("eid.json");
        json_t *vector;
        size_t i, n_made = 0;

        json_array_foreach(json_object_get(vectors, "ad_structures"), i, vector) {
                _bytes_ data = json_hex(vector, "service_data");
                uint8_t made[AD_LEGACY_SIZE];
                size_t n;

                if (!json_is_true(json_object_get(vector, "flags")) ||
                    !json_is_true(json_object_get(vector, "uuid_list")))
                        continue;
                ck_assert_int_eq(ad_legacy_encode((uint16_t)json_integer_value(
                                                          json_object_get(vector, "uuid")),
                                                  data.data, data.n, made, &n),
                                 0);
                assert_json_hex(vector, "payload", made, n);
                ck_assert_uint_eq(n, AD_LEGACY_SIZE);
                n_made++;
        }
        ck_assert_uint_eq(n_made, 2);
}
END_TEST

/* ---- what strangers send --------------------------------------------------------------------- */

static const struct {
        const char *what, *hex;
        unsigned n_structures;
        uint16_t uuid; /* 0: none of ours */
        const char *data;
} adverts[] = {
        { "nothing", "", 0, 0, NULL },
        { "a length of zero", "00", 0, 0, NULL },
        { "padding", "0201060000000000", 1, 0, NULL },
        { "ours after padding",
          "02010600"
          "1716f9ff" DATA,
          1, 0, NULL },
        { "a length alone", "01", 0, 0, NULL },
        { "a length beyond the end", "02", 0, 0, NULL },
        { "the same, with a type", "0216", 0, 0, NULL },
        { "type alone", "0116", 1, 0, NULL },
        { "the longest length, nothing behind", "ff", 0, 0, NULL },
        { "one byte too few", "0416f9ff", 0, 0, NULL },
        { "half a UUID", "0216f9", 1, 0, NULL },
        { "no service data", "0316f9ff", 1, 0, NULL },
        { "one byte of service data", "0416f9ff01", 1, 0xfff9, "01" },
        { "Google's UUID", "0416e2fd02", 1, 0xfde2, "02" },
        { "swapped bytes", "0416fff901", 1, 0, NULL },
        { "swapped bytes of the other", "0416fde201", 1, 0, NULL },
        { "a UUID beside", "0416f8ff01", 1, 0, NULL },
        { "32-bit service data", "0620f9ff000001", 1, 0, NULL },
        { "a list of UUIDs", "0503f9ffe2fd", 1, 0, NULL },
        { "manufacturer data", "04fff9ff01", 1, 0, NULL },
        { "ours after another",
          "04160a1801"
          "0416f9ff03",
          2, 0xfff9, "03" },
        { "ours after an empty one",
          "0316f9ff"
          "0416f9ff04",
          2, 0xfff9, "04" },
        { "ours before a broken one",
          "0416f9ff05"
          "1716f9ff0000",
          1, 0xfff9, "05" },
        { "a suffix", "1b16f9ff" DATA "a1011880", 1, 0xfff9, DATA "a1011880" },
};

START_TEST(test_adverts) {
        for (size_t i = 0; i < ELEMENTSOF(adverts); i++) {
                _bytes_ text = bytes_from_hex(adverts[i].hex);
                _bytes_ bytes = exact(text.data, text.n);
                AdReader reader = { .data = bytes.data, .n = bytes.n };
                BleAdvert advert = {};
                bool found;

                ck_assert_msg(count_structures(&bytes) == adverts[i].n_structures, "%s",
                              adverts[i].what);
                found = ad_reader_next_fido(&reader, &advert);
                ck_assert_msg(found == (adverts[i].uuid != 0), "%s", adverts[i].what);
                if (found) {
                        _bytes_ data = bytes_from_hex(adverts[i].data);

                        ck_assert_msg(advert.uuid == adverts[i].uuid, "%s", adverts[i].what);
                        assert_bytes_eq(advert.service_data, advert.n_service_data, data.data,
                                        data.n);
                }
        }
}
END_TEST

/* A wrong length takes what follows for its own; what is ours in it is not looked for. */
START_TEST(test_a_wrong_length_hides_what_follows) {
        _bytes_ bytes = bytes_from_hex("0509414243"
                                       "0416f9ff01");
        AdReader reader = { .data = bytes.data, .n = bytes.n };
        AdStructure structure;

        ck_assert(ad_reader_next(&reader, &structure));
        ck_assert_uint_eq(structure.type, 0x09);
        ck_assert_uint_eq(structure.n, 4);
        ck_assert(!ad_reader_next(&reader, &structure)); /* a length of 0x16 */
}
END_TEST

START_TEST(test_two_in_one) {
        _bytes_ bytes = bytes_from_hex("0416f9ff01"
                                       "020106"
                                       "0516e2fd0203"
                                       "0416f9ff04");
        AdReader reader = { .data = bytes.data, .n = bytes.n };
        BleAdvert advert = {};

        ck_assert(ad_reader_next_fido(&reader, &advert));
        ck_assert_uint_eq(advert.service_data[0], 1);
        ck_assert(ad_reader_next_fido(&reader, &advert));
        ck_assert_uint_eq(advert.uuid, BLE_UUID_GOOGLE);
        ck_assert_uint_eq(advert.n_service_data, 2);
        ck_assert(ad_reader_next_fido(&reader, &advert));
        ck_assert_uint_eq(advert.service_data[0], 4);
        ck_assert(!ad_reader_next_fido(&reader, &advert));
        ck_assert(!ad_reader_next_fido(&reader, &advert));
}
END_TEST

/* A structure can hold one byte more than a user of radios has to be ready for. */
START_TEST(test_longest) {
        static const uint8_t data[256] = { 0, 0x16, 0xf9, 0xff };
        BleAdvert advert = {};

        for (unsigned length = 250; length <= 255; length++) {
                _bytes_ bytes = exact(data, length + 1);
                AdReader reader = { .data = bytes.data, .n = bytes.n };
                bool fits = length - 3 <= BLE_SERVICE_DATA_SIZE_MAX;

                bytes.data[0] = (uint8_t)length;
                ck_assert_uint_eq(count_structures(&bytes), 1);
                ck_assert(ad_reader_next_fido(&reader, &advert) == fits);
                if (fits)
                        ck_assert_uint_eq(advert.n_service_data, length - 3);
        }
}
END_TEST

/* Inputs of up to three bytes, and every cut and every flipped bit of a real advert. */
START_TEST(test_short_inputs) {
        for (unsigned value = 0; value < 1 << 16; value += 13) {
                const uint8_t data[3] = { (uint8_t)value, (uint8_t)(value >> 8), 0x16 };

                for (size_t n = 0; n <= sizeof(data); n++) {
                        _bytes_ bytes = exact(data, n);

                        ck_assert_uint_le(count_structures(&bytes), n / 2);
                }
        }
}
END_TEST

START_TEST(test_every_cut_and_flip) {
        _bytes_ whole = bytes_from_hex("0201060303f9ff1716f9ff" DATA);

        for (size_t n = 0; n < whole.n; n++) {
                _bytes_ bytes = exact(whole.data, n);
                AdReader reader = { .data = bytes.data, .n = bytes.n };
                BleAdvert advert = {};

                ck_assert(!ad_reader_next_fido(&reader, &advert));
        }
        for (size_t bit = 0; bit < 8 * whole.n; bit++) {
                _bytes_ bytes = exact(whole.data, whole.n);

                bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
                count_structures(&bytes);
        }
}
END_TEST

/* ---- what is sent ---------------------------------------------------------------------------- */

/* Flags and list give way to more service data. */
START_TEST(test_encode_sizes) {
        static const struct {
                size_t n, n_made;
                const char *head;
        } rows[] = {
                { 0, 11, "0201060303f9ff0316f9ff" },
                { 1, 12, "0201060303f9ff0416f9ff" },
                { 19, 30, "0201060303f9ff1616f9ff" },
                { 20, 31, "0201060303f9ff1716f9ff" },
                { 21, 29, "0303f9ff1816f9ff" },
                { 23, 31, "0303f9ff1a16f9ff" },
                { 24, 28, "1b16f9ff" },
                { 27, 31, "1e16f9ff" },
        };
        uint8_t data[AD_LEGACY_SERVICE_DATA_MAX + 1];

        memset(data, 0xd5, sizeof(data));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ head = bytes_from_hex(rows[i].head);
                uint8_t made[AD_LEGACY_SIZE];
                AdReader reader = { .data = made };
                BleAdvert advert = {};

                ck_assert_int_eq(ad_legacy_encode(BLE_UUID_FIDO, data, rows[i].n, made, &reader.n),
                                 0);
                ck_assert_uint_eq(reader.n, rows[i].n_made);
                assert_bytes_eq(made, head.n, head.data, head.n);
                ck_assert(ad_reader_next_fido(&reader, &advert) == (rows[i].n > 0));
                if (rows[i].n > 0)
                        assert_bytes_eq(advert.service_data, advert.n_service_data, data,
                                        rows[i].n);
        }
}
END_TEST

START_TEST(test_encode_too_much) {
        static const uint8_t data[64] = {};
        uint8_t made[AD_LEGACY_SIZE];
        size_t n = 99;

        for (size_t i = AD_LEGACY_SERVICE_DATA_MAX + 1; i <= sizeof(data); i++)
                ck_assert_int_eq(ad_legacy_encode(BLE_UUID_FIDO, data, i, made, &n), -EMSGSIZE);
        ck_assert_uint_eq(n, 99);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ad-structure", &tcase);

        tcase_add_test(tcase, test_vectors_are_found);
        tcase_add_test(tcase, test_vectors_are_made);
        tcase_add_test(tcase, test_adverts);
        tcase_add_test(tcase, test_a_wrong_length_hides_what_follows);
        tcase_add_test(tcase, test_two_in_one);
        tcase_add_test(tcase, test_longest);
        tcase_add_test(tcase, test_short_inputs);
        tcase_add_test(tcase, test_every_cut_and_flip);
        tcase_add_test(tcase, test_encode_sizes);
        tcase_add_test(tcase, test_encode_too_much);
        return unit_run(suite);
}
