/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macro.h"
#include "daemon/caller/process.h"

enum {
        STAT_SIZE = 1024,
        MOUNTS_SIZE = 1024 * 1024, /* a process can have many mounts, but then it is no Flatpak */
        N_TRIES_CACHED = 16,
};

/* ---- opening -------------------------------------------------------------------------------- */

/* A pidfd becomes readable when its process ends. */
bool process_has_ended(const Process *process) {
        struct pollfd poll_fd = { .fd = process->pidfd, .events = POLLIN };

        return poll(&poll_fd, 1, 0) != 0;
}

/* As long as the process lives, its number is its own: so what we opened by number is it. */
static int open_folder(Process *process) {
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d", (int)process->pid);
        process->proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (process->proc_fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        return process_has_ended(process) ? -ESRCH : 0;
}

static int finish_opening(Process *process, Process *ret) {
        int r;

        r = open_folder(process);
        if (r < 0) {
                process_close(process);
                return r;
        }
        *ret = *process;
        return 0;
}

int process_open(Process *ret, pid_t pid) {
        Process process = PROCESS_NONE;

        process.pid = pid;
        process.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (process.pidfd < 0)
                return -errno;
        return finish_opening(&process, ret);
}

/* Reads a small file below a folder, and ends it with NUL. */
static ssize_t read_text(int folder_fd, const char *name, char *ret, size_t size) {
        size_t n = 0;
        ssize_t got;
        int fd, r = 0;

        fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        while (n < size && (got = read(fd, ret + n, size - n)) != 0) {
                if (got < 0) {
                        r = -errno;
                        break;
                }
                n += (size_t)got;
        }
        close(fd);
        if (r < 0)
                return r;
        if (n == size)
                return -E2BIG;
        ret[n] = '\0';
        return (ssize_t)n;
}

/* The kernel tells the number of a pidfd's process among what it knows of the descriptor. */
static int pid_of(int pidfd, pid_t *ret) {
        char path[64], text[STAT_SIZE];
        const char *line;
        ssize_t n;
        int pid;

        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
        n = read_text(AT_FDCWD, path, text, sizeof(text));
        if (n < 0)
                return (int)n;
        line = strstr(text, "\nPid:");
        if (!line || sscanf(line, "\nPid: %d", &pid) != 1)
                return -EBADF;
        if (pid <= 0)
                return -ESRCH; /* it has gone, or is in a place that we do not see */
        *ret = pid;
        return 0;
}

int process_open_pidfd(Process *ret, int pidfd) {
        Process process = PROCESS_NONE;
        int r;

        r = pid_of(pidfd, &process.pid);
        if (r < 0)
                return r;
        process.pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
        if (process.pidfd < 0)
                return -errno;
        return finish_opening(&process, ret);
}

void process_close(Process *process) {
        if (process->pidfd >= 0)
                close(process->pidfd);
        if (process->proc_fd >= 0)
                close(process->proc_fd);
        *process = PROCESS_NONE;
}

/* ---- what it is ----------------------------------------------------------------------------- */

int process_read_program(const Process *process, char *ret_path, size_t size, FileId *ret) {
        FileId program;
        ssize_t n;
        int r;

        r = file_look(process->proc_fd, "exe", NULL, &program);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        n = readlinkat(process->proc_fd, "exe", ret_path, size - 1);
        if (n < 0)
                return -errno;
        ret_path[n] = '\0';
        *ret = program;
        return 0;
}

int process_read_owner(const Process *process, uid_t *ret) {
        struct stat st;

        if (fstat(process->proc_fd, &st) < 0)
                return -errno;
        *ret = st.st_uid;
        return 0;
}

/* "PID (NAME) STATE PARENT GROUP SESSION TERMINAL FOREGROUND-GROUP …"; the name may be anything. */
int process_read_relations(const Process *process, ProcessRelations *ret) {
        int parent, group, terminal, foreground;
        char text[STAT_SIZE];
        const char *rest;
        ssize_t n;

        n = read_text(process->proc_fd, "stat", text, sizeof(text));
        if (n < 0)
                return n == -ENOENT ? -ESRCH : (int)n;
        rest = strrchr(text, ')');
        if (!rest ||
            sscanf(rest, ") %*c %d %d %*d %d %d", &parent, &group, &terminal, &foreground) != 4)
                return -EBADMSG;

        *ret = (ProcessRelations){
                .parent = parent,
                .on_terminal = terminal != 0 && group == foreground,
        };
        return 0;
}

static int is_same(const Process *process, const char *name, const char *ours, bool *ret) {
        FileId its, our;
        int r;

        r = file_look(process->proc_fd, name, NULL, &its);
        if (r >= 0)
                r = file_look(AT_FDCWD, ours, NULL, &our);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        *ret = file_id_equal(&its, &our);
        return 0;
}

/* The root by itself would not do: one can mount over what is below it. Nor would the mounts: one
 * can call another folder the root. */
int process_shares_files(const Process *process, bool *ret) {
        bool mounts, root;
        int r;

        r = is_same(process, "ns/mnt", "/proc/self/ns/mnt", &mounts);
        if (r >= 0)
                r = is_same(process, "root", "/", &root);
        if (r >= 0)
                *ret = mounts && root;
        return r;
}

int process_read_cgroup(const Process *process, char *ret, size_t size) {
        ssize_t n;

        n = read_text(process->proc_fd, "cgroup", ret, size);
        return n < 0 ? (int)n : 0;
}

/* ---- Flatpak -------------------------------------------------------------------------------- */

/* Finds the file among what the kernel remembers: in a root that is a file system of the process's
 * own making, a lookup would wait for that process. -EAGAIN: the kernel does not know. */
static int open_remembered(int root_fd, const char *name) {
        const struct open_how how = {
                .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_CACHED | RESOLVE_NO_SYMLINKS,
        };
        int fd = -1;

        /* A rename anywhere in the system can disturb the kernel. */
        for (int i = 0; i < N_TRIES_CACHED && fd < 0; i++) {
                fd = (int)syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
                if (fd < 0 && errno != EAGAIN)
                        return -errno;
        }
        return fd < 0 ? -EAGAIN : fd;
}

/* Whether a mount of the process is one in memory. A line of mountinfo: "ID … - TYPE SOURCE …". */
static bool has_memory_mount(const char *mounts, uint64_t id) {
        unsigned long long number;
        const char *line, *type, *next;

        for (line = mounts; line; line = next) {
                next = strchr(line, '\n');
                next = next ? next + 1 : NULL;
                if (sscanf(line, "%llu ", &number) != 1 || number != id)
                        continue;
                type = strstr(line, " - ");
                return type && (!next || type < next) && strncmp(type, " - tmpfs ", 9) == 0;
        }
        return false;
}

/* The file holds its mount, so that the number is not another mount's by now. */
static int is_in_memory(const Process *process, int fd) {
        struct statx found;
        char *mounts;
        ssize_t n;
        bool yes;

        if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &found) <
            0)
                return -errno;
        if (!S_ISREG(found.stx_mode) || !(found.stx_mask & STATX_MNT_ID))
                return 0;

        mounts = malloc(MOUNTS_SIZE);
        if (!mounts)
                return -ENOMEM;
        n = read_text(process->proc_fd, "mountinfo", mounts, MOUNTS_SIZE);
        yes = n >= 0 && has_memory_mount(mounts, found.stx_mnt_id);
        free(mounts);
        return n < 0 ? (int)n : yes;
}

static int open_flatpak_info(const Process *process) {
        int root_fd, fd, r;

        root_fd = openat(process->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        fd = open_remembered(root_fd, ".flatpak-info");
        close(root_fd);
        if (fd == -EAGAIN)
                return -ENOENT; /* in memory, which Flatpak puts it into, it is remembered */
        if (fd < 0)
                return fd;

        r = is_in_memory(process, fd);
        if (r <= 0) {
                close(fd);
                return r < 0 ? r : -ENOENT;
        }
        return fd;
}

ssize_t process_read_flatpak_info(const Process *process, char *ret, size_t size) {
        char path[64];
        ssize_t n;
        int fd;

        fd = open_flatpak_info(process);
        if (fd < 0)
                return fd;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        n = read_text(AT_FDCWD, path, ret, size);
        close(fd);
        return n;
}
