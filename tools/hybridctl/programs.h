/* SPDX-License-Identifier: MIT */
#pragma once

#include "ceremony/program-path.h"

/** The programs of this project that the demonstration starts. */
typedef struct Programs {
        char hybridd[PROGRAM_PATH_SIZE];
        char tunnel[PROGRAM_PATH_SIZE];
        char phone[PROGRAM_PATH_SIZE];
} Programs;

/** Finds them, as installed or as built. 0, or -ENOENT after having complained. */
int programs_find(Programs *ret);
