/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "daemon/policy/policy-file.h"
#include "daemon/policy/policy-parse.h"
#include "io/root-path.h"

enum {
        WHY_SIZE = 256,
};

static void close_fd(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

#define _close_ _cleanup_(close_fd)

static void free_text(char **text) {
        free(*text);
}

#define _free_ _cleanup_(free_text)

/* ---- what becomes of it --------------------------------------------------------------------- */

static int ignore(Policy *policy, const char *path, const char *why) {
        return policy_add_file(policy, path, why, NULL);
}

/* Root meant something, but we cannot know what. */
static int give_up(Policy *policy, const char *path, const char *why) {
        PolicyPlace place = {};
        int r;

        r = policy_add_file(policy, path, NULL, &place.path);
        if (r < 0)
                return r;
        return policy_add_problem(policy, place, why);
}

static int give_up_errno(Policy *policy, const char *path, int error) {
        char why[WHY_SIZE];

        snprintf(why, sizeof(why), "cannot be read: %s", strerror(error));
        return give_up(policy, path, why);
}

/* ---- one file ------------------------------------------------------------------------------- */

/*
 * Opens what a folder has under a name, with O_PATH: what is looked at is what is read later, and
 * looking does no harm whatever it is. Returns -1 in *ret_fd if it is not there, or does not count.
 */
static int look(Policy *policy, int folder_fd, const char *name, const char *path, mode_t type,
                int *ret_fd) {
        _close_ int fd = -1;
        struct stat st;

        *ret_fd = -1;
        fd = openat(folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0 || fstat(fd, &st) < 0)
                return give_up_errno(policy, path, errno);

        if (st.st_uid != 0)
                return ignore(policy, path, "does not belong to root");
        if (S_ISLNK(st.st_mode))
                return give_up(policy, path, "is a symbolic link; put the file itself there");
        if (!file_is_roots(&st))
                return ignore(policy, path, "others than root may write to it");
        if ((st.st_mode & S_IFMT) != type)
                return give_up(policy, path, type == S_IFDIR ? "is not a folder" : "is not a file");
        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* Opens for reading what was looked at. */
static int open_again(int fd, int flags) {
        char path[64];
        int again;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
        return again < 0 ? -errno : again;
}

/* Reads all of it. *ret is the caller's. -EFBIG if that is more than a policy may have. */
static int read_all(int fd, char **ret, size_t *ret_n) {
        _free_ char *text = malloc(POLICY_TEXT_SIZE_MAX + 1);
        size_t n = 0;
        ssize_t n_read;

        if (!text)
                return -ENOMEM;
        do {
                n_read = read(fd, text + n, POLICY_TEXT_SIZE_MAX + 1 - n);
                if (n_read < 0 && errno != EINTR)
                        return -errno;
                if (n_read > 0)
                        n += (size_t)n_read;
        } while (n_read != 0 && n <= POLICY_TEXT_SIZE_MAX);
        if (n > POLICY_TEXT_SIZE_MAX)
                return -EFBIG;

        *ret = TAKE_PTR(text);
        *ret_n = n;
        return 0;
}

static int parse_fd(Policy *policy, int fd, const char *path) {
        _free_ char *text = NULL;
        size_t n = 0;
        int r;

        r = read_all(fd, &text, &n);
        if (r < 0)
                return r;
        return policy_parse(policy, path, text, n);
}

static int read_in(Policy *policy, int folder_fd, const char *folder, const char *name) {
        _close_ int found = -1, fd = -1;
        _free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", folder, name) < 0)
                return -ENOMEM;
        r = look(policy, folder_fd, name, path, S_IFREG, &found);
        if (r < 0 || found < 0)
                return r;

        fd = open_again(found, 0);
        r = fd < 0 ? fd : parse_fd(policy, fd, path);
        if (r < 0 && r != -ENOMEM)
                return give_up_errno(policy, path, -r);
        return r;
}

/* ---- folders -------------------------------------------------------------------------------- */

static int is_policy_name(const struct dirent *entry) {
        size_t n = strlen(entry->d_name);

        return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* By bytes, whatever the locale is: the same on each computer. */
static int by_name(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_names(Policy *policy, int fd, const char *path, struct dirent **entries,
                      int n_entries) {
        int r = 0;

        if (n_entries > N_POLICY_FILES_MAX)
                return give_up(policy, path, "has more than 64 files");
        for (int i = 0; i < n_entries && r >= 0; i++)
                r = read_in(policy, fd, path, entries[i]->d_name);
        return r;
}

static int read_drop_ins(Policy *policy, int folder_fd, const char *folder) {
        _close_ int found = -1, fd = -1;
        struct dirent **entries = NULL;
        _free_ char *path = NULL;
        int n_entries, r;

        if (asprintf(&path, "%s/policy.d", folder) < 0)
                return -ENOMEM;
        r = look(policy, folder_fd, "policy.d", path, S_IFDIR, &found);
        if (r < 0 || found < 0)
                return r;
        fd = open_again(found, O_DIRECTORY);
        if (fd < 0)
                return give_up_errno(policy, path, -fd);

        n_entries = scandirat(fd, ".", &entries, is_policy_name, by_name);
        if (n_entries < 0)
                return errno == ENOMEM ? -ENOMEM : give_up_errno(policy, path, errno);
        r = read_names(policy, fd, path, entries, n_entries);
        for (int i = 0; i < n_entries; i++)
                free(entries[i]);
        free(entries);
        return r;
}

/* A folder that others than root can change has no policy; it is said only if it looks so. */
static int ignore_folder(Policy *policy, const char *folder) {
        static const char *const names[] = { "policy.conf", "policy.d" };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(names) && r >= 0; i++) {
                _free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", folder, names[i]) < 0)
                        return -ENOMEM;
                if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        r = ignore(policy, path,
                                   "others than root may write to its folder, or to one above it");
        }
        return r;
}

int policy_read_folder(Policy *policy, const char *folder) {
        _close_ int fd = -1;
        int r;

        fd = root_path_open(folder);
        if (fd == -ENOENT)
                return 0;
        if (fd == -EPERM)
                return ignore_folder(policy, folder);
        if (fd == -ELOOP)
                return give_up(policy, folder, "is a symbolic link, or a folder above it is one");
        if (fd < 0)
                return give_up_errno(policy, folder, -fd);

        r = read_in(policy, fd, folder, "policy.conf");
        if (r >= 0)
                r = read_drop_ins(policy, fd, folder);
        return r;
}

int policy_read_file(Policy *policy, const char *path) {
        _close_ int fd = -1;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return parse_fd(policy, fd, path);
}
