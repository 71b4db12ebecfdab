/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "child.h"

enum {
        GRACE_MSEC = 2000, /* how long a child may take to end by itself */
        FIRST_FREE_FD = 10,
};

/* ---- in the child, where only what is safe after fork() is allowed -------------------------- */

static void leave(int report_fd, int error) {
        ssize_t k = write(report_fd, &error, sizeof(error));

        (void)k;
        _exit(127);
}

/* Out of the way of the numbers that are about to be given, and kept over exec by dup2() only. */
static int move_up(int fd, int flags) {
        if (fd < 0)
                fd = open("/dev/null", flags | O_CLOEXEC);
        return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
}

static bool place_fds(const ChildParams *params) {
        const int fds[] = {
                move_up(params->stdin_fd, O_RDONLY),
                move_up(params->stdout_fd, O_WRONLY),
                move_up(params->stderr_fd, O_WRONLY),
                params->extra_fd >= 0 ? move_up(params->extra_fd, 0) : -1,
        };
        int n = params->extra_fd >= 0 ? CHILD_EXTRA_FD + 1 : CHILD_EXTRA_FD;

        for (int i = 0; i < n; i++)
                if (fds[i] < 0 || dup2(fds[i], i) < 0)
                        return false;
        return true;
}

static void become(const ChildParams *params, pid_t parent, int report_fd) {
        sigset_t none;

        sigemptyset(&none);
        report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        if (report_fd < 0 || setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
            !place_fds(params))
                leave(report_fd, errno);
        if (getppid() != parent) /* it went before we could ask to go with it */
                _exit(127);

        signal(SIGPIPE, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(params->arguments[0], (char *const *)params->arguments);
        leave(report_fd, errno);
}

/* ---- in the parent -------------------------------------------------------------------------- */

/* What the child says until exec() closes the pipe: an errno, or nothing. */
static int read_report(int fd) {
        int error = 0;
        ssize_t n;

        do
                n = read(fd, &error, sizeof(error));
        while (n < 0 && errno == EINTR);

        return n == sizeof(error) ? -error : 0;
}

static int fork_child(const ChildParams *params, pid_t *ret) {
        pid_t parent = getpid(), pid;
        int report[2], r;

        if (pipe2(report, O_CLOEXEC) < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                become(params, parent, report[1]);
        r = pid < 0 ? -errno : 0;
        close(report[1]);
        if (r >= 0)
                r = read_report(report[0]);
        close(report[0]);

        if (r < 0 && pid > 0)
                waitpid(pid, NULL, 0);
        if (r >= 0)
                *ret = pid;
        return r;
}

static void take_end(Child *child, const siginfo_t *info) {
        child->ended = true;
        child->code = info->si_code == CLD_EXITED ? info->si_status : -info->si_status;
        child->source = sd_event_source_disable_unref(child->source);
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Child *child = userdata;

        take_end(child, info);
        if (child->on_ended)
                child->on_ended(child->userdata);
        return 0;
}

int child_start(Child *child, sd_event *event, const ChildParams *params) {
        pid_t pid = 0;
        int r;

        *child = (Child){};
        r = fork_child(params, &pid);
        if (r < 0)
                return r;

        *child = (Child){
                .name = params->name,
                .pid = pid,
                .on_ended = params->ended,
                .userdata = params->userdata,
        };
        r = sd_event_add_child(event, &child->source, pid, WEXITED, on_child, child);
        if (r < 0)
                child_end(child);
        return r;
}

/* True if it has ended within the time. A pidfd can be waited for without a signal. */
static bool wait_for(const Child *child, int msec) {
        int pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
        struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
        bool ended;

        if (pidfd < 0)
                return false;
        ended = poll(&poll_fd, 1, msec) > 0;
        close(pidfd);
        return ended;
}

void child_end(Child *child) {
        siginfo_t info = {};

        if (child->pid == 0 || child->ended)
                return;

        child->source = sd_event_source_disable_unref(child->source);
        kill(child->pid, SIGTERM);
        if (!wait_for(child, GRACE_MSEC))
                kill(child->pid, SIGKILL);
        if (waitid(P_PID, (id_t)child->pid, &info, WEXITED) >= 0)
                take_end(child, &info);
        child->ended = true;
}

void child_describe_end(const Child *child, char *ret, size_t size) {
        if (child->code < 0)
                snprintf(ret, size, "it was ended by signal %d (%s)", -child->code,
                         strsignal(-child->code));
        else
                snprintf(ret, size, "it ended with status %d", child->code);
}
