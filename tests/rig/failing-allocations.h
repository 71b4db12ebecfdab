/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Put before every file of a libhybrid that is built to run out of memory: its allocations go
 * through the test, and nobody else's do.
 */

#include <stdlib.h>
#include <string.h>

void *failing_malloc(size_t n);
void *failing_calloc(size_t n, size_t size);
void *failing_realloc(void *p, size_t n);
char *failing_strdup(const char *text);

#define malloc(n)       failing_malloc(n)
#define calloc(n, size) failing_calloc(n, size)
#define realloc(p, n)   failing_realloc(p, n)
#define strdup(text)    failing_strdup(text)
