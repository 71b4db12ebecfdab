/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

void secret_erase(void *p, size_t n) {
        if (n > 0)
                explicit_bzero(p, n);
}

bool secret_equal(const void *a, const void *b, size_t n) {
        const volatile uint8_t *x = a, *y = b;
        uint8_t difference = 0;

        for (size_t i = 0; i < n; i++)
                difference |= x[i] ^ y[i];

        return difference == 0;
}

void *secret_free(void *p, size_t n) {
        if (p)
                secret_erase(p, n);
        free(p);
        return NULL;
}
