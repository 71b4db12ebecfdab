/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/filter.h>

/** The filter for this architecture: what make-syscall-filter.c has made of its list. */
extern const struct sock_filter syscall_filter[];
extern const unsigned short n_syscall_filter;

/**
 * From now on the process makes the system calls that a ceremony needs, and no others: they fail with
 * EPERM (make-syscall-filter.c has the list, and the reasons). For the rest of its life; after
 * process_harden(), and before it has threads. 0; -EOPNOTSUPP if it was built without, if the kernel
 * cannot do it, under valgrind, or in a build with sanitizers, which do more than a ceremony; or another negative errno.
 */
int confine_syscalls(void);
