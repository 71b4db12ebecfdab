/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where the policy is: FOLDER/policy.conf, then FOLDER/policy.d in the order of names (*.conf).
 *
 * Only root makes policy. What others than root can write to is ignored, and the policy says so;
 * what is root's but cannot be read or understood is a problem, with which nothing is allowed.
 */

#include "daemon/policy/policy.h"

#define POLICY_FOLDER "/etc/hybridd"

enum {
        N_POLICY_FILES_MAX = 64, /* in policy.d */
};

/** Reads what is there, which may be nothing. 0 or -ENOMEM. */
int policy_read_folder(Policy *policy, const char *folder);

/**
 * Reads one file, whoever it belongs to, to see what is wrong with it. 0, -ENOMEM, -EFBIG, or why it
 * cannot be read.
 */
int policy_read_file(Policy *policy, const char *path);
