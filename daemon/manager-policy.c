/* SPDX-License-Identifier: MIT */

/* The administrator's policy, as the daemon has it: read anew for each request. */

#include <errno.h>

#include "ceremony/log.h"
#include "daemon/manager.h"
#include "daemon/policy/policy-file.h"

static void tell_findings(const Policy *policy) {
        char place[POLICY_PLACE_SIZE];

        for (size_t i = 0; i < policy->n_files; i++)
                if (policy->files[i].ignored)
                        log_warning("%s is ignored: %s", policy->files[i].path,
                                    policy->files[i].ignored);
        for (size_t i = 0; i < policy->n_problems; i++) {
                policy_place_text(policy->problems[i].place, place);
                log_error("%s: %s; nothing is allowed until this is mended", place,
                          policy->problems[i].text);
        }
}

int manager_read_policy(Manager *manager) {
        _cleanup_(policy_done) Policy policy = {};
        Policy before;
        int r;

        r = policy_read_folder(&policy, manager->config.policy_folder);
        if (r < 0)
                return r;
        if (!policy_same_findings(&policy, &manager->policy))
                tell_findings(&policy);

        before = manager->policy;
        manager->policy = policy;
        policy = before; /* to be freed */
        return 0;
}
