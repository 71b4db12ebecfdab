/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ceremony/program-path.h"
#include "daemon/caller.h"

/* A pidfd becomes readable when its process ends. */
static bool has_ended(int pidfd) {
        struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

        return poll(&poll_fd, 1, 0) != 0;
}

static int read_program(pid_t pid, char ret[static PROGRAM_PATH_SIZE]) {
        char link[64];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
        n = readlink(link, ret, PROGRAM_PATH_SIZE - 1);
        if (n < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        ret[n] = '\0';
        return 0;
}

/* Only root can have put it there, so it does what it was shipped to do. */
static bool is_untouched(const char *path) {
        struct stat st;

        return lstat(path, &st) >= 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
               (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int caller_identify(pid_t pid, uid_t uid, Caller *ret) {
        char path[PROGRAM_PATH_SIZE];
        const char *name;
        Caller caller = {};
        int pidfd, r;

        if (uid != getuid())
                return -EPERM;

        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0)
                return -errno;

        r = read_program(pid, path);
        if (r >= 0 && has_ended(pidfd))
                r = -ESRCH;
        close(pidfd);
        if (r < 0)
                return r;

        name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        snprintf(caller.name, sizeof(caller.name), "%.*s", CALLER_NAME_SIZE - 1, name);
        caller.trusted = strcmp(path, HYBRIDCTL_PATH) == 0 && is_untouched(path);
        *ret = caller;
        return 0;
}
