/* SPDX-License-Identifier: MIT */

/*
 * Who is taken for hybridctl. The program that is trusted here is HYBRIDCTL_PATH in the build's
 * folder, and only root can make it one that is: others run the half of this that refuses.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/caller.h"
#include "unit.h"

/* A program that does nothing for a while, with a path of its own. */
static void install(const char *path, mode_t mode) {
        char buffer[64 * 1024];
        int from, to;
        ssize_t n;

        from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(from, 0);
        (void)unlink(path);
        to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        ck_assert_int_ge(to, 0);
        while ((n = read(from, buffer, sizeof(buffer))) > 0)
                ck_assert_int_eq(write(to, buffer, (size_t)n), n);
        ck_assert_int_eq(fchmod(to, mode), 0);
        close(from);
        close(to);
}

typedef struct Process {
        pid_t pid;
} Process;

static void process_done(Process *process) {
        if (process->pid <= 0)
                return;
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
}
#define _process_ _cleanup_(process_done) Process

static int mount_upon(const char *path, const char *over) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(over, path, NULL, MS_BIND, NULL) < 0)
                return -errno;
        return 0;
}

/* In the new process: `over` is mounted upon the path if it is not NULL. */
_Noreturn static void become(const char *path, const char *over, int complaint_fd) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (!over || mount_upon(path, over) == 0)
                execl(path, path, "60", NULL);
        (void)!write(complaint_fd, "x", 1);
        _exit(1);
}

/* False if it cannot be started like that here. */
static bool process_start(Process *process, const char *path, const char *over) {
        int fds[2];
        ssize_t n;
        char byte;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        process->pid = fork();
        ck_assert_int_ge(process->pid, 0);
        if (process->pid == 0)
                become(path, over, fds[1]);

        /* The pipe closes when the program is there. */
        close(fds[1]);
        n = read(fds[0], &byte, 1);
        close(fds[0]);
        return n == 0;
}

static bool is_trusted(const char *path, const char *over) {
        Caller caller = {};
        _process_ process = {};

        ck_assert(process_start(&process, path, over));
        ck_assert_int_eq(caller_identify(process.pid, getuid(), &caller), 0);
        return caller.trusted;
}

START_TEST(test_name_of_a_program) {
        _process_ process = {};
        Caller caller;

        ck_assert(process_start(&process, "/bin/sleep", NULL));
        ck_assert_int_eq(caller_identify(process.pid, getuid(), &caller), 0);
        ck_assert_str_eq(caller.name, "sleep");
        ck_assert(!caller.trusted);
}
END_TEST

START_TEST(test_name_is_fit_to_be_shown) {
        static const char path[] = TEST_FOLDER "/odd\n\x1b[1m\xffname";
        _process_ process = {};
        Caller caller;

        install(path, 0755);
        ck_assert(process_start(&process, path, NULL));
        ck_assert_int_eq(caller_identify(process.pid, getuid(), &caller), 0);
        ck_assert_str_eq(caller.name, "odd??[1m?name");
        unlink(path);
}
END_TEST

START_TEST(test_processes_that_are_no_callers) {
        Caller caller;
        pid_t pid;

        ck_assert_int_eq(caller_identify(getpid(), getuid() + 1, &caller), -EPERM);
        ck_assert_int_lt(caller_identify(0, getuid(), &caller), 0);

        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        ck_assert_int_eq(caller_identify(pid, getuid(), &caller), -ESRCH);
}
END_TEST

START_TEST(test_installed_program_is_trusted) {
        install(HYBRIDCTL_PATH, 0755);
        ck_assert_int_eq(is_trusted(HYBRIDCTL_PATH, NULL), getuid() == 0);
}
END_TEST

START_TEST(test_a_program_that_others_may_change_is_not_trusted) {
        install(HYBRIDCTL_PATH, 0775);
        ck_assert(!is_trusted(HYBRIDCTL_PATH, NULL));
        install(HYBRIDCTL_PATH, 0757);
        ck_assert(!is_trusted(HYBRIDCTL_PATH, NULL));

        install(HYBRIDCTL_PATH, 0755);
        ck_assert(getuid() != 0 || chown(HYBRIDCTL_PATH, 65534, 65534) == 0);
        ck_assert(!is_trusted(HYBRIDCTL_PATH, NULL));
}
END_TEST

START_TEST(test_another_program_is_not_trusted) {
        static const char other[] = HYBRIDCTL_PATH "-other";

        install(HYBRIDCTL_PATH, 0755);
        install(other, 0755);
        ck_assert(!is_trusted(other, NULL));
        unlink(other);
}
END_TEST

/* Anybody can have a mount namespace in which the path leads to a program of theirs. */
START_TEST(test_same_path_elsewhere_is_not_trusted) {
        static const char other[] = HYBRIDCTL_PATH "-other";
        _process_ process = {};
        Caller caller;

        install(HYBRIDCTL_PATH, 0755);
        install(other, 0755);
        if (getuid() == 0 && process_start(&process, HYBRIDCTL_PATH, other)) {
                ck_assert_int_eq(caller_identify(process.pid, getuid(), &caller), 0);
                ck_assert(!caller.trusted);
        }
        unlink(other);
}
END_TEST

/* It runs on, but what stands there now is another program. */
START_TEST(test_replaced_program_is_not_trusted) {
        _process_ process = {};
        Caller caller;

        install(HYBRIDCTL_PATH, 0755);
        ck_assert(process_start(&process, HYBRIDCTL_PATH, NULL));
        install(HYBRIDCTL_PATH, 0755);
        ck_assert_int_eq(caller_identify(process.pid, getuid(), &caller), 0);
        ck_assert(!caller.trusted);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("caller", &tcase);
        int r;

        tcase_add_test(tcase, test_name_of_a_program);
        tcase_add_test(tcase, test_name_is_fit_to_be_shown);
        tcase_add_test(tcase, test_processes_that_are_no_callers);
        tcase_add_test(tcase, test_installed_program_is_trusted);
        tcase_add_test(tcase, test_a_program_that_others_may_change_is_not_trusted);
        tcase_add_test(tcase, test_another_program_is_not_trusted);
        tcase_add_test(tcase, test_same_path_elsewhere_is_not_trusted);
        tcase_add_test(tcase, test_replaced_program_is_not_trusted);
        r = unit_run(suite);
        (void)unlink(HYBRIDCTL_PATH);
        return r;
}
