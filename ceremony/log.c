/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"

static LogLevel max_level = LOG_LEVEL_NOTICE;

static const char *const level_names[] = {
        [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
        [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};

void log_set_level(LogLevel level) {
        max_level = level;
}

LogLevel log_level(void) {
        return max_level;
}

bool log_level_from_name(const char *name, LogLevel *ret) {
        for (unsigned i = LOG_LEVEL_ERROR; i < ELEMENTSOF(level_names); i++)
                if (strcmp(level_names[i], name) == 0) {
                        *ret = (LogLevel)i;
                        return true;
                }
        return false;
}

/* One write for each line, so that lines of several processes do not mix. */
static void write_line(LogLevel level, const char *text) {
        if (getenv("JOURNAL_STREAM"))
                fprintf(stderr, "<%d>%s\n", (int)level, text);
        else
                fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, level_names[level],
                        text);
}

/* Strangers have a part in some lines: that part is to make no line of its own. */
static void make_printable(char *text) {
        for (char *p = text; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}

static void _printf_(2, 0)
        log_line_va(LogLevel level, const char *format, va_list arguments, const char *suffix) {
        char text[1024];
        int n;

        if (level > max_level)
                return;

        n = vsnprintf(text, sizeof(text), format, arguments);
        if (n >= 0 && (size_t)n < sizeof(text))
                snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", suffix[0] ? ": " : "", suffix);
        make_printable(text);
        write_line(level, text);
}

void log_line(LogLevel level, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        log_line_va(level, format, arguments, "");
        va_end(arguments);
}

int log_error_errno(int r, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        log_line_va(LOG_LEVEL_ERROR, format, arguments, strerror(-r));
        va_end(arguments);
        return r;
}
