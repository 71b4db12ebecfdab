/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/** A copy that ends where it ends, so that the sanitizer sees a read beyond it. */
static inline Bytes exact(const uint8_t *data, size_t n) {
        Bytes bytes = { .data = malloc(n > 0 ? n : 1), .n = n };

        ck_assert_ptr_nonnull(bytes.data);
        if (n > 0)
                memcpy(bytes.data, data, n);
        return bytes;
}
