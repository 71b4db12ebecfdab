/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a policy says of things that only a ceremony sees or does, in the form of LINK_BEGIN.
 */

#include "daemon/policy/policy.h"

typedef struct PolicyLimits {
        char *tunnel_hosts;         /* separated by blanks; "": any */
        const char *hashed_tunnels; /* "yes", "no" or "" */
        char tunnel_place[POLICY_PLACE_SIZE];
        char *aaguids; /* separated by blanks; "": any */
        char aaguid_place[POLICY_PLACE_SIZE];
        char *enterprise_rps; /* separated by blanks; "": nobody */

        bool has_proxy; /* that has to be used, whatever the settings say */
        char *proxy;
        char *no_proxy;
} PolicyLimits;

/** 0 or -ENOMEM. */
int policy_limits_init(PolicyLimits *limits, const Policy *policy);
void policy_limits_done(PolicyLimits *limits);
