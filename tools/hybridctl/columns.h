/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How wide text is in a terminal, and where it may be broken: translations have letters of several
 * bytes, and some of two columns.
 */

#include <stddef.h>

/** How many columns the first n bytes of UTF-8 take. */
size_t columns_of(const char *text, size_t n);

/**
 * How many bytes go on a line: up to the end, a newline, or a blank; or between two letters of scripts
 * that have no blanks, or where nothing else fits. At least one letter, unless the text is empty.
 */
size_t columns_wrap(const char *text, size_t columns);
