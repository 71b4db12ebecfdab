/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceremony/harden.h"
#include "unit.h"

START_TEST(test_nobody_looks_in) {
        struct rlimit core;

        process_harden();
        ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
        ck_assert_uint_eq(core.rlim_cur, 0);
        ck_assert_uint_eq(core.rlim_max, 0);
        ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), DUMPABLE);
}
END_TEST

/* Check runs each test in a process of its own, which this one does not leave any more. */
START_TEST(test_confined) {
        char *const command[] = { (char *)"/bin/true", NULL };
        int fd, r, status;
        pid_t child;

        process_harden();
        r = process_confine();
        if (r == -EOPNOTSUPP) {
                puts("# not tested: this kernel has no Landlock");
                return;
        }
        ck_assert_int_eq(r, 0);

        ck_assert_int_eq(open("/tmp/hybridd-test-confined", O_CREAT | O_WRONLY, 0600), -1);
        ck_assert_int_eq(errno, EACCES);
        ck_assert_int_eq(open("/dev/null", O_WRONLY), -1);
        ck_assert_int_eq(mkdir("/tmp/hybridd-test-confined", 0700), -1);
        ck_assert_int_eq(errno, EACCES);

        child = fork();
        if (child == 0) {
                execv(command[0], command);
                _exit(errno == EACCES ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);

        /* What a ceremony needs. */
        fd = open("/etc/passwd", O_RDONLY);
        ck_assert_int_ge(fd, 0);
        close(fd);
        fd = memfd_create("test", MFD_ALLOW_SEALING);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, "x", 1), 1);
        close(fd);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("harden", &tcase);

        tcase_add_test(tcase, test_nobody_looks_in);
        tcase_add_test(tcase, test_confined);
        return unit_run(suite);
}
