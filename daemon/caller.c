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

/* What the process runs: the file itself, and the path, which a mount of its own may have made up. */
static int read_program(pid_t pid, char ret_path[static PROGRAM_PATH_SIZE], struct stat *ret) {
        char link[64];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
        n = readlink(link, ret_path, PROGRAM_PATH_SIZE - 1);
        if (n < 0 || stat(link, ret) < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        ret_path[n] = '\0';
        return 0;
}

/* Only root can have put it there, so it does what it was shipped to do. */
static bool is_untouched(const struct stat *st) {
        return S_ISREG(st->st_mode) && st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* By the file and not by its name: anybody can have a namespace where that leads elsewhere. */
static bool is_hybridctl(const struct stat *program) {
        struct stat st;

        return lstat(HYBRIDCTL_PATH, &st) >= 0 && is_untouched(&st) &&
               st.st_dev == program->st_dev && st.st_ino == program->st_ino;
}

/* The file's name, with nothing in it that a terminal, a log or the bus would choke on. */
static void write_name(const char *path, char ret[static CALLER_NAME_SIZE]) {
        const char *slash = strrchr(path, '/');

        snprintf(ret, CALLER_NAME_SIZE, "%.*s", CALLER_NAME_SIZE - 1, slash ? slash + 1 : path);
        for (char *p = ret; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}

int caller_identify(pid_t pid, uid_t uid, Caller *ret) {
        char path[PROGRAM_PATH_SIZE];
        struct stat program = {};
        Caller caller = {};
        int pidfd, r;

        if (uid != getuid())
                return -EPERM;

        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0)
                return -errno;

        r = read_program(pid, path, &program);
        if (r >= 0 && has_ended(pidfd))
                r = -ESRCH;
        close(pidfd);
        if (r < 0)
                return r;

        write_name(path, caller.name);
        caller.trusted = is_hybridctl(&program);
        *ret = caller;
        return 0;
}
