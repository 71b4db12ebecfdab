/* SPDX-License-Identifier: MIT */

/* The administrator's policy, as the daemon has it: read anew for each request. */

#include "daemon/manager.h"
#include "daemon/policy-log.h"
#include "daemon/policy/policy-file.h"

int manager_read_policy(Manager *manager) {
        _cleanup_(policy_done) Policy policy = {};
        Policy before;
        int r;

        r = policy_read_folder(&policy, manager->config.policy_folder);
        if (r < 0)
                return r;
        if (!policy_same_findings(&policy, &manager->policy))
                policy_log(&policy);

        before = manager->policy;
        manager->policy = policy;
        policy = before; /* to be freed */
        return 0;
}
