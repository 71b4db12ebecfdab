/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ceremony/sealed-memfd.h"
#include "unit.h"

typedef struct Fd {
        int fd;
} Fd;

static void fd_done(Fd *fd) {
        if (fd->fd >= 0)
                close(fd->fd);
}
#define _fd_ _cleanup_(fd_done) Fd

START_TEST(test_nobody_can_change_it) {
        _fd_ file = { sealed_memfd("test", "text", 4) };
        char text[8];

        ck_assert_int_ge(file.fd, 0);
        ck_assert_int_eq(read(file.fd, text, sizeof(text)), 4);
        ck_assert_mem_eq(text, "text", 4);
        ck_assert_int_lt(write(file.fd, "x", 1), 0);
        ck_assert_int_lt(ftruncate(file.fd, 0), 0);
        ck_assert_int_lt(ftruncate(file.fd, 8), 0);
        ck_assert_int_lt(fcntl(file.fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
}
END_TEST

START_TEST(test_own_kind_is_recognised) {
        _fd_ file = { sealed_memfd("test", "text", 4) }, empty = { sealed_memfd("test", "", 0) };

        ck_assert_int_eq(sealed_memfd_size(file.fd, 4), 4);
        ck_assert_int_eq(sealed_memfd_size(file.fd, 3), -EFBIG);
        ck_assert_int_eq(sealed_memfd_size(empty.fd, 0), 0);
}
END_TEST

/* What another process sends may be anything: what changes, what blocks, what has no size. */
START_TEST(test_anything_else_is_refused) {
        _fd_ open_memfd = { memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
        _fd_ plain_memfd = { memfd_create("test", MFD_CLOEXEC) };
        _fd_ half_sealed = { memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
        _fd_ null = { open("/dev/null", O_RDWR | O_CLOEXEC) };
        _fd_ folder = { open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        _fd_ only_path = { open("/proc/self/exe", O_PATH | O_CLOEXEC) };
        _fd_ file = { open("/proc/self/exe", O_RDONLY | O_CLOEXEC) };
        int pipe_fds[2];

        ck_assert_int_eq(fcntl(half_sealed.fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW), 0);
        ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);

        ck_assert_int_eq(sealed_memfd_size(open_memfd.fd, 4096), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(plain_memfd.fd, 4096), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(half_sealed.fd, 4096), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(null.fd, 4096), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(folder.fd, 4096), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(only_path.fd, 1 << 30), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(file.fd, 1 << 30), -EBADMSG);
        ck_assert_int_eq(sealed_memfd_size(pipe_fds[0], 4096), -EBADMSG);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("sealed-memfd", &tcase);

        tcase_add_test(tcase, test_nobody_can_change_it);
        tcase_add_test(tcase, test_own_kind_is_recognised);
        tcase_add_test(tcase, test_anything_else_is_refused);
        return unit_run(suite);
}
