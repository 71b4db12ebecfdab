/* SPDX-License-Identifier: MIT */

#include <sys/prctl.h>

#include "prompt/guard.h"

static unsigned n_guards;

void guard_begin(void) {
        if (n_guards++ == 0)
                prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void guard_end(void) {
        if (--n_guards == 0)
                prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
