/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/**
 * An anonymous file with n bytes that nobody can change any more: for secrets on their way to
 * another process. @name shows in /proc and is no secret. Returns a descriptor (close-on-exec, at
 * offset 0) or a negative errno.
 *
 * memfd_secret() would hide the bytes from the kernel's own mappings too, but cannot be sealed:
 * whoever is given such a file could change the code that another program then shows.
 */
int sealed_memfd(const char *name, const void *data, size_t n);

/**
 * How large such a file is that another process has sent. -EBADMSG if it is anything else, such as
 * what would change under its readers or make them wait; -EFBIG if it has more than n_max bytes.
 */
ssize_t sealed_memfd_size(int fd, size_t n_max);
