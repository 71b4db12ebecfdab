/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "labelled.h"

enum {
        LINE_COLUMNS = 77,
        INDENTATION = 2, /* before the label, and behind it */
};

void print_labelled(const char *label, int label_columns, const char *text) {
        size_t columns = (size_t)(LINE_COLUMNS - 2 * INDENTATION - label_columns);

        for (size_t n; *text; text += n) {
                text += strspn(text, " ");
                n = strlen(text);
                if (n > columns)
                        for (n = columns; n > 1 && text[n] != ' '; n--)
                                ;
                printf("%*s%-*s%*s%.*s\n", INDENTATION, "", label_columns, label, INDENTATION, "",
                       (int)n, text);
                label = "";
        }
}
