/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller-fixture.h"

static int create(const char *path) {
        int fd;

        (void)unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        ck_assert_int_ge(fd, 0);
        return fd;
}

void install_program(const char *path, mode_t mode) {
        char buffer[64 * 1024];
        int from, to;
        ssize_t n;

        from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(from, 0);
        to = create(path);
        while ((n = read(from, buffer, sizeof(buffer))) > 0)
                ck_assert_int_eq(write(to, buffer, (size_t)n), n);
        ck_assert_int_eq(fchmod(to, mode), 0);
        close(from);
        close(to);
}

void install_text(const char *path, const char *text, mode_t mode) {
        int fd;

        fd = create(path);
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        ck_assert_int_eq(fchmod(fd, mode), 0);
        close(fd);
}

bool folder_is_roots(void) {
        int fd;

        if (getuid() != 0)
                return false;
        fd = root_path_open(TEST_FOLDER);
        if (fd < 0)
                return false;
        close(fd);
        return true;
}

void child_done(Child *child) {
        if (child->pid <= 0)
                return;
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        child->pid = 0;
}

_Noreturn static void become(const char *path, Prepare prepare, void *userdata, int complaint_fd) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (!prepare || prepare(userdata))
                execl(path, path, "60", NULL);
        (void)!write(complaint_fd, "x", 1);
        _exit(1);
}

bool child_start(Child *child, const char *path, Prepare prepare, void *userdata) {
        int fds[2];
        ssize_t n;
        char byte;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        child->pid = fork();
        ck_assert_int_ge(child->pid, 0);
        if (child->pid == 0)
                become(path, prepare, userdata, fds[1]);

        /* The pipe closes when the program is there. */
        close(fds[1]);
        n = read(fds[0], &byte, 1);
        close(fds[0]);
        return n == 0;
}

bool child_start_as(Child *child, pid_t pid) {
        struct clone_args arguments = {
                .exit_signal = SIGCHLD,
                .set_tid = (uint64_t)(uintptr_t)&pid,
                .set_tid_size = 1,
        };
        long r;

        r = syscall(SYS_clone3, &arguments, sizeof(arguments));
        if (r == 0) {
                execl("/bin/sleep", "/bin/sleep", "60", NULL);
                _exit(1);
        }
        if (r < 0)
                return false;
        child->pid = (pid_t)r;
        return true;
}

int identify(const Child *child, Caller *ret) {
        Process process = PROCESS_NONE;
        int r;

        r = process_open(&process, child->pid);
        if (r < 0)
                return r;
        r = caller_identify(&process, getuid(), ret);
        process_close(&process);
        return r;
}
