/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ca-file.h"

enum {
        SIZE_MAX_BYTES = 4 * 1024 * 1024, /* Mozilla's whole list has a quarter of a megabyte */
};

static const char *check_info(const struct stat *info) {
        if (!S_ISREG(info->st_mode))
                return "is not a file";
        if (info->st_uid != 0 && info->st_uid != geteuid())
                return "belongs to somebody else than root and the user";
        if (info->st_mode & (S_IWGRP | S_IWOTH))
                return "can be written by others";
        if (info->st_size > SIZE_MAX_BYTES)
                return "is too large";
        return NULL;
}

static bool read_whole(int fd, char *ret, size_t n) {
        size_t n_read = 0;

        while (n_read < n) {
                ssize_t r = read(fd, ret + n_read, n - n_read);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0)
                        return false;
                n_read += (size_t)r;
        }
        return true;
}

static const char *check_text(int fd, size_t n) {
        static const char begin[] = "-----BEGIN CERTIFICATE-----",
                          end[] = "-----END CERTIFICATE-----";
        const char *problem = NULL, *start;
        char *text = malloc(n + 1);

        if (!text)
                return "cannot be read: out of memory";

        if (!read_whole(fd, text, n))
                problem = "cannot be read";
        else {
                start = memmem(text, n, begin, sizeof(begin) - 1);
                if (!start || !memmem(start, n - (size_t)(start - text), end, sizeof(end) - 1))
                        problem = "holds no certificate (PEM)";
        }

        free(text);
        return problem;
}

const char *ca_file_check(const char *path) {
        struct stat info;
        const char *problem;
        int fd;

        if (path[0] != '/')
                return "must be an absolute path";
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ENOENT ? "is not there" : "cannot be opened";

        problem = fstat(fd, &info) < 0 ? "cannot be looked at" : check_info(&info);
        if (!problem)
                problem = check_text(fd, (size_t)info.st_size);
        close(fd);
        return problem;
}
