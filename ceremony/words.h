/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/** A list of words that were separated by blanks. */
typedef struct Words {
        char *text;   /* owned; cut into the words */
        char **words; /* owned; ends with NULL */
        size_t n;
} Words;

/** 0 or -ENOMEM. Any number of blanks separates, also at both ends. */
int words_split(const char *text, Words *ret);
void words_done(Words *words);
