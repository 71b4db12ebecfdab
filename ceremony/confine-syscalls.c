/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "ceremony/confine-syscalls.h"

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#ifdef HAVE_SYSCALL_FILTER

int confine_syscalls(void) {
        const struct sock_fprog program = {
                .len = n_syscall_filter,
                .filter = (struct sock_filter *)syscall_filter, /* it is only read */
        };

        /* Its calls would be ours, and among them is memory that is written and executed. */
        if (RUNNING_ON_VALGRIND)
                return -EOPNOTSUPP;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
                return errno == EINVAL ? -EOPNOTSUPP : -errno;
        return 0;
}

#else

int confine_syscalls(void) {
        return -EOPNOTSUPP;
}

#endif
