/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One credential in one file of a folder. A file is there as a whole or not at all, whatever
 * happens while it is written.
 */

#include <stdbool.h>

#include "credential.h"

enum {
        CREDENTIAL_FILE_NAME_SIZE = 2 * CREDENTIAL_ID_SIZE_MAX + sizeof(".credential"),
};

/** Opens a folder, which is made with mode 0700 if it is not there. -EPERM: others may write. */
int credential_folder_open(const char *path, int *ret_fd);

/** True for names that credential_file_write() gives. */
bool credential_file_is_one(const char *name);

/** Writes or replaces the file, with mode 0600, and waits until it is on the disk. */
int credential_file_write(int folder_fd, const Credential *credential);

/** 0, -EBADMSG if what is in the file is no credential, or another negative errno. */
int credential_file_read(int folder_fd, const char *name, Credential **ret);

/** Removes the file, if it is there. */
int credential_file_remove(int folder_fd, const Credential *credential);

/** Gives a damaged file the name NAME.damaged. */
int credential_file_set_aside(int folder_fd, const char *name);
