/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The text of a policy file: INI, read strictly. What cannot be understood, to the last letter, is a
 * problem, for a rule that is passed over would be a door that is open.
 */

#include "daemon/policy/policy.h"

enum {
        POLICY_TEXT_SIZE_MAX = 64 * 1024,
        POLICY_LINE_SIZE_MAX = 199, /* what the INI reader takes as one line */
        N_POLICY_PROBLEMS_MAX = 32, /* more are not told */
};

/**
 * Adds a file's text to the policy, and what is wrong with it to the policy's problems.
 * @path is what the file is called by in them. 0 or -ENOMEM.
 */
int policy_parse(Policy *policy, const char *path, const char *text, size_t n);
