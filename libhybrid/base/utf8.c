/* SPDX-License-Identifier: MIT */

#include <assert.h>

#include "base/utf8.h"

/* Length of the sequence a byte starts, 0 if none; the bounds are those of the second byte. */
static size_t sequence_size(uint8_t first, uint8_t *ret_min, uint8_t *ret_max) {
        *ret_min = 0x80;
        *ret_max = 0xbf;

        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first <= 0xdf)
                return 2;
        if (first >= 0xe0 && first <= 0xef) {
                if (first == 0xe0)
                        *ret_min = 0xa0; /* below: overlong */
                if (first == 0xed)
                        *ret_max = 0x9f; /* above: surrogates */
                return 3;
        }
        if (first >= 0xf0 && first <= 0xf4) {
                if (first == 0xf0)
                        *ret_min = 0x90; /* below: overlong */
                if (first == 0xf4)
                        *ret_max = 0x8f; /* above: beyond U+10FFFF */
                return 4;
        }
        return 0;
}

bool utf8_is_valid(const char *text, size_t n) {
        const uint8_t *p = (const uint8_t *)text;

        while (n > 0) {
                uint8_t min, max;
                size_t size = sequence_size(p[0], &min, &max);

                if (size == 0 || size > n)
                        return false;
                if (size > 1 && (p[1] < min || p[1] > max))
                        return false;
                for (size_t i = 2; i < size; i++)
                        if ((p[i] & 0xc0) != 0x80)
                                return false;
                p += size;
                n -= size;
        }

        return true;
}

size_t utf8_decode(const char *text, uint32_t *ret) {
        /* The bits of the first byte that belong to the character, by the size of the sequence. */
        static const uint8_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
        const uint8_t *p = (const uint8_t *)text;
        uint8_t min, max;
        size_t size = sequence_size(p[0], &min, &max);
        uint32_t character;

        assert(size > 0);
        character = p[0] & masks[size];
        for (size_t i = 1; i < size; i++)
                character = character << 6 | (p[i] & 0x3f);

        *ret = character;
        return size;
}
