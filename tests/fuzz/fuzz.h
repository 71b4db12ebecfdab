/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What all fuzz targets share. A target is one file fuzz-NAME.c; libFuzzer drives it when built with
 * clang (-Dfuzz=true), and standalone.c runs each file of its corpus as a test in all other builds.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "hybrid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Unlike assert(), also in builds without assertions. */
#define check(condition)                                                                           \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        abort();                                                                   \
        } while (0)

/** Reads an input piece by piece; at its end there are zeros and nothing. */
typedef struct FuzzInput {
        const uint8_t *data;
        size_t n;
} FuzzInput;

static inline uint8_t fuzz_u8(FuzzInput *input) {
        if (input->n == 0)
                return 0;
        input->n--;
        return *input->data++;
}

/* Up to n_max bytes, borrowed; how many is said by two bytes before them. */
static inline const uint8_t *fuzz_bytes(FuzzInput *input, size_t n_max, size_t *ret_n) {
        size_t n = fuzz_u8(input);
        const uint8_t *bytes;

        n |= (size_t)fuzz_u8(input) << 8;
        if (n > n_max)
                n = n_max;
        if (n > input->n)
                n = input->n;
        bytes = input->data;
        input->data += n;
        input->n -= n;
        *ret_n = n;
        return bytes;
}

/* A random source that repeats itself, so that inputs do. */
static inline int fuzz_random(void *userdata, uint8_t *buf, size_t n) {
        uint64_t *state = userdata;

        for (size_t i = 0; i < n; i++) {
                *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
                buf[i] = (uint8_t)(*state >> 56);
        }
        return 0;
}
