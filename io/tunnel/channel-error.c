/* SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stdio.h>

#include "io/tunnel/channel-error.h"

void channel_error_set(HybridChannelError *ret, HybridChannelFault fault, const char *format, ...) {
        va_list args;

        *ret = (HybridChannelError){ .fault = fault };

        va_start(args, format);
        (void)vsnprintf(ret->detail, sizeof(ret->detail), format, args);
        va_end(args);

        for (char *p = ret->detail; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}
