/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "complain.h"

void complain(const char *format, ...) {
        va_list ap;

        fputs("hybridctl: ", stderr);
        va_start(ap, format);
        vfprintf(stderr, format, ap);
        va_end(ap);
        fputc('\n', stderr);
}

int complain_oom(void) {
        complain("memory: there is not enough of it; close something, then try again");
        return -ENOMEM;
}
