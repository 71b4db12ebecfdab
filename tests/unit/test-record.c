/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "wire/record.h"

static RecordCipher cipher_from_json(const json_t *object, const char *key) {
        _bytes_ bytes = json_hex(object, key);
        RecordCipher cipher;

        record_cipher_init(&cipher, bytes.data);
        cipher.counter = (uint32_t)json_integer_value(json_object_get(object, "seq"));
        return cipher;
}

static void assert_opens(RecordCipher cipher, const json_t *vector) {
        _bytes_ record = json_hex(vector, "ciphertext");
        _bytes_ opened = { .data = malloc(record.n) };
        uint32_t counter = cipher.counter;
        size_t n;

        ck_assert_int_eq(record_open(&cipher, record.data, record.n, opened.data, &n), 0);
        assert_json_hex(vector, "message", opened.data, n);
        ck_assert_uint_eq(cipher.counter, counter + 1);
}

START_TEST(test_valid) {
        _json_ *vectors = vectors_load("records.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                RecordCipher cipher = cipher_from_json(vector, "write_key");
                _bytes_ message = json_hex(vector, "message");
                _bytes_ record = { .data = malloc(record_size(message.n)) };

                assert_opens(cipher, vector);
                ck_assert_int_eq(record_seal(&cipher, message.data, message.n, record.data), 0);
                assert_json_hex(vector, "ciphertext", record.data, record_size(message.n));
        }
        ck_assert_uint_eq(i, 22);
}
END_TEST

START_TEST(test_odd_but_accepted) {
        _json_ *vectors = vectors_load("records.json");
        const json_t *odd = json_object_get(vectors, "odd_but_accepted");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(odd, "cases"), i, vector)
                assert_opens(cipher_from_json(odd, "read_key"), vector);
        ck_assert_uint_eq(i, 4);
}
END_TEST

START_TEST(test_invalid) {
        _json_ *vectors = vectors_load("records.json");
        const json_t *invalid = json_object_get(vectors, "invalid");
        RecordCipher cipher = cipher_from_json(invalid, "read_key");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(invalid, "cases"), i, vector) {
                _bytes_ record = json_hex(vector, "ciphertext");
                uint8_t opened[1024];
                size_t n = 12345;

                ck_assert_msg(record_open(&cipher, record.data, record.n, opened, &n) == -EBADMSG,
                              "%s", json_text(vector, "why"));
                ck_assert_uint_eq(cipher.counter, 0);
                ck_assert_uint_eq(n, 12345);
        }
        ck_assert_uint_eq(i, 6);
}
END_TEST

/* A receiver that repeats or skips a record does not open the next one. */
START_TEST(test_order) {
        static const uint8_t key[AES256_KEY_SIZE] = { 7 };
        uint8_t records[3][RECORD_BLOCK_SIZE + AES_GCM_TAG_SIZE], opened[64];
        RecordCipher sender, receiver;
        size_t n;

        record_cipher_init(&sender, key);
        record_cipher_init(&receiver, key);
        for (size_t i = 0; i < 3; i++)
                ck_assert_int_eq(record_seal(&sender, (const uint8_t *)"x", 1, records[i]), 0);

        ck_assert_int_eq(record_open(&receiver, records[0], sizeof(records[0]), opened, &n), 0);
        ck_assert_int_eq(record_open(&receiver, records[0], sizeof(records[0]), opened, &n),
                         -EBADMSG);
        ck_assert_int_eq(record_open(&receiver, records[2], sizeof(records[0]), opened, &n),
                         -EBADMSG);
        ck_assert_int_eq(record_open(&receiver, records[1], sizeof(records[0]), opened, &n), 0);
}
END_TEST

START_TEST(test_counter_is_used_up) {
        static const uint8_t key[AES256_KEY_SIZE] = { 7 };
        uint8_t record[RECORD_BLOCK_SIZE + AES_GCM_TAG_SIZE], opened[64];
        RecordCipher sender, receiver;
        size_t n;

        record_cipher_init(&sender, key);
        record_cipher_init(&receiver, key);
        sender.counter = receiver.counter = RECORD_COUNTER_MAX;

        ck_assert_int_eq(record_seal(&sender, NULL, 0, record), 0);
        ck_assert_int_eq(record_open(&receiver, record, sizeof(record), opened, &n), 0);
        ck_assert_int_eq(record_seal(&sender, NULL, 0, record), -EOVERFLOW);
        ck_assert_int_eq(record_open(&receiver, record, sizeof(record), opened, &n), -EOVERFLOW);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("record", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_odd_but_accepted);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_order);
        tcase_add_test(tcase, test_counter_is_used_up);
        return unit_run(suite);
}
