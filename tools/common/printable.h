/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Showing what strangers wrote: names come from a web page, and a terminal obeys what it is shown.
 */

#include <stddef.h>

/**
 * Copies text with NUL, cut to what fits. Control characters, line separators, those that turn the
 * direction of writing, and bytes that are no UTF-8 become question marks.
 */
void printable(const char *text, size_t n, char *ret, size_t size);
