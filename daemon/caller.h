/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who is calling: found out from the bus and the kernel, never from what the caller says.
 */

#include <stdbool.h>
#include <sys/types.h>

enum {
        CALLER_NAME_SIZE = 64,
};

typedef struct Caller {
        char name[CALLER_NAME_SIZE]; /* for people: what its program is called, in ASCII */
        bool trusted;                /* hybridctl as installed; it may ask for any origin */
} Caller;

/**
 * Looks at the process behind a bus connection. It is opened first and looked at then, so that
 * another process that comes by the same number is not mistaken for it.
 * 0; -ESRCH if it has gone; -EPERM if it belongs to somebody else; or another negative errno.
 */
int caller_identify(pid_t pid, uid_t uid, Caller *ret);
