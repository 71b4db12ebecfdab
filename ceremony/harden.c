/* SPDX-License-Identifier: MIT */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "ceremony/harden.h"

void process_harden(void) {
        const struct rlimit no_core = {};

        setrlimit(RLIMIT_CORE, &no_core);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* whose leak check traces its own process */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
