/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ceremony/sealed-memfd.h"

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
        if (r >= 0 &&
            fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                r = -errno;
        if (r < 0) {
                close(fd);
                return r;
        }

        return fd;
}
