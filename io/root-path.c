/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/root-path.h"

enum {
        COMPONENT_SIZE = 256,
};

bool file_id_equal(const FileId *a, const FileId *b) {
        return a->ino == b->ino && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

int file_look(int fd, const char *path, struct statx *ret, FileId *ret_id) {
        int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | (path[0] == '\0' ? AT_EMPTY_PATH : 0);
        struct statx found;

        if (statx(fd, path, flags, STATX_BASIC_STATS, &found) < 0)
                return -errno;
        if (ret)
                *ret = found;
        *ret_id = (FileId){
                .ino = found.stx_ino,
                .dev_major = found.stx_dev_major,
                .dev_minor = found.stx_dev_minor,
        };
        return 0;
}

bool file_is_roots(const struct stat *st) {
        return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Others may make files in it, but not touch root's. */
static bool is_sticky_folder(const struct stat *st) {
        return S_ISDIR(st->st_mode) && st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0;
}

static int check(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        return file_is_roots(&st) || is_sticky_folder(&st) ? 0 : -EPERM;
}

/* Takes the next component off the path; it is "" after the last one. */
static int take_component(const char **path, char ret[static COMPONENT_SIZE]) {
        size_t n;

        *path += strspn(*path, "/");
        n = strcspn(*path, "/");
        if (n >= COMPONENT_SIZE)
                return -ENAMETOOLONG;

        memcpy(ret, *path, n);
        ret[n] = '\0';
        *path += n;
        return strcmp(ret, "..") == 0 ? -EINVAL : 0;
}

int root_path_open(const char *path) {
        char component[COMPONENT_SIZE];
        int fd, next, r;

        if (path[0] != '/')
                return -EINVAL;
        fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        for (;;) {
                r = check(fd);
                if (r >= 0)
                        r = take_component(&path, component);
                if (r < 0) {
                        close(fd);
                        return r;
                }
                if (component[0] == '\0')
                        return fd;

                next = openat(fd, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
                r = -errno;
                close(fd);
                if (next < 0)
                        return r;
                fd = next;
        }
}

int root_path_file(const char *path, FileId *ret) {
        struct statx found = {};
        FileId id;
        int fd, r;

        fd = root_path_open(path);
        if (fd < 0)
                return fd;
        r = file_look(fd, "", &found, &id);
        close(fd);
        if (r < 0)
                return r;
        if (!S_ISREG(found.stx_mode))
                return -ENOEXEC;

        *ret = id;
        return 0;
}
