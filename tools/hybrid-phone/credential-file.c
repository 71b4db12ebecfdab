/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "credential-file.h"

#define SUFFIX  ".credential"
#define DAMAGED ".damaged"
#define TEMP    ".new"

enum {
        TEMP_NAME_SIZE = CREDENTIAL_FILE_NAME_SIZE + sizeof(TEMP),
};

static void close_cleanup(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

/* Whoever can put files there can give this phone keys that he knows. */
static int check_folder(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
                return -EPERM;
        return 0;
}

int credential_folder_open(const char *path, int *ret_fd) {
        _cleanup_(close_cleanup) int fd = -1;
        int r;

        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = check_folder(fd);
        if (r < 0)
                return r;

        *ret_fd = TAKE_FD(fd);
        return 0;
}

bool credential_file_is_one(const char *name) {
        size_t n = strlen(name);

        return n > strlen(SUFFIX) && n < CREDENTIAL_FILE_NAME_SIZE && name[0] != '.' &&
               strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* A credential's id is no secret among files of the same owner: the relying party has it. */
static void make_name(const Credential *credential, char ret[static CREDENTIAL_FILE_NAME_SIZE]) {
        hex_encode_upper(credential->id, credential->n_id, ret);
        strcat(ret, SUFFIX);
}

static int write_all(int fd, const uint8_t *data, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, data, n);

                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k > 0) {
                        data += k;
                        n -= (size_t)k;
                }
        }
        return fsync(fd) < 0 ? -errno : 0;
}

static int write_temporary(int folder_fd, const char *name, const uint8_t *data, size_t n) {
        _cleanup_(close_cleanup) int fd = -1;

        (void)unlinkat(folder_fd, name, 0); /* left by a run that was cut short */
        fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        return write_all(fd, data, n);
}

static int commit(int folder_fd, const char *temporary, const char *name) {
        if (renameat(folder_fd, temporary, folder_fd, name) < 0 || fsync(folder_fd) < 0)
                return -errno;
        return 0;
}

int credential_file_write(int folder_fd, const Credential *credential) {
        uint8_t data[CREDENTIAL_FILE_SIZE_MAX];
        CLEANUP_ERASE(data);
        char name[CREDENTIAL_FILE_NAME_SIZE], temporary[TEMP_NAME_SIZE];
        ByteWriter w = BYTE_WRITER(data);
        int r;

        credential_encode(credential, &w);
        assert(byte_writer_fits(&w));
        make_name(credential, name);
        snprintf(temporary, sizeof(temporary), ".%s" TEMP, name);

        /* Several phones may share a folder, and two of them count with the same credential. */
        if (flock(folder_fd, LOCK_EX) < 0)
                return -errno;
        r = write_temporary(folder_fd, temporary, data, w.n);
        if (r >= 0)
                r = commit(folder_fd, temporary, name);
        if (r < 0)
                (void)unlinkat(folder_fd, temporary, 0);
        (void)flock(folder_fd, LOCK_UN);
        return r;
}

/* At most n bytes; -EBADMSG if there are more, or if it is no file to read. */
static int read_all(int fd, uint8_t *ret, size_t n, size_t *ret_n) {
        struct stat st;
        size_t n_read = 0;
        ssize_t k;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size > (off_t)n)
                return -EBADMSG;

        while ((k = read(fd, ret + n_read, n - n_read)) != 0) {
                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k > 0)
                        n_read += (size_t)k;
        }

        *ret_n = n_read;
        return 0;
}

int credential_file_read(int folder_fd, const char *name, Credential **ret) {
        uint8_t data[CREDENTIAL_FILE_SIZE_MAX];
        CLEANUP_ERASE(data);
        _cleanup_(close_cleanup) int fd = -1;
        size_t n = 0;
        int r;

        fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        r = read_all(fd, data, sizeof(data), &n);
        if (r < 0)
                return r;
        return credential_decode(ret, data, n);
}

int credential_file_remove(int folder_fd, const Credential *credential) {
        char name[CREDENTIAL_FILE_NAME_SIZE];

        make_name(credential, name);
        if (unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        return fsync(folder_fd) < 0 ? -errno : 0;
}

int credential_file_set_aside(int folder_fd, const char *name) {
        char aside[CREDENTIAL_FILE_NAME_SIZE + sizeof(DAMAGED)];

        snprintf(aside, sizeof(aside), "%s" DAMAGED, name);
        return renameat(folder_fd, name, folder_fd, aside) < 0 ? -errno : 0;
}
