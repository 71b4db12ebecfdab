/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/policy/policy-limits.h"

static const char *answer_text(PolicyAnswer answer) {
        switch (answer) {
        case POLICY_YES:
                return "yes";
        case POLICY_NO:
                return "no";
        case POLICY_UNSAID:
                break;
        }
        return "";
}

/* The list comes first: its absence is no place to look at. */
static PolicyPlace tunnel_place(const Policy *policy) {
        return policy->allow_domains.n > 0 ? policy_list_place(&policy->allow_domains)
                                           : policy->allow_hashed_domains.place;
}

int policy_limits_init(PolicyLimits *limits, const Policy *policy) {
        *limits = (PolicyLimits){
                .tunnel_hosts = policy_list_text(&policy->allow_domains),
                .hashed_tunnels = answer_text(policy->allow_hashed_domains.answer),
                .aaguids = policy_list_text(&policy->allow_aaguid),
                .enterprise_rps = policy_list_text(&policy->enterprise_rps),
                .has_proxy = policy->proxy_url.text,
                .proxy = strdup(policy->proxy_url.text ? policy->proxy_url.text : ""),
                .no_proxy = policy_list_text(&policy->no_proxy),
        };
        policy_place_text(tunnel_place(policy), limits->tunnel_place);
        policy_place_text(policy_list_place(&policy->allow_aaguid), limits->aaguid_place);

        if (!limits->tunnel_hosts || !limits->aaguids || !limits->enterprise_rps ||
            !limits->proxy || !limits->no_proxy) {
                policy_limits_done(limits);
                return -ENOMEM;
        }
        return 0;
}

void policy_limits_done(PolicyLimits *limits) {
        free(limits->tunnel_hosts);
        free(limits->aaguids);
        free(limits->enterprise_rps);
        free(limits->proxy);
        free(limits->no_proxy);
        *limits = (PolicyLimits){};
}
