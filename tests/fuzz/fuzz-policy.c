/* SPDX-License-Identifier: MIT */

/* A policy file of whatever bytes: it is understood to the last letter, or allows nothing. */

#include "daemon/policy/policy-limits.h"
#include "daemon/policy/policy-parse.h"
#include "fuzz.h"

static void check_printable(const char *text) {
        for (; *text; text++)
                check(*text >= ' ' && *text <= '~');
}

static void check_place(const Policy *policy, PolicyPlace place) {
        check(place.path == policy->files[0].path || place.path == policy->files[1].path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const char strict[] = "[rp]\ndeny = evil.example\nregistration = no\n";
        char reason[POLICY_REASON_SIZE];
        PolicyLimits limits;
        Policy policy = {};

        check(policy_parse(&policy, "first.conf", strict, strlen(strict)) == 0);
        check(policy_parse(&policy, "second.conf", (const char *)data, n) == 0);

        /* No second file takes back what the first one forbids. */
        check(!policy_allows(&policy, HYBRID_GET, "evil.example", reason));
        check_printable(reason);
        check(!policy_allows(&policy, HYBRID_CREATE, "good.example", reason));
        check_printable(reason);

        for (size_t i = 0; i < policy.n_problems; i++) {
                check_place(&policy, policy.problems[i].place);
                check_printable(policy.problems[i].text);
                check(!policy_allows(&policy, HYBRID_GET, "good.example", reason));
        }
        for (size_t i = 0; i < policy.register_in_app.n; i++)
                check_place(&policy, policy.register_in_app.words[i].place);
        for (size_t i = 0; i < policy.rp_deny.n; i++)
                check_place(&policy, policy.rp_deny.words[i].place);
        check(policy_limits_init(&limits, &policy) == 0);
        check_printable(limits.tunnel_hosts);
        check_printable(limits.aaguids);
        check_printable(limits.proxy);
        check_printable(limits.no_proxy);
        policy_limits_done(&limits);
        policy_done(&policy);
        return 0;
}
