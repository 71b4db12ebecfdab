/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "printable.h"

static size_t character_size(uint8_t first) {
        if (first < 0xc0)
                return 1;
        if (first < 0xe0)
                return 2;
        return first < 0xf0 ? 3 : 4;
}

static bool is_harmless(const uint8_t *p, size_t n) {
        if (n == 1)
                return p[0] >= 0x20 && p[0] < 0x7f;
        if (n == 2 && p[0] == 0xc2)
                return p[1] >= 0xa0; /* below: U+0080 to U+009F, the other control characters */
        if (n == 3 && p[0] == 0xe2 && p[1] == 0x80)
                return p[2] < 0x8e || (p[2] > 0x8f && p[2] < 0xa8) || p[2] > 0xae;
        if (n == 3 && p[0] == 0xe2 && p[1] == 0x81)
                return p[2] < 0xa6 || p[2] > 0xa9;
        return true;
}

void printable(const char *text, size_t n, char *ret, size_t size) {
        size_t n_ret = 0;

        for (size_t i = 0; i < n;) {
                const uint8_t *p = (const uint8_t *)text + i;
                size_t n_character = character_size(*p);

                if (n_character > n - i || n_ret + n_character >= size)
                        break;
                if (is_harmless(p, n_character)) {
                        memcpy(ret + n_ret, p, n_character);
                        n_ret += n_character;
                } else
                        ret[n_ret++] = '?';
                i += n_character;
        }
        ret[n_ret] = '\0';
}
