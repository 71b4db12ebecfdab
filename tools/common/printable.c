/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "printable.h"

enum {
        CHARACTER_SIZE_MAX = 4, /* in UTF-8 */
};

/* Of the character that begins here; 0 if none does. */
static size_t character_size(const char *text, size_t n) {
        for (size_t size = 1; size <= CHARACTER_SIZE_MAX && size <= n; size++)
                if (utf8_is_valid(text, size))
                        return size;
        return 0;
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
                size_t n_character = character_size(text + i, n - i);
                size_t n_step = n_character > 0 ? n_character : 1;

                if (n_ret + n_step >= size)
                        break;
                if (n_character > 0 && is_harmless((const uint8_t *)text + i, n_character)) {
                        memcpy(ret + n_ret, text + i, n_character);
                        n_ret += n_character;
                } else
                        ret[n_ret++] = '?';
                i += n_step;
        }
        ret[n_ret] = '\0';
}
