/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/utf8.h"
#include "daemon/phones/phone-name.h"

#define NAME_FOR_NONE "Phone"

enum {
        SUFFIX_SIZE = sizeof(" (4294967295)"),
};

typedef struct CodePoints {
        uint32_t first, last;
} CodePoints;

/* What is not to be seen, breaks lines or changes the direction of text: two names that look alike
 * would be one for people. The selector of emoji, U+FE0F, is in many names. */
static const CodePoints disturbing[] = {
        { 0x0, 0x1f },        /* controls */
        { 0x7f, 0x9f },       /* more controls */
        { 0xad, 0xad },       /* soft hyphen */
        { 0x34f, 0x34f },     /* grapheme joiner */
        { 0x61c, 0x61c },     /* Arabic letter mark */
        { 0x115f, 0x1160 },   /* Hangul fillers */
        { 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
        { 0x180b, 0x180f },   /* Mongolian selectors and vowel separator */
        { 0x200b, 0x200f },   /* of no width; directions */
        { 0x2028, 0x202e },   /* separators; directions */
        { 0x2060, 0x206f },   /* joiners; directions */
        { 0x2800, 0x2800 },   /* Braille without dots */
        { 0x3164, 0x3164 },   /* Hangul filler */
        { 0xfe00, 0xfe0e },   /* selectors of variants */
        { 0xfeff, 0xfeff },   /* byte order mark */
        { 0xffa0, 0xffa0 },   /* Hangul filler */
        { 0xfff9, 0xfffb },   /* interlinear annotations */
        { 0xe0000, 0xe0fff }, /* tags, and more selectors */
};

static bool is_disturbing(uint32_t c) {
        for (size_t i = 0; i < ELEMENTSOF(disturbing); i++)
                if (c >= disturbing[i].first && c <= disturbing[i].last)
                        return true;
        return false;
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
