/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "code.h"
#include "tools/common/complain.h"

enum {
        OLD_SECONDS = 10 * 60,
        FUTURE_SECONDS = 2 * 60,
};

static void close_cleanup(int *fd) {
        if (*fd > STDERR_FILENO)
                close(*fd);
}

static int open_text(const char *path) {
        int fd;

        if (strcmp(path, "-") != 0) {
                fd = open(path, O_RDONLY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }

        if (isatty(STDIN_FILENO))
                fputs("Paste the text of the code, which begins with FIDO:/, and press Enter.\n",
                      stderr);
        return STDIN_FILENO;
}

/* Up to the end of the first line; who writes may keep the pipe open. */
static int read_line(int fd, char *ret, size_t size) {
        size_t n = 0;

        for (;;) {
                ssize_t k = read(fd, ret + n, size - 1 - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                n += (size_t)k;
                ret[n] = '\0';
                if (k == 0 || memchr(ret, '\n', n))
                        break;
                if (n == size - 1)
                        return -EMSGSIZE;
        }

        ret[strcspn(ret, "\r\n")] = '\0';
        return 0;
}

static int complain_about(const char *path, int r) {
        if (r == -EMSGSIZE)
                complain("--qr-file %s: this is too long for a code; give the text that begins "
                         "with FIDO:/",
                         path);
        else
                complain("--qr-file %s: %s; give a file that can be read", path,
                         strerrordesc_np(-r));
        return r;
}

int code_read_text(const char *path, CodeText *ret) {
        _cleanup_(close_cleanup) int fd = open_text(path);
        CodeText code;
        CLEANUP_ERASE(code);
        int r;

        if (fd < 0)
                return complain_about(path, fd);
        r = read_line(fd, code.text, sizeof(code.text));
        if (r < 0)
                return complain_about(path, r);

        *ret = code;
        return 0;
}

void code_warn_of_age(const QrCode *code, uint64_t unix_time) {
        if (!code->has_timestamp)
                return;

        if (unix_time > code->timestamp && unix_time - code->timestamp > OLD_SECONDS)
                complain("the code: it was made more than 10 minutes ago; if nothing happens, scan "
                         "a new one");
        if (code->timestamp > unix_time && code->timestamp - unix_time > FUTURE_SECONDS)
                complain("the code: it was made in the future; check the clocks");
}
