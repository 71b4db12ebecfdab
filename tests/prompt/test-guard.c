/* SPDX-License-Identifier: MIT */

/* While there is a code, other programs of the same user may not look into the window's memory. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prompt/guard.h"
#include "unit.h"

enum {
        NOBODY = 65534,
};

START_TEST(test_guards_are_counted) {
        ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
        guard_begin();
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
        guard_begin();
        guard_end();
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
        guard_end();
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
}
END_TEST

/* What is guarded from us, until it is told to end. */
static void be_guarded(int told, int tell) {
        char byte = 0;

        guard_begin();
        _exit(write(tell, &byte, 1) == 1 && read(told, &byte, 1) == 1 ? 0 : 1);
}

static int open_memory(pid_t pid) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        close(fd);
        return 0;
}

/* A parent may trace its child under every policy of the kernel's, were it not guarded. Root may
 * anyway, so it is not root that tries. */
START_TEST(test_nobody_looks_in) {
        int to_child[2], from_child[2];
        char byte;
        pid_t pid;

        if (geteuid() == 0) {
                ck_assert_int_eq(setgid(NOBODY), 0);
                ck_assert_int_eq(setuid(NOBODY), 0);
        }
        ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
        ck_assert_int_eq(open_memory(getpid()), 0);
        ck_assert_int_eq(pipe(to_child), 0);
        ck_assert_int_eq(pipe(from_child), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                be_guarded(to_child[0], from_child[1]);

        ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
        ck_assert_int_eq(open_memory(pid), -EACCES);
        ck_assert_int_eq(ptrace(PTRACE_SEIZE, pid, NULL, NULL), -1);
        ck_assert_int_eq(errno, EPERM);
        ck_assert_int_eq(write(to_child[1], "", 1), 1);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("guard", &tcase);

        tcase_add_test(tcase, test_guards_are_counted);
        tcase_add_test(tcase, test_nobody_looks_in);
        return unit_run(suite);
}
