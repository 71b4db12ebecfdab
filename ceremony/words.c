/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/words.h"

int words_split(const char *text, Words *ret) {
        Words words = { .text = strdup(text) };
        char *rest = words.text, *word;

        /* Each word but the last has a blank behind it. */
        words.words = calloc(strlen(text) / 2 + 2, sizeof(char *));
        if (!words.text || !words.words) {
                words_done(&words);
                return -ENOMEM;
        }

        while ((word = strsep(&rest, " ")))
                if (word[0] != '\0')
                        words.words[words.n++] = word;
        *ret = words;
        return 0;
}

void words_done(Words *words) {
        free(words->text);
        free(words->words);
        *words = (Words){};
}
