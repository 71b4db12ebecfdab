/* SPDX-License-Identifier: MIT */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "ceremony/harden.h"

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
