/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Memory that no ceremony gets. A ceremony is made by fork(), so that it begins with a copy of all that
 * hybridd has, and it reads what strangers send. What is here is zeros in the copy. Each piece takes
 * whole pages: it is for secrets that are kept, not for what a function has for a moment.
 */

#include <stddef.h>

/** n bytes of zeros; NULL if there is no memory. */
void *private_memory_new(size_t n);

/** A copy of a string, cut after n_max bytes. NULL if there is no memory. */
char *private_memory_copy(const char *text, size_t n_max);

/** Erases and frees what was made with @n. Returns NULL. NULL in is fine. */
void *private_memory_free(void *p, size_t n);

/** The same of a string. */
char *private_memory_free_text(char *text);
