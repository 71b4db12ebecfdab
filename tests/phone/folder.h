/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A folder for one test, and what was written to stdout or stderr meanwhile.
 */

#include <stddef.h>

#include "base/macro.h"

typedef struct Folder {
        char path[64];
} Folder;

/** Makes an empty folder of our own, mode 0700. */
void folder_init(Folder *folder);

/** Removes it with the files in it; folders inside must be empty. */
void folder_done(Folder *folder);
#define _folder_ _cleanup_(folder_done) Folder

/** The path of a file in it. */
void folder_file(const Folder *folder, const char *name, char *ret, size_t size);

/** Sends a stream (a file descriptor) to a file, until the process ends: tests are forked. */
void capture_start(const Folder *folder, int fd);

/** What has come since, with NUL; the caller's: free(). */
char *capture_read(const Folder *folder, int fd);
