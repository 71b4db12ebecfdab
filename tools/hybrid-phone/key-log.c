/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "key-log.h"

int key_log_open(const char *path, FILE **ret) {
        int fd;

        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        *ret = fdopen(fd, "a");
        if (!*ret) {
                int r = -errno;

                close(fd);
                return r;
        }
        /* Unbuffered: no copy of a secret stays behind in memory. */
        setbuf(*ret, NULL);
        return 0;
}

void key_log_write(void *userdata, const char *name, const uint8_t *key, size_t n) {
        FILE *file = userdata;

        fprintf(file, "%s ", name);
        for (size_t i = 0; i < n; i++)
                fprintf(file, "%02x", key[i]);
        fputc('\n', file);
}
