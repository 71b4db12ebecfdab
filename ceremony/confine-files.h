/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Which files a ceremony may touch, by Landlock (Linux 5.13). Nobody has told it to do anything with
 * files; who has taken it over would. Both can only take away, and are for the rest of its life. After
 * process_harden(). 0; -EOPNOTSUPP if the kernel cannot do it; or another negative errno.
 */

/** From now on the process changes no file and executes none. */
int confine_writing(void);

/**
 * From now on it reads what is the system's only: programs, settings, certificates; what it is made
 * of itself, and these files. Not what is the person's. `files` are absolute paths; one that is empty
 * or not there is passed over.
 */
int confine_reading(const char *const *files, size_t n_files);
