/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Which files a ceremony may touch, and which processes, by Landlock (Linux 5.13; processes 6.12). Nobody
 * has told it to do anything with them; who has taken it over would. All can only take away, and are for
 * the rest of its life. After process_harden(). 0; -EOPNOTSUPP if the kernel cannot do it; or another
 * negative errno.
 */

/** From now on it signals no other process, in no way, and reaches no abstract socket of one. */
int confine_reach(void);

/** From now on the process changes no file and executes none. */
int confine_writing(void);

/**
 * From now on it reads what is the system's only: programs, settings, certificates; what it is made
 * of itself, and these files. Not what is the person's. `files` are absolute paths; one that is empty
 * or not there is passed over.
 */
int confine_reading(const char *const *files, size_t n_files);
