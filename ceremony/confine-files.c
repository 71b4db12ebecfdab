/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macro.h"
#include "ceremony/confine-files.h"
#include "ceremony/program-path.h"

/* Newer than the headers of Debian 12; by the version that brought them. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) /* 2 */
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) /* 5 */
#endif

#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* 6 */
#define LANDLOCK_SCOPE_SIGNAL               (1ULL << 1)
#endif

#define VERSION_OF_SCOPES 6

/* struct landlock_ruleset_attr of version 6. */
typedef struct Ruleset {
        uint64_t files, network, scopes;
} Ruleset;

/* What every version of Landlock knows of changing files, and executing them. */
#define WRITING                                                                                    \
        (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
         LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
         LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                              \
         LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
         LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                            \
         LANDLOCK_ACCESS_FS_MAKE_SYM)

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Libraries, how names are resolved, which authorities are trusted; and on other systems than Debian. */
static const char *const readable[] = {
        "/usr",
        "/lib",
        "/lib64",
        "/etc",
        "/nix/store",
        "/gnu/store",
        "/run/systemd",
        "/run/NetworkManager",
        "/run/resolvconf",
        "/run/connman",
        "/var/lib/ca-certificates",
        "/sys/devices/system/cpu",
        "/proc/self",
        "/proc/sys",
        "/proc/stat",
        "/dev/null",
        "/dev/urandom",
};

/* Where the modules and the library of an hybridd that was not installed are, beside its program. */
enum { OWN_FOLDER_SIZE_MAX = 16 };
static const char *const own_folders[] = { ".", "../ceremony", "../io", "../libhybrid" };

/* Negative: there is none. */
static long landlock_version(void) {
        return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t all_of_writing(void) {
        static const uint64_t since[] = { [2] = LANDLOCK_ACCESS_FS_REFER,
                                          [3] = LANDLOCK_ACCESS_FS_TRUNCATE,
                                          [5] = LANDLOCK_ACCESS_FS_IOCTL_DEV };
        long version = landlock_version();
        uint64_t all = WRITING;

        for (long i = 0; i <= version && i < (long)ELEMENTSOF(since); i++)
                all |= since[i];
        return all;
}

/* An older kernel knows the beginning of it, and takes no more. */
static int create(const Ruleset *ruleset, size_t size) {
        int fd;

        fd = (int)syscall(SYS_landlock_create_ruleset, ruleset, size, 0);
        if (fd < 0)
                return errno == ENOSYS || errno == EOPNOTSUPP ? -EOPNOTSUPP : -errno;
        return fd;
}

static int restrict_self(int fd) {
        return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

/* No rule that would allow some of it somewhere. */
static int forbid(const Ruleset *ruleset, size_t size) {
        int fd, r;

        fd = create(ruleset, size);
        if (fd < 0)
                return fd;
        r = restrict_self(fd);
        close(fd);
        return r;
}

int confine_reach(void) {
        const Ruleset ruleset = {
                .scopes = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL,
        };

        if (landlock_version() < VERSION_OF_SCOPES)
                return -EOPNOTSUPP;
        return forbid(&ruleset, sizeof(ruleset));
}

int confine_writing(void) {
        const Ruleset ruleset = { .files = all_of_writing() };

        return forbid(&ruleset, sizeof(ruleset.files));
}

/* What is not there cannot be read anyway. */
static int allow_reading(int fd, const char *path) {
        struct landlock_path_beneath_attr rule = { .allowed_access = READING };
        struct stat info;
        int r = 0;

        rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
        if (rule.parent_fd < 0)
                return 0;
        if (fstat(rule.parent_fd, &info) < 0)
                r = -errno;
        else if (!S_ISDIR(info.st_mode))
                rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
        if (r >= 0 && syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
                r = -errno;
        close(rule.parent_fd);
        return r;
}

static int allow_own_folders(int fd) {
        char folder[PROGRAM_PATH_SIZE], path[PROGRAM_PATH_SIZE + OWN_FOLDER_SIZE_MAX];
        int r;

        r = program_folder(folder);
        for (size_t i = 0; i < ELEMENTSOF(own_folders) && r >= 0; i++) {
                snprintf(path, sizeof(path), "%s/%s", folder, own_folders[i]);
                r = allow_reading(fd, path);
        }
        return r;
}

static int allow_all(int fd, const char *const *files, size_t n_files) {
        int r;

        r = allow_own_folders(fd);
        for (size_t i = 0; i < ELEMENTSOF(readable) && r >= 0; i++)
                r = allow_reading(fd, readable[i]);
        for (size_t i = 0; i < n_files && r >= 0; i++)
                if (files[i][0] == '/')
                        r = allow_reading(fd, files[i]);
        return r;
}

int confine_reading(const char *const *files, size_t n_files) {
        const Ruleset ruleset = { .files = READING };
        int fd, r;

        fd = create(&ruleset, sizeof(ruleset.files));
        if (fd < 0)
                return fd;
        r = allow_all(fd, files, n_files);
        if (r >= 0)
                r = restrict_self(fd);
        close(fd);
        return r;
}
