/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/sealed-memfd.h"

enum {
        ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
};

static int write_all(int fd, const char *data, size_t n) {
        for (size_t offset = 0; offset < n;) {
                ssize_t k = pwrite(fd, data + offset, n - offset, (off_t)offset);

                if (k < 0)
                        return -errno;
                offset += (size_t)k;
        }
        return 0;
}

int sealed_memfd(const char *name, const void *data, size_t n) {
        int fd, r;

        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return -errno;

        r = write_all(fd, data, n);
        if (r >= 0 && fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
                r = -errno;
        if (r < 0) {
                close(fd);
                return r;
        }

        return fd;
}

ssize_t sealed_memfd_size(int fd, size_t n_max) {
        struct stat st;
        int seals;

        seals = fcntl(fd, F_GET_SEALS); /* fails for all but files in memory */
        if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS || fstat(fd, &st) < 0)
                return -EBADMSG;
        return (uint64_t)st.st_size > n_max ? -EFBIG : st.st_size;
}
