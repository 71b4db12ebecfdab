/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret) {
        unsigned long long value;

        /* strtoull() by itself takes signs and leading spaces. */
        if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
                return -EINVAL;

        errno = 0;
        value = strtoull(text, NULL, 10);
        if (errno != 0 || value < min || value > max)
                return -EINVAL;

        *ret = value;
        return 0;
}
