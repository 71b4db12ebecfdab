/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whose sandbox a process is in, read from what the sandbox's maker left: bytes in, a name out.
 * The bytes may be anybody's.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        APP_ID_SIZE = 256,
};

/** Letters, digits, ".", "-" and "_", at most 255 of them, the first one no dot. */
bool app_id_is_valid(const char *text);

/**
 * The application that a .flatpak-info is about. -EBADMSG if it is about none, or more than one.
 */
int flatpak_info_read(const char *text, size_t n, char ret[static APP_ID_SIZE]);

/**
 * The snap whose scope or service a process is in, from its /proc/PID/cgroup.
 * -ENOENT if it is in none; -EBADMSG if in more than one, or its name is none.
 */
int cgroup_read_snap(const char *text, char ret[static APP_ID_SIZE]);
