/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What all unit tests share: running a Check suite as TAP, vector files, hexadecimal literals, and
 * a random source that repeats itself.
 */

#include <check.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "hybrid.h"

/** Runs the suite, prints TAP, frees it. Returns what main() is to return. */
int unit_run(Suite *suite);

/** A suite with one test case of this name; add tests with tcase_add_test(). */
Suite *unit_suite(const char *name, TCase **ret_tcase);

/** A file of tests/vectors/ by name, such as "eid.json". Aborts the test if it cannot be read. */
json_t *vectors_load(const char *name);

/** Bytes from hexadecimal text. */
typedef struct Bytes {
        uint8_t *data;
        size_t n;
} Bytes;

Bytes bytes_from_hex(const char *hex);
void bytes_done(Bytes *bytes);
#define _bytes_ _cleanup_(bytes_done) Bytes

/** A member that is a hexadecimal string; the test fails if it is not there. */
Bytes json_hex(const json_t *object, const char *key);
const char *json_text(const json_t *object, const char *key);

/** Fails the test unless the bytes equal the hexadecimal member. */
void assert_json_hex(const json_t *object, const char *key, const void *data, size_t n);
void assert_bytes_eq(const void *actual, size_t n_actual, const void *expected, size_t n_expected);

#define _json_ _cleanup_(json_decrefp) json_t

/** A random source that gives the same bytes in each run: a counter, hashed. */
typedef struct TestRandom {
        uint64_t counter;
        uint64_t fail_at; /* the call that returns -EIO; 0: none */
} TestRandom;

HybridEnv test_random_env(TestRandom *random);

/** A random source that gives prepared bytes, then fails. */
typedef struct ScriptedRandom {
        const uint8_t *data;
        size_t n;
} ScriptedRandom;

HybridEnv scripted_random_env(ScriptedRandom *random);
