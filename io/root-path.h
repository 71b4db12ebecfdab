/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files that only root can have put where they are: owned by root and closed to other writers, and
 * so is each folder above them. In a folder where all may write but with the sticky bit (/tmp),
 * what belongs to root stays root's.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/** Which file it is, whatever it is called: a path can lead elsewhere tomorrow. */
typedef struct FileId {
        uint64_t ino;
        uint32_t dev_major;
        uint32_t dev_minor;
} FileId;

bool file_id_equal(const FileId *a, const FileId *b);

/**
 * Looks at an open file, or (@path not "") at a path below an open folder, following links. Only
 * what the kernel knows already: no file system is asked, so none can keep us waiting.
 * 0 or a negative errno.
 */
int file_look(int fd, const char *path, struct statx *ret, FileId *ret_id);

/** Owned by root, and nobody else may write to it. */
bool file_is_roots(const struct stat *st);

/**
 * Opens an absolute path with O_PATH. It must have no symbolic links in it, so that what was
 * checked is what was opened. -EPERM if others than root can change it; -ELOOP for a link;
 * -EINVAL if the path is not absolute; or another negative errno.
 */
int root_path_open(const char *path);

/** Which file is there now. As root_path_open(); -ENOEXEC if it is no regular file. */
int root_path_file(const char *path, FileId *ret);
