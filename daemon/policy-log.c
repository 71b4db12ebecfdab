/* SPDX-License-Identifier: MIT */

#include "ceremony/log.h"
#include "daemon/policy-log.h"

size_t policy_log(const Policy *policy) {
        char place[POLICY_PLACE_SIZE];
        size_t n_ignored = 0;

        for (size_t i = 0; i < policy->n_files; i++)
                if (policy->files[i].ignored) {
                        log_warning("%s is ignored: %s", policy->files[i].path,
                                    policy->files[i].ignored);
                        n_ignored++;
                }
        for (size_t i = 0; i < policy->n_problems; i++) {
                policy_place_text(policy->problems[i].place, place);
                log_error("%s: %s; nothing is allowed until this is mended", place,
                          policy->problems[i].text);
        }
        return n_ignored + policy->n_problems;
}
