/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/macro.h"
#include "base/utf8.h"
#include "columns.h"

enum {
        LETTER_SIZE_MAX = 4,
};

typedef struct Range {
        uint32_t first;
        uint32_t last;
} Range;

/* Of two columns: as Unicode's EastAsianWidth.txt has them, in large. */
static const Range wide[] = {
        { 0x1100, 0x115f }, { 0x2e80, 0x303e },   { 0x3041, 0x4dbf },   { 0x4e00, 0xa4cf },
        { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
        { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Of none: they go with the letter before them, or are not seen. */
static const Range without[] = {
        { 0x0300, 0x036f },
        { 0x200b, 0x200f },
        { 0x2060, 0x206f },
        { 0xfe00, 0xfe0f },
};

/* What a line must not begin with. */
static const Range closing[] = {
        { 0x3001, 0x3002 }, { 0xff09, 0xff09 }, { 0xff0c, 0xff0c },
        { 0xff1a, 0xff1b }, { 0xff1f, 0xff1f }, { 0x300d, 0x300d },
};

static bool is_in(uint32_t c, const Range *ranges, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

static bool is_wide(uint32_t c) {
        return is_in(c, wide, ELEMENTSOF(wide));
}

/* One letter: how many bytes it has. A byte that begins none stands for itself. */
static size_t decode(const char *text, uint32_t *ret) {
        size_t n_max = strnlen(text, LETTER_SIZE_MAX);

        for (size_t n = 1; n <= n_max; n++)
                if (utf8_is_valid(text, n))
                        return utf8_decode(text, ret);
        *ret = '?';
        return 1;
}

static size_t width_of(uint32_t c) {
        if (is_in(c, without, ELEMENTSOF(without)))
                return 0;
        return is_wide(c) ? 2 : 1;
}

size_t columns_of(const char *text, size_t n) {
        size_t columns = 0;
        uint32_t c;

        for (size_t i = 0; i < n && text[i] != '\0';) {
                i += decode(text + i, &c);
                columns += width_of(c);
        }
        return columns;
}

size_t columns_wrap(const char *text, size_t columns) {
        size_t n = 0, width = 0, end = 0;
        uint32_t c, before = 0;

        while (text[n] != '\0' && text[n] != '\n') {
                size_t n_letter = decode(text + n, &c);

                if (c == ' ' || (n > 0 && (is_wide(c) || is_wide(before)) &&
                                 !is_in(c, closing, ELEMENTSOF(closing))))
                        end = n;
                width += width_of(c);
                if (width > columns && c != ' ')
                        return end > 0 ? end : n > 0 ? n : n_letter;
                n += n_letter;
                before = c;
        }
        return n;
}
