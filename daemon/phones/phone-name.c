/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "daemon/phones/phone-name.h"

#define NAME_FOR_NONE "Phone"

enum {
        SUFFIX_SIZE = sizeof(" (4294967295)"),
};

/* Unicode's controls, and the invisible ones that break lines or change the direction of text. */
static bool is_disturbing(uint32_t c) {
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0xfeff ||
               (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
               (c >= 0x2060 && c <= 0x206f);
}

bool phone_name_is_good(const char *name) {
        size_t n = strlen(name);
        uint32_t c;

        if (n == 0 || n >= PHONE_NAME_SIZE || name[0] == ' ' || name[n - 1] == ' ' ||
            !utf8_is_valid(name, n))
                return false;
        for (const char *p = name; *p;) {
                p += utf8_decode(p, &c);
                if (is_disturbing(c))
                        return false;
        }
        return true;
}

/* As many of the first n_max bytes as are whole characters. */
static size_t whole_characters(const char *text, size_t n_max) {
        size_t n = 0;
        uint32_t c;

        while (text[n]) {
                size_t n_character = utf8_decode(text + n, &c);

                if (n + n_character > n_max)
                        break;
                n += n_character;
        }
        return n;
}

void phone_name_clean(const char *name, char ret[static PHONE_NAME_SIZE]) {
        size_t n = 0, n_character;
        uint32_t c;

        if (!utf8_is_valid(name, strlen(name)))
                name = "";
        for (; *name; name += n_character) {
                n_character = utf8_decode(name, &c);
                if (is_disturbing(c) || (n == 0 && c == ' '))
                        continue;
                if (n + n_character >= PHONE_NAME_SIZE)
                        break;
                memcpy(ret + n, name, n_character);
                n += n_character;
        }
        while (n > 0 && ret[n - 1] == ' ')
                n--;
        ret[n] = '\0';
        if (n == 0)
                strcpy(ret, NAME_FOR_NONE);
}

void phone_name_number(const char *name, unsigned number, char ret[static PHONE_NAME_SIZE]) {
        char suffix[SUFFIX_SIZE];
        int n;

        n = snprintf(suffix, sizeof(suffix), " (%u)", number);
        snprintf(ret, PHONE_NAME_SIZE, "%.*s%s",
                 (int)whole_characters(name, PHONE_NAME_SIZE - 1 - (size_t)n), name, suffix);
}
