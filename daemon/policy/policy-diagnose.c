/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "daemon/policy/policy-diagnose.h"

enum {
        PLACE_SHOWN_MAX = 100,
};

static void diagnose_problems(const Policy *policy, Findings *findings) {
        char place[POLICY_PLACE_SIZE], summary[FINDING_SUMMARY_SIZE];

        if (policy->n_problems == 0)
                return;
        policy_place_text(policy->problems[0].place, place);
        /* What does not fit is told by hybridctl policy show. */
        snprintf(summary, sizeof(summary), "The administrator's policy is broken: %.*s: %s.",
                 PLACE_SHOWN_MAX, place, policy->problems[0].text);
        findings_add(findings, "policy-broken", SEVERITY_ERROR, summary,
                     "Mend the file as root; hybridctl policy show tells all that is wrong, and "
                     "hybridctl policy check whether a new version is good.");
}

static void diagnose_ignored(const Policy *policy, Findings *findings) {
        char summary[FINDING_SUMMARY_SIZE];
        size_t n = 0, first = 0;

        for (size_t i = policy->n_files; i > 0; i--)
                if (policy->files[i - 1].ignored) {
                        first = i - 1;
                        n++;
                }
        if (n == 0)
                return;
        snprintf(summary, sizeof(summary), "%zu of the policy's files %s ignored: %s: %s.", n,
                 n == 1 ? "is" : "are", policy->files[first].path, policy->files[first].ignored);
        findings_add(findings, "policy-ignored", SEVERITY_WARNING, summary,
                     "Files of the policy and their folders have to belong to root and be writable "
                     "by nobody else: chown root and chmod go-w.");
}

void policy_diagnose(const Policy *policy, Findings *findings) {
        diagnose_problems(policy, findings);
        diagnose_ignored(policy, findings);
}
