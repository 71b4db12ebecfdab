/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "daemon/policy/policy.h"

/** Logs what is wrong with a policy, with its places. Returns how much that is: 0 for a good one. */
size_t policy_log(const Policy *policy);
