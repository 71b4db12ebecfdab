/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "printable.h"
#include "words/words.h"

enum {
        LINE_SIZE = 8192, /* room for the longest path, and the words around it */
};

static const char *program; /* borrowed; NULL: lines begin without it */

void complain_set_program(const char *name) {
        program = name;
}

void complain(const char *format, ...) {
        char words[LINE_SIZE], line[LINE_SIZE];
        va_list ap;

        va_start(ap, format);
        vsnprintf(words, sizeof(words), words_translate(format), ap);
        va_end(ap);

        /* It is one line, and harmless, whatever somebody typed. */
        printable(words, strlen(words), line, sizeof(line));
        fprintf(stderr, "%s%s%s\n", program ? program : "", program ? ": " : "", line);
}

int complain_oom(void) {
        complain("memory: there is not enough of it; close something, then try again");
        return -ENOMEM;
}
