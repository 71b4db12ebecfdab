/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Text of several lines on standard output, as wide as the terminal, and 77 columns at most. It is
 * broken at blanks, or between letters of scripts that have none.
 */

#include <stddef.h>

/** Prints a label, and beside it a text; below it, where there is no room beside. */
void print_labelled(const char *label, size_t label_columns, const char *text);

/** Prints a text from the left edge on. */
void print_wrapped(const char *text);
