/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/**
 * Reads a decimal number from min to max: digits only, no sign, no white space.
 * Returns 0, or -EINVAL with `ret` untouched.
 */
int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
