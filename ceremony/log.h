/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Log lines of the daemon and its ceremonies, on stderr. Under systemd they carry the priority
 * that the journal understands. Never a secret at any level: lengths, names and states only. All
 * is in printable ASCII; other bytes become "?".
 */

#include <stdbool.h>

#include "base/macro.h"

typedef enum LogLevel {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARNING = 4,
        LOG_LEVEL_NOTICE = 5,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7,
} LogLevel;

/** What is logged from now on; NOTICE at the start. */
void log_set_level(LogLevel level);
LogLevel log_level(void);

/** Reads "error", "warning", "notice", "info" or "debug". False if it is none. */
bool log_level_from_name(const char *name, LogLevel *ret);

void log_line(LogLevel level, const char *format, ...) _printf_(2, 3);

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/** Logs an error with the words for a negative errno, and returns it: "what: why". */
int log_error_errno(int r, const char *format, ...) _printf_(2, 3);
