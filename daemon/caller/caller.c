/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "ceremony/program-path.h"
#include "daemon/caller/caller.h"

enum {
        FLATPAK_INFO_SIZE = 64 * 1024,
        CGROUP_SIZE = 16 * 1024,
};

const char *caller_kind_name(CallerKind kind) {
        static const char *const names[_CALLER_KIND_MAX] = {
                [CALLER_KIND_UNKNOWN] = "unknown",
                [CALLER_KIND_HOST] = "host",
                [CALLER_KIND_FLATPAK] = "flatpak",
                [CALLER_KIND_SNAP] = "snap",
        };

        return names[kind];
}

/* Of a text that is too long the end is kept, which says more than the beginning. Nothing is left
 * in it that a terminal, a log or the bus would choke on. */
static void write_shown(const char *text, char *ret, size_t size) {
        size_t n = strlen(text);

        if (n < size)
                snprintf(ret, size, "%s", text);
        else
                snprintf(ret, size, "...%s", text + n - (size - 4));
        for (char *p = ret; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}

static void write_file_name(const char *path, char ret[static CALLER_NAME_SIZE]) {
        const char *slash = strrchr(path, '/');

        write_shown(slash ? slash + 1 : path, ret, CALLER_NAME_SIZE);
}

/* ---- programs of the host ------------------------------------------------------------------- */

/* The kernel writes a path without doubled slashes; people may not. */
static bool is_same_path(const char *kernels, const char *path) {
        for (;; kernels++, path++) {
                while (path[0] == '/' && path[1] == '/')
                        path++;
                if (*kernels != *path)
                        return false;
                if (*path == '\0')
                        return true;
        }
}

bool caller_runs(const Caller *caller, const char *path) {
        FileId now;

        return caller->kind == CALLER_KIND_HOST && is_same_path(caller->program_path, path) &&
               root_path_file(path, &now) >= 0 && file_id_equal(&now, &caller->program);
}

/* Looked at as carefully as the caller: of the same user, with the same files. */
static int look_at_parent(const Process *parent, FileId *ret) {
        char path[PROGRAM_PATH_SIZE];
        uid_t owner;
        bool shared;
        int r;

        r = process_read_owner(parent, &owner);
        if (r >= 0 && owner != getuid())
                return -EPERM;
        if (r >= 0)
                r = process_shares_files(parent, &shared);
        if (r >= 0 && !shared)
                return -EXDEV;
        if (r >= 0)
                r = process_read_program(parent, path, sizeof(path), ret);
        return r;
}

/* What the parent was a moment ago may be another process by now: only if the child still calls it
 * so after it was looked at, it was the parent all the time. */
static int read_parent(const Process *child, const ProcessRelations *relations, FileId *ret) {
        Process parent = PROCESS_NONE;
        ProcessRelations later;
        FileId program;
        int r;

        r = process_open(&parent, relations->parent);
        if (r < 0)
                return r;
        r = look_at_parent(&parent, &program);
        if (r >= 0)
                r = process_read_relations(child, &later);
        if (r >= 0 && later.parent != relations->parent)
                r = -ESRCH;
        process_close(&parent);
        if (r >= 0)
                *ret = program;
        return r;
}

static int identify_host(const Process *process, const char *path, Caller *caller) {
        ProcessRelations relations;
        int r;

        r = process_read_relations(process, &relations);
        if (r < 0)
                return r;

        caller->kind = CALLER_KIND_HOST;
        if (strlen(path) < sizeof(caller->program_path))
                memcpy(caller->program_path, path, strlen(path) + 1);
        caller->on_terminal = relations.on_terminal;
        caller->has_parent = read_parent(process, &relations, &caller->parent) >= 0;
        return 0;
}

bool caller_is_same(const Caller *a, const Caller *b) {
        if (a->app_id[0] != '\0' || b->app_id[0] != '\0')
                return a->kind == b->kind && strcmp(a->app_id, b->app_id) == 0;
        return a->pid != 0 && a->pid == b->pid;
}

/* ---- sandboxes ------------------------------------------------------------------------------ */

static int read_snap(const Process *process, char ret[static APP_ID_SIZE]) {
        char text[CGROUP_SIZE];
        int r;

        r = process_read_cgroup(process, text, sizeof(text));
        if (r < 0)
                return r;
        return cgroup_read_snap(text, ret);
}

static int read_flatpak(const Process *process, char ret[static APP_ID_SIZE]) {
        char text[FLATPAK_INFO_SIZE];
        ssize_t n;

        n = process_read_flatpak_info(process, text, sizeof(text));
        if (n < 0)
                return (int)n;
        return flatpak_info_read(text, (size_t)n, ret);
}

/* A snap may be able to make itself a root that looks like a Flatpak's, and so may whoever is free
 * to pick a control group: what looks like both is neither. */
static void identify_sandboxed(const Process *process, Caller *caller) {
        char snap[APP_ID_SIZE], flatpak[APP_ID_SIZE];
        int is_snap, is_flatpak;

        is_snap = read_snap(process, snap);
        is_flatpak = read_flatpak(process, flatpak);

        if (is_snap >= 0 && is_flatpak == -ENOENT) {
                caller->kind = CALLER_KIND_SNAP;
                memcpy(caller->app_id, snap, sizeof(snap));
        } else if (is_flatpak >= 0 && is_snap == -ENOENT) {
                caller->kind = CALLER_KIND_FLATPAK;
                memcpy(caller->app_id, flatpak, sizeof(flatpak));
        } else
                return;
        write_shown(caller->app_id, caller->name, sizeof(caller->name));
        write_shown(caller->app_id, caller->path, sizeof(caller->path));
}

static void read_unit(const Process *process, Caller *caller) {
        char text[CGROUP_SIZE];

        if (process_read_cgroup(process, text, sizeof(text)) >= 0)
                unit_from_cgroup(text, caller->unit);
}

/* ---- all ------------------------------------------------------------------------------------ */

int caller_identify(const Process *process, uid_t uid, Caller *ret) {
        Caller caller = { .pid = process->pid };
        char path[PROGRAM_PATH_SIZE];
        bool shares_files;
        int r;

        if (uid != getuid())
                return -EPERM;

        r = process_read_program(process, path, sizeof(path), &caller.program);
        if (r >= 0)
                r = process_shares_files(process, &shares_files);
        if (r < 0)
                return process_has_ended(process) ? -ESRCH : r;

        read_unit(process, &caller);
        write_file_name(path, caller.name);
        write_shown(path, caller.path, sizeof(caller.path));
        if (!shares_files)
                identify_sandboxed(process, &caller);
        else
                r = identify_host(process, path, &caller);

        if (process_has_ended(process))
                return -ESRCH;
        if (r < 0)
                return r;
        *ret = caller;
        return 0;
}
