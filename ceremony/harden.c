/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ceremony/harden.h"

/* What every version of Landlock knows of changing files, and executing them. */
#define LANDLOCK_FORBIDDEN                                                                         \
        (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
         LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
         LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                              \
         LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
         LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                            \
         LANDLOCK_ACCESS_FS_MAKE_SYM)

/* AddressSanitizer's leak check traces its own process. GCC and Clang tell of it in two ways. */
#ifdef __SANITIZE_ADDRESS__
#define HAS_LEAK_CHECK
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK
#endif
#endif

void process_harden(void) {
        const struct rlimit no_core = {};

        setrlimit(RLIMIT_CORE, &no_core);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef HAS_LEAK_CHECK
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int process_confine(void) {
        /* No rule follows that would allow some of it somewhere. */
        const struct landlock_ruleset_attr forbidden = { .handled_access_fs = LANDLOCK_FORBIDDEN };
        int fd, r = 0;

        fd = (int)syscall(SYS_landlock_create_ruleset, &forbidden, sizeof(forbidden), 0);
        if (fd < 0)
                return errno == ENOSYS || errno == EOPNOTSUPP ? -EOPNOTSUPP : -errno;
        if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                r = -errno;
        close(fd);
        return r;
}
