/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Handling of bytes that must not outlive their use, and comparisons that must not tell by their
 * duration where two values differ.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

/** Overwrites n bytes with zeros; the compiler does not optimise it away. NULL is fine with n = 0. */
void secret_erase(void *p, size_t n);

/** Compares n bytes in a time that depends on n only. True if equal (also for n = 0). */
bool secret_equal(const void *a, const void *b, size_t n);

/** Overwrites and frees a heap buffer of n bytes. Returns NULL. NULL in is fine. */
void *secret_free(void *p, size_t n);

struct SecretSpan {
        void *p;
        size_t n;
};

static inline void secret_span_erase(struct SecretSpan *span) {
        secret_erase(span->p, span->n);
}

#define _SECRET_JOIN(a, b)   a##b
#define _SECRET_UNIQUE(a, b) _SECRET_JOIN(a, b)

/** Beside the declaration of a secret on the stack: it is erased when its scope is left. */
#define CLEANUP_ERASE(variable)                                                                    \
        _cleanup_(secret_span_erase) __attribute__((unused)) struct SecretSpan _SECRET_UNIQUE(     \
                _erase_, __LINE__) = { &(variable), sizeof(variable) }
