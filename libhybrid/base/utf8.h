/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * True if n bytes are well-formed UTF-8 (Unicode table 3-7: no overlong forms, no surrogates,
 * nothing above U+10FFFF). NUL bytes are allowed.
 */
bool utf8_is_valid(const char *text, size_t n);

/** The first character of a text that is valid and not empty. Returns the bytes it takes: 1 to 4. */
size_t utf8_decode(const char *text, uint32_t *ret);
