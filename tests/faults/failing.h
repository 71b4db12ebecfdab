/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A program that is linked with failing.c, and with -Wl,--wrap for what that defines, has one of its
 * allocations fail. Those inside of shared libraries go on as ever.
 */

#include <stdbool.h>
#include <stdint.h>

/** From now on, the n-th allocation fails, from 1; 0: none does. */
void failing_begin(uint64_t n);

/** No longer. Returns whether there were as many. */
bool failing_end(void);
