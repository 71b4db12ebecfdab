/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "unit.h"

int unit_run(Suite *suite) {
        SRunner *runner = srunner_create(suite);
        int n_failed;

        srunner_set_tap(runner, "-");
        srunner_run_all(runner, CK_SILENT);
        n_failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

Suite *unit_suite(const char *name, TCase **ret_tcase) {
        Suite *suite = suite_create(name);
        TCase *tcase = tcase_create(name);

        tcase_set_timeout(tcase, 120);
        suite_add_tcase(suite, tcase);
        *ret_tcase = tcase;
        return suite;
}

json_t *vectors_load(const char *name) {
        char path[512];
        json_error_t error;
        json_t *json;

        snprintf(path, sizeof(path), "%s/%s", VECTORS_DIR, name);
        json = json_load_file(path, 0, &error);
        if (!json)
                ck_abort_msg("Failed to load %s:%d: %s", path, error.line, error.text);
        return json;
}

Bytes bytes_from_hex(const char *hex) {
        size_t n = strlen(hex) / 2;
        Bytes bytes = { .data = malloc(n + 1), .n = n };

        ck_assert_ptr_nonnull(bytes.data);
        ck_assert_int_eq(hex_decode(hex, strlen(hex), bytes.data, n), 0);
        return bytes;
}

void bytes_done(Bytes *bytes) {
        free(bytes->data);
}

const char *json_text(const json_t *object, const char *key) {
        const char *text = json_string_value(json_object_get(object, key));

        ck_assert_msg(text, "no string member \"%s\"", key);
        return text;
}

Bytes json_hex(const json_t *object, const char *key) {
        return bytes_from_hex(json_text(object, key));
}

void assert_bytes_eq(const void *actual, size_t n_actual, const void *expected, size_t n_expected) {
        ck_assert_uint_eq(n_actual, n_expected);
        if (n_actual > 0)
                ck_assert_mem_eq(actual, expected, n_actual);
}

void assert_json_hex(const json_t *object, const char *key, const void *data, size_t n) {
        _bytes_ expected = json_hex(object, key);

        assert_bytes_eq(data, n, expected.data, expected.n);
}

static int test_random(void *userdata, uint8_t *buf, size_t n) {
        TestRandom *random = userdata;

        for (size_t offset = 0; offset < n; offset += SHA256_SIZE) {
                uint8_t digest[SHA256_SIZE];

                random->counter++;
                if (random->fail_at > 0 && random->counter >= random->fail_at)
                        return -EIO;
                sha256_of_two("test", 4, &random->counter, sizeof(random->counter), digest);
                memcpy(buf + offset, digest,
                       n - offset < sizeof(digest) ? n - offset : sizeof(digest));
        }

        return 0;
}

HybridEnv test_random_env(TestRandom *random) {
        return (HybridEnv){ .random = test_random, .userdata = random };
}

static int scripted_random(void *userdata, uint8_t *buf, size_t n) {
        ScriptedRandom *random = userdata;

        if (n > random->n)
                return -EIO;
        memcpy(buf, random->data, n);
        random->data += n;
        random->n -= n;
        return 0;
}

HybridEnv scripted_random_env(ScriptedRandom *random) {
        return (HybridEnv){ .random = scripted_random, .userdata = random };
}
