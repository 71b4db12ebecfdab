/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/**
 * An anonymous file with n bytes that nobody can change any more: for secrets on their way to
 * another process. @name shows in /proc and is no secret. Returns a descriptor (close-on-exec, at
 * offset 0) or a negative errno.
 *
 * memfd_secret() would hide the bytes from the kernel's own mappings too, but cannot be sealed:
 * whoever is given such a file could change the code that another program then shows.
 */
int sealed_memfd(const char *name, const void *data, size_t n);
