/* SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stdio.h>

#include "complain.h"

enum {
        LINE_SIZE = 2048,
};

void complain(const char *format, ...) {
        char line[LINE_SIZE];
        va_list ap;

        va_start(ap, format);
        vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);

        /* It is one line, whatever somebody typed. */
        for (char *p = line; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        *p = '?';

        fprintf(stderr, "%s\n", line);
}
