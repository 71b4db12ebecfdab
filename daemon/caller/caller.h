/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who is calling: found out from the bus and the kernel, never from what the caller says. What a
 * program may do once it is known is in caller-table.h.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/caller/caller-unit.h"
#include "daemon/caller/process.h"
#include "daemon/caller/sandbox.h"

enum {
        CALLER_NAME_SIZE = 64,
        CALLER_PATH_SIZE = 1024,
};

typedef enum CallerKind {
        CALLER_KIND_UNKNOWN, /* in a sandbox that is none of these, or it could not be found out */
        CALLER_KIND_HOST,
        CALLER_KIND_FLATPAK,
        CALLER_KIND_SNAP,
        _CALLER_KIND_MAX,
} CallerKind;

typedef struct Caller {
        CallerKind kind;
        pid_t pid;
        char name[CALLER_NAME_SIZE]; /* for people, printable */
        char path[CALLER_PATH_SIZE]; /* the same: of its program, or the sandbox's name for it */
        char app_id[APP_ID_SIZE];    /* of a Flatpak or a snap; "" for others */
        char unit[UNIT_NAME_SIZE];   /* systemd's, for the audit; "" if there is none */

        /* Of programs of the host. */
        FileId program;
        char program_path[CALLER_PATH_SIZE]; /* where it was started; "" if that is longer */
        bool has_parent;
        FileId parent; /* what the process runs that started it */
        bool on_terminal;
} Caller;

/** "host", "flatpak", "snap" or "unknown". */
const char *caller_kind_name(CallerKind kind);

/**
 * Looks at the process behind a bus connection of the user @uid.
 * 0; -ESRCH if it has gone; -EPERM if it belongs to somebody else; or another negative errno.
 */
int caller_identify(const Process *process, uid_t uid, Caller *ret);

/** Whether two callers are one process, or one sandboxed program. No: one of them is not known. */
bool caller_is_same(const Caller *a, const Caller *b);

/**
 * Whether it runs what stands at this path, was started there, and only root can have put it there.
 * No path of the caller's is followed: its file system might keep us waiting.
 */
bool caller_runs(const Caller *caller, const char *path);
