/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One process, as the kernel shows it. It is opened first and looked at then, so that all that is
 * found belongs to the same process, even if its number goes to another one meanwhile. What it
 * shows may be made to harm who looks (a file system that never answers): nothing here waits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "io/root-path.h"

typedef struct Process {
        pid_t pid;
        int pidfd;
        int proc_fd; /* its folder in /proc; of this process and no later one */
} Process;

#define PROCESS_NONE ((Process){ .pidfd = -1, .proc_fd = -1 })

typedef struct ProcessRelations {
        pid_t parent;
        bool on_terminal; /* it has one, and is what the person there has in front */
} ProcessRelations;

/** 0; -ESRCH if there is no such process any more; or another negative errno. */
int process_open(Process *ret, pid_t pid);

/** The same for who holds a pidfd, which stays the caller's. */
int process_open_pidfd(Process *ret, int pidfd);

/** Harmless for PROCESS_NONE. */
void process_close(Process *process);

bool process_has_ended(const Process *process);

/**
 * What it runs: which file, and its path, cut off at @size; a mount of its own can make up any
 * path.
 */
int process_read_program(const Process *process, char *ret_path, size_t size, FileId *ret);

/** Whom it belongs to. */
int process_read_owner(const Process *process, uid_t *ret);

int process_read_relations(const Process *process, ProcessRelations *ret);

/** Whether its root and mounts are ours, so that paths mean the same to both. */
int process_shares_files(const Process *process, bool *ret);

/** Its control groups as text. -E2BIG if that is longer. */
int process_read_cgroup(const Process *process, char *ret, size_t size);

/**
 * The /.flatpak-info of its root, as NUL-terminated text. Returns its length; -ENOENT if there is
 * none that Flatpak would make; -E2BIG if it is longer; or another negative errno.
 */
ssize_t process_read_flatpak_info(const Process *process, char *ret, size_t size);
