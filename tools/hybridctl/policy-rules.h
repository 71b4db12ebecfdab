/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A policy as a flat list: what each key says, and which line of which file says it.
 */

#include "daemon/policy/policy.h"

typedef struct PolicyRule {
        const char *section;
        const char *key;
        const char *value; /* one word of a list; borrowed from the policy, or from text */
        char text[32];
        PolicyPlace place;
} PolicyRule;

typedef struct PolicyRules {
        PolicyRule *rules;
        size_t n;
} PolicyRules;

/** What counts of it; what is not there is not restricted. The policy has to outlive it. 0 or -ENOMEM. */
int policy_rules_init(PolicyRules *rules, const Policy *policy);
void policy_rules_done(PolicyRules *rules);
