/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "daemon/caller/caller-table.h"
#include "daemon/check-config.h"
#include "daemon/policy/policy-file.h"
#include "daemon/policy-log.h"

static int check_callers(const Config *config) {
        _cleanup_(caller_table_freep) CallerTable *table = NULL;
        size_t n_problems;
        int r;

        /* Logs what is wrong. */
        r = caller_table_new(&table, config->callers_vendor_folder, config->callers_admin_folder);
        if (r < 0)
                return r;
        return caller_table_problem(table, &n_problems) ? -EINVAL : 0;
}

static int check_policy(const Config *config) {
        _cleanup_(policy_done) Policy policy = {};
        int r;

        r = policy_read_folder(&policy, config->policy_folder);
        if (r < 0)
                return r;
        return policy_log(&policy) > 0 ? -EINVAL : 0;
}

int check_config(const Config *config) {
        int callers, policy;

        callers = check_callers(config);
        policy = check_policy(config);
        if (callers == -ENOMEM || policy == -ENOMEM)
                return -ENOMEM;
        return callers < 0 || policy < 0 || config->n_unknown_keys > 0 ? -EINVAL : 0;
}
