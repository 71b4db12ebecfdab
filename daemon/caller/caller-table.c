/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "daemon/caller/caller-entry.h"

enum {
        FILE_SIZE_MAX = 64 * 1024,
        N_FILES_MAX = 256, /* of one folder */
        PATH_SIZE = 4096,
};

struct CallerTable {
        CallerEntries entries;
        bool closed;                       /* the administrator's word is not known: nobody may */
        char problem[CALLER_PROBLEM_SIZE]; /* the first */
        size_t n_problems;
};

/* What is wrong goes into the log, and is kept for who asks. */
_printf_(2, 3) static void note_problem(CallerTable *table, const char *format, ...) {
        char problem[CALLER_PROBLEM_SIZE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(problem, sizeof(problem), format, arguments);
        va_end(arguments);
        log_warning("%s", problem);
        if (table->n_problems++ == 0)
                memcpy(table->problem, problem, sizeof(problem));
}

/* ---- reading -------------------------------------------------------------------------------- */

static int open_folder(const char *path) {
        int fd, opened, r;

        fd = root_path_open(path);
        if (fd < 0)
                return fd;
        opened = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = -errno;
        close(fd);
        return opened < 0 ? r : opened;
}

static const char *folder_problem(int r) {
        return r == -EPERM ? "others than root can change what is in it" : strerror(-r);
}

/* -1 if there is none, or none that is safe. */
static int open_vendor_folder(CallerTable *table, const char *path) {
        int r = open_folder(path);

        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                note_problem(table, "%s is ignored: %s", path, folder_problem(r));
        return r < 0 ? -1 : r;
}

/* One that is there and cannot be read may forbid what the other allows. */
static int open_admin_folder(CallerTable *table, const char *path) {
        int r = open_folder(path);

        if (r < 0 && r != -ENOENT) {
                note_problem(table, "%s cannot be used, so no program may ask: %s", path,
                             folder_problem(r));
                table->closed = true;
        }
        return r < 0 ? -1 : r;
}

static bool is_table(const char *name) {
        size_t n = strlen(name);

        return name[0] != '.' && n > strlen(".conf") && strcmp(name + n - 5, ".conf") == 0;
}

static bool is_in(int folder_fd, const char *name) {
        struct stat st;

        return folder_fd >= 0 && fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0;
}

/* Just there to take the place of another. */
static bool is_mask(int folder_fd, const char *name) {
        char target[16];
        ssize_t n;

        n = readlinkat(folder_fd, name, target, sizeof(target));
        return n == (ssize_t)strlen("/dev/null") && memcmp(target, "/dev/null", (size_t)n) == 0;
}

/* NULL if it can be read, or why not. */
static const char *check_file(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return strerror(errno);
        if (!S_ISREG(st.st_mode))
                return "it is no file";
        if (!file_is_roots(&st))
                return "others than root can change it";
        return st.st_size > FILE_SIZE_MAX ? "it is larger than 64 KiB" : NULL;
}

static int open_table(CallerTable *table, int folder_fd, const char *folder, const char *name,
                      FILE **ret) {
        const char *problem;
        int fd;

        fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        problem = fd < 0 ? (errno == ELOOP ? "it is a symbolic link" : strerror(errno))
                         : check_file(fd);
        if (problem) {
                note_problem(table, "%s/%s is ignored: %s", folder, name, problem);
                if (fd >= 0)
                        close(fd);
                return -EINVAL;
        }

        *ret = fdopen(fd, "r");
        if (!*ret) {
                close(fd);
                return -ENOMEM;
        }
        return 0;
}

static int read_table(CallerTable *table, int folder_fd, const char *folder, const char *name) {
        char path[PATH_SIZE], problem[CALLER_PROBLEM_SIZE];
        FILE *file;
        int r;

        if (is_mask(folder_fd, name))
                return 0;
        r = open_table(table, folder_fd, folder, name, &file);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        r = caller_entries_read(&table->entries, file, path, problem);
        if (r == -EINVAL)
                note_problem(table, "%s; the file is ignored", problem);
        fclose(file);
        return r;
}

/* Takes the descriptor over. -ENOMEM; what else is wrong has been said. */
static int read_folder(CallerTable *table, int fd, const char *folder, int masking_fd) {
        size_t n_files = 0;
        struct dirent *entry;
        DIR *dir;
        int r = 0;

        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return -ENOMEM;
        }
        while (r != -ENOMEM && (entry = readdir(dir))) {
                if (!is_table(entry->d_name) || is_in(masking_fd, entry->d_name))
                        continue;
                if (++n_files > N_FILES_MAX) {
                        note_problem(table, "%s has too many files; not all are read", folder);
                        break;
                }
                r = read_table(table, dirfd(dir), folder, entry->d_name);
        }
        closedir(dir);
        return r == -ENOMEM ? r : 0;
}

int caller_table_new(CallerTable **ret, const char *vendor_folder, const char *admin_folder) {
        _cleanup_(caller_table_freep) CallerTable *table = NULL;
        int vendor_fd, admin_fd, r = 0;

        table = calloc(1, sizeof(*table));
        if (!table)
                return -ENOMEM;

        admin_fd = open_admin_folder(table, admin_folder);
        vendor_fd = open_vendor_folder(table, vendor_folder);
        if (vendor_fd >= 0)
                r = read_folder(table, vendor_fd, vendor_folder, admin_fd);
        if (admin_fd >= 0 && r >= 0)
                r = read_folder(table, TAKE_FD(admin_fd), admin_folder, -1);
        if (admin_fd >= 0)
                close(admin_fd);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(table);
        return 0;
}

const char *caller_table_problem(const CallerTable *table, size_t *ret_n) {
        *ret_n = table->n_problems;
        return table->n_problems > 0 ? table->problem : NULL;
}

CallerTable *caller_table_free(CallerTable *table) {
        if (!table)
                return NULL;

        caller_entries_done(&table->entries);
        free(table);
        return NULL;
}

/* ---- judging -------------------------------------------------------------------------------- */

/* NULL if the entry lets its program ask. */
static const char *objection(const CallerEntry *entry, const Caller *caller, const char *origin,
                             const char *top_origin) {
        if (!caller_entry_has_origin(entry, origin))
                return "it is listed for other sites only";
        if (top_origin[0] != '\0' && !caller_entry_has_origin(entry, top_origin))
                return "it is listed for other sites than that of the surrounding page";
        if (entry->terminal && !caller->on_terminal)
                return "it may ask in the foreground of a terminal only";
        return NULL;
}

/* The kernel says so of what has been upgraded or removed. */
static const char *reason_not_listed(const Caller *caller) {
        static const char mark[] = " (deleted)";
        size_t n = strlen(caller->path);

        if (n >= sizeof(mark) && strcmp(caller->path + n - strlen(mark), mark) == 0)
                return "its program was replaced since it started; start it again";
        return "it is on no list of programs that may";
}

void caller_table_judge(const CallerTable *table, const Caller *caller, const char *origin,
                        const char *top_origin, CallerJudgement *ret) {
        CallerJudgement judgement = {
                .verdict = CALLER_NOT_LISTED,
                .why = reason_not_listed(caller),
        };

        if (table->closed) {
                *ret = (CallerJudgement){
                        .verdict = CALLER_FORBIDDEN,
                        .why = "the administrator's list of programs cannot be used",
                };
                return;
        }

        /* One entry that allows it is enough. */
        for (size_t i = 0; i < table->entries.n && judgement.verdict != CALLER_LISTED; i++) {
                const CallerEntry *entry = &table->entries.items[i];

                if (!caller_entry_fits(entry, caller))
                        continue;
                judgement.why = objection(entry, caller, origin, top_origin);
                judgement.verdict = judgement.why ? CALLER_FORBIDDEN : CALLER_LISTED;
                judgement.any_origin_by_terminal = entry->any_origin && entry->terminal;
                snprintf(judgement.name, sizeof(judgement.name), "%s",
                         entry->name ? entry->name : entry->id);
        }
        *ret = judgement;
}
